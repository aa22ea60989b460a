import { join } from "node:path";
import { type LoadedPipeline, loadPipeline } from "../config/mod.ts";
import { FastDistillError, isFastDistillError } from "../errors/mod.ts";
import type { Registry } from "../registry/mod.ts";
import { type Plan, planRun } from "../run/mod.ts";
import { fingerprintFile, readEnv } from "../runtime/mod.ts";
import type { BundleManifest } from "./_bundle_manifest.ts";

/** Stands for a variable that is not set. What depends on it does not show in a run that asks nobody. */
const UNSET = "not-set";

/** A pipeline as a run left it, and where it is now. */
export interface BundledPipeline {
  /** The `pipeline.yaml` that the run wrote. */
  readonly file: string;
  /** Folder in which input paths start. */
  readonly baseDir: string;
  readonly movedInputs?: Readonly<Record<string, string>>;
  readonly limit?: number | undefined;
  readonly registry: Registry;
  /** Values of variables. @default {those of the process} */
  readonly env?: (name: string) => string | undefined;
}

/** A pipeline that is loaded, with what it asked of the environment. */
export interface PlannedBundle {
  readonly pipeline: LoadedPipeline;
  readonly plan: Plan;
  /** Names of the variables that it reads. */
  readonly variables: readonly string[];
}

/** Loads and plans a pipeline; variables that are not set do not keep it from it. */
export async function planBundled(options: BundledPipeline): Promise<PlannedBundle> {
  const { file, baseDir, movedInputs, limit, registry, env = readEnv } = options;
  const variables = new Set<string>();
  const loaded = await loadPipeline({
    file,
    readEnv: (name) => {
      variables.add(name);
      return env(name) ?? UNSET;
    },
  });
  const pipeline = { ...loaded, baseDir, ...(movedInputs === undefined ? {} : { movedInputs }) };
  const plan = await planRun({ pipeline, registry, ...(limit === undefined ? {} : { limit }) });
  return { pipeline, plan, variables: [...variables].sort() };
}

/** The values of the variables on which the run id depends. Others, such as keys of an API, are not looked at. */
export async function decisiveVariables(
  options: BundledPipeline,
  { plan, variables }: PlannedBundle,
): Promise<Readonly<Record<string, string>>> {
  const decisive: Record<string, string> = {};
  for (const name of variables) {
    const value = readEnv(name);
    if (value === undefined) continue;
    if (await runIdWithout(name, options) !== plan.runId) decisive[name] = value;
  }
  return decisive;
}

async function runIdWithout(name: string, options: BundledPipeline): Promise<string | undefined> {
  try {
    const { plan } = await planBundled({
      ...options,
      env: (other) => other === name ? undefined : readEnv(other),
    });
    return plan.runId;
  } catch (cause) {
    if (!isFastDistillError(cause)) throw cause;
    throw new FastDistillError(
      "data.invalid_bundle",
      `Cannot tell whether the value of ${name} decides the rows: ${cause.message}`,
      {
        cause,
        hint: `Write what is no secret into the pipeline file, in place of \${env:${name}}`,
      },
    );
  }
}

/** The user's own components that a pipeline uses. */
export async function ownComponents(plan: Plan, registry: Registry): Promise<BundleManifest["components"]> {
  const { steps, providers, components } = { ...plan.pipeline.config, components: plan.pipeline.components };
  const uses = [
    ...Object.entries(steps).flatMap(([name, { use }]) =>
      Object.hasOwn(components, name) ? [] : [["step", use] as const]
    ),
    ...Object.values(providers).map(({ use }) => ["provider", use] as const),
  ];
  const found = new Map<string, BundleManifest["components"][number]>();
  for (const [kind, use] of uses) {
    const entry = registry.find(kind, use);
    if (entry.file === undefined || found.has(`${entry.kind} ${use}`)) continue;
    const { sha256 } = await fingerprintFile(entry.file);
    found.set(`${entry.kind} ${use}`, { kind: entry.kind, name: use, sha256 });
  }
  return [...found].sort(([a], [b]) => a < b ? -1 : 1).map(([, component]) => component);
}

/** Where the pipeline of a run folder is. */
export function pipelineOfRun(runDir: string): string {
  return join(runDir, "pipeline.yaml");
}
