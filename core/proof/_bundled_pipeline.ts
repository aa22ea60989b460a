import { isAbsolute, join } from "node:path";
import { type LoadedPipeline, loadPipeline } from "../config/mod.ts";
import { FastDistillError, isFastDistillError } from "../errors/mod.ts";
import { isJsonObject, type Json } from "../record/mod.ts";
import type { Registry } from "../registry/mod.ts";
import { type Plan, planRun } from "../run/mod.ts";
import { fingerprintFile, readEnv, readSmallFile, readTextFile } from "../runtime/mod.ts";
import type { BundleManifest } from "./_bundle_manifest.ts";
import { parseYaml } from "../config/mod.ts";

/** Stands for a variable or file that is not there. What depends on it does not show in a run that asks nobody. */
const UNSET = "not-set";
/** Variables that have no default somewhere. */
const WITHOUT_DEFAULT = /\$\{env:([A-Za-z_]\w*)\}/g;

/** A pipeline as a run left it, and where it is now. */
export interface BundledPipeline {
  /** The `pipeline.yaml` that the run wrote. */
  readonly file: string;
  /** Folder in which input paths start. */
  readonly baseDir: string;
  readonly movedInputs?: Readonly<Record<string, string>>;
  readonly limit?: number | undefined;
  readonly registry: Registry;
  /** What `${env:NAME}` and `${file:PATH}` stand for. */
  readonly outside: Outside;
}

/** What a pipeline takes from outside of its file; `undefined` for what is not there. */
export interface Outside {
  readonly env: (name: string) => string | undefined;
  readonly text: (path: string) => string | undefined;
}

/** A pipeline that is planned, with what it asked from outside. */
export interface PlannedBundle {
  readonly pipeline: LoadedPipeline;
  readonly plan: Plan;
  /** Names of variables. */
  readonly variables: readonly string[];
  /** Paths of files that are taken into texts. */
  readonly texts: readonly string[];
}

/** This machine's variables and files. */
export function outsideOf(baseDir: string): Outside {
  return {
    env: readEnv,
    text: (path) => {
      try {
        return readSmallFile(isAbsolute(path) ? path : join(baseDir, path));
      } catch (cause) {
        if (isFastDistillError(cause)) return undefined;
        throw cause;
      }
    },
  };
}

/** Loads and plans a pipeline; what is not there outside does not keep it from it. */
export async function planBundled(options: BundledPipeline): Promise<PlannedBundle> {
  const { file, baseDir, movedInputs, limit, registry, outside } = options;
  const [variables, texts] = [new Set<string>(), new Set<string>()];
  const needed = new Set([...(await readTextFile(file)).matchAll(WITHOUT_DEFAULT)].map(([, name]) => name));
  const loaded = await loadPipeline({
    file,
    readEnv: (name) => {
      variables.add(name);
      return outside.env(name) ?? (needed.has(name) ? UNSET : undefined);
    },
    readFile: (path) => {
      texts.add(path);
      return outside.text(path) ?? UNSET;
    },
  });
  const pipeline = { ...loaded, baseDir, ...(movedInputs === undefined ? {} : { movedInputs }) };
  const plan = await planRun({ pipeline, registry, ...(limit === undefined ? {} : { limit }) });
  return { pipeline, plan, variables: [...variables].sort(), texts: [...texts].sort() };
}

/** Values of the variables and texts of the files on which the run id depends; others, such as keys of an API, stay out. */
export async function decisiveOutside(
  options: BundledPipeline,
  { plan, variables, texts }: PlannedBundle,
): Promise<Pick<BundleManifest, "env" | "texts">> {
  const { outside } = options;
  const decisive = { env: {} as Record<string, string>, texts: {} as Record<string, string> };
  for (const name of variables) {
    const value = outside.env(name);
    if (value === undefined) continue;
    const without = { ...outside, env: (other: string) => other === name ? undefined : outside.env(other) };
    if (await idWith(without, options, `the value of ${name}`) !== plan.runId) decisive.env[name] = value;
  }
  for (const path of texts) {
    const text = outside.text(path);
    if (text === undefined) continue;
    const without = { ...outside, text: (other: string) => other === path ? undefined : outside.text(other) };
    if (await idWith(without, options, `the text of ${path}`) !== plan.runId) decisive.texts[path] = text;
  }
  return decisive;
}

async function idWith(outside: Outside, options: BundledPipeline, what: string): Promise<string> {
  try {
    return (await planBundled({ ...options, outside })).plan.runId;
  } catch (cause) {
    if (!isFastDistillError(cause)) throw cause;
    const message = `Cannot tell whether ${what} decides the rows: ${cause.message}`;
    throw new FastDistillError("data.invalid_bundle", message, {
      cause,
      hint: "Write what is no secret into the pipeline file, in place of the placeholder",
    });
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

/** Refuses a pipeline that takes in other files or addresses: what a run writes is merged already. */
export async function checkMerged(file: string): Promise<void> {
  const whole = parseYaml(await readTextFile(file)) as Json;
  const isTaking = (value: Json, isTop: boolean): boolean => {
    if (Array.isArray(value)) return value.some((item) => isTaking(item, false));
    if (!isJsonObject(value)) return false;
    return Object.hasOwn(value, "$include") || (isTop && Object.hasOwn(value, "extends")) ||
      Object.values(value).some((item) => isTaking(item!, false));
  };
  if (!isTaking(whole, true)) return;
  throw new FastDistillError("data.invalid_bundle", `Cannot use ${file}: its pipeline takes in other files`);
}
