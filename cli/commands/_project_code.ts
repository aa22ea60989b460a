import { filesOf } from "@fastdistill/core/runtime";
import { dirname, join, resolve, sep } from "node:path";
import { type Invocation, runsDirOf } from "../command.ts";
import type { PipelineInput } from "./_pipeline_flags.ts";

/** Files of code that belong to a pipeline's own components. */
export interface ProjectCode {
  /** Of components that are loaded into this process. */
  readonly loaded: readonly string[];
  /** Of components that run in a sandbox, and are loaded anew each time. */
  readonly sandboxed: readonly string[];
}

const CODE = /\.(?:[cm]?[jt]sx?|jsonc?|wasm)$/;
const NAMED_IN = ["deno.json", "deno.jsonc", "import_map.json", "package.json"];
const FILES_MAX = 2_000;

/**
 * The code of the project's own components that a pipeline names: their modules, what these import by path, what stands beside
 * and below them, and the files that may name them; installed packages apart.
 */
export async function codeOf(
  { pipeline: { config, baseDir }, registry }: PipelineInput,
  invocation: Invocation,
): Promise<ProjectCode> {
  const { localModules } = await import("@fastdistill/core");
  const used = new Set(
    [...Object.values(config.steps), ...Object.values(config.providers)].map(({ use }) => use),
  );
  const own = registry.list().filter(({ name, file }) => file !== undefined && used.has(name));
  const runs = [runsDirOf(invocation), resolve(baseDir, "runs")].map((path) => resolve(path) + sep);
  const [loaded, sandboxed] = await Promise.all([false, true].map(async (wanted) => {
    const entries = own.filter(({ plugin }) => plugin?.isSandboxed === wanted);
    const modules = await Promise.all(entries.map(({ file }) => localModules(file!)));
    const folders = new Set(entries.map(({ file }) => dirname(file!)));
    const beside = await Promise.all([...folders].map((folder) => codeIn(folder, runs)));
    const naming = entries.flatMap(({ plugin }) => NAMED_IN.map((name) => join(plugin!.baseDir, name)));
    return [...new Set([...modules.flat(), ...beside.flat(), ...naming])];
  }));
  return { loaded: loaded!, sandboxed: sandboxed! };
}

async function codeIn(folder: string, without: readonly string[]): Promise<readonly string[]> {
  const files = await filesOf(folder, { entriesMax: FILES_MAX, without: "node_modules" }) ?? [];
  return files.filter((path) =>
    CODE.test(path) && !path.slice(folder.length).includes(`${sep}.`) &&
    !without.some((runs) => path.startsWith(runs))
  );
}
