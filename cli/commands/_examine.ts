import type { ProviderCheck } from "@fastdistill/core";
import { describeThrown, isFastDistillError } from "@fastdistill/core/errors";
import {
  freeBytes,
  pathExists,
  processorCount,
  runtimeVersion,
  totalMemory,
} from "@fastdistill/core/runtime";
import { dirname, join, resolve } from "node:path";
import { type Invocation, runsDirOf } from "../command.ts";
import { formatBytes } from "../render/figures.ts";
import { VERSION } from "../version.ts";
import { loadPipelineInput } from "./_pipeline_flags.ts";

/** What one look found. */
export interface Check {
  readonly what: string;
  readonly state: "ok" | "failed" | "unknown";
  readonly detail: string;
  readonly hint?: string;
}

const NODE_MIN = [22, 16] as const;
const FREE_BYTES_MIN = 256 * 1024 * 1024;

/** Looks at the machine, the runs folder and, where one is named, a pipeline with its endpoints. */
export async function examine(invocation: Invocation): Promise<readonly Check[]> {
  const runsDir = runsDirOf(invocation);
  const file = invocation.values.get("pipeline")?.[0];
  return [
    runtimeCheck(),
    await diskCheck(runsDir),
    await storeCheck(runsDir),
    ...(file === undefined ? [] : await pipelineChecks({ ...invocation, argument: file })),
  ];
}

function runtimeCheck(): Check {
  const runtime = runtimeVersion();
  const [, major, minor] = /^node (\d+)\.(\d+)/.exec(runtime) ?? [];
  const isOld = major !== undefined &&
    (Number(major) < NODE_MIN[0] || (Number(major) === NODE_MIN[0] && Number(minor) < NODE_MIN[1]));
  const machine = `${processorCount()} processors, ${formatBytes(totalMemory())} of memory`;
  return {
    what: "runtime",
    state: isOld ? "failed" : "ok",
    detail: `fastdistill ${VERSION} on ${runtime}, ${machine}`,
    ...(isOld ? { hint: `Node has to be ${NODE_MIN.join(".")} or newer` } : {}),
  };
}

/** The folder may not be there yet; then the one above it that is says how much room there is. */
async function diskCheck(runsDir: string): Promise<Check> {
  let folder = resolve(runsDir);
  while (!await pathExists(folder) && dirname(folder) !== folder) folder = dirname(folder);
  const free = await freeBytes(folder);
  const isFull = free < FREE_BYTES_MIN;
  return {
    what: "disk",
    state: isFull ? "failed" : "ok",
    detail: `${formatBytes(free)} free for ${runsDir}`,
    ...(isFull ? { hint: "A run needs room for its effects and its stages" } : {}),
  };
}

async function storeCheck(runsDir: string): Promise<Check> {
  const path = join(runsDir, "effects.sqlite");
  if (!await pathExists(path)) return { what: "store", state: "ok", detail: `none yet at ${path}` };
  const { openSqliteEffectStore } = await import("@fastdistill/core");
  try {
    const store = await openSqliteEffectStore(path);
    try {
      let count = 0;
      for await (const _ of store.list()) count++;
      return { what: "store", state: "ok", detail: `${count} effects at ${path}, each of them whole` };
    } finally {
      await store.close();
    }
  } catch (thrown) {
    return failedCheck("store", thrown);
  }
}

async function pipelineChecks(invocation: Invocation): Promise<readonly Check[]> {
  const { checkProviders, planRun } = await import("@fastdistill/core");
  try {
    const plan = await planRun(await loadPipelineInput(invocation));
    const steps = `${plan.steps.size} steps, ${plan.inputs.length} input files`;
    const warnings = plan.warnings.map(({ message }): Check => ({
      what: "warning",
      state: "unknown",
      detail: message,
    }));
    const providers = await checkProviders(plan);
    return [
      { what: "pipeline", state: "ok", detail: `${plan.pipeline.config.name}: ${steps}` },
      ...warnings,
      ...providers.map(providerCheck),
    ];
  } catch (thrown) {
    return [failedCheck("pipeline", thrown)];
  }
}

/** What a look at an endpoint found, as a check. */
export function providerCheck(
  { provider, deployment, endpoint, model, state, detail, ms }: ProviderCheck,
): Check {
  return {
    what: deployment === undefined ? `provider ${provider}` : `provider ${provider} (${deployment})`,
    state,
    detail: endpoint === "" ? detail : `${model} at ${endpoint}: ${detail}, ${ms} ms`,
  };
}

function failedCheck(what: string, thrown: unknown): Check {
  if (!isFastDistillError(thrown)) throw thrown;
  const { file, line, column } = thrown.location ?? {};
  const place = file === undefined || file === ""
    ? ""
    : ` (${[file, line, column].filter(Boolean).join(":")})`;
  const others = thrown.related.length === 0
    ? ""
    : `, and ${thrown.related.length} more: see fastdistill validate`;
  return {
    what,
    state: "failed",
    detail: `${thrown.code}: ${describeThrown(thrown).replace(/^\S*Error: /, "")}${place}${others}`,
    ...(thrown.hint === undefined ? {} : { hint: thrown.hint }),
  };
}
