import { FastDistillError } from "@fastdistill/core/errors";
import { pathExists } from "@fastdistill/core/runtime";
import { basename, dirname, resolve } from "node:path";
import { type Argument, type Invocation, RUNS_DIR_FLAG, runsDirOf } from "./command.ts";

/** A run, and the folder of runs that it is in. */
export interface RunPlace {
  readonly runsDir: string;
  /** Id, tag or what else stands for a run. */
  readonly run: string;
}

/**
 * Where a run is that is named by its folder, as `runs/text2sql-1a2b` is; any other name is one in the folder of runs.
 *
 * @throws {FastDistillError} `data.run_not_found` for another folder
 */
export async function runPlaceOf(text: string, runsDir: string): Promise<RunPlace> {
  const isPath = /[\\/]|^\.{1,2}$/.test(text) && await pathExists(text);
  if (!isPath) return { runsDir, run: text };
  const { isRunFolder } = await import("@fastdistill/core");
  const path = resolve(text);
  if (await isRunFolder(path)) return { runsDir: dirname(path), run: basename(path) };
  throw new FastDistillError("data.run_not_found", `Expected the folder of a run, found another: ${text}`, {
    hint: "A run's folder holds run.json, and stands in the folder of runs: see fastdistill runs",
  });
}

/** The same command line, with the folder of runs and the id in place of the folder of a run. */
export async function atRunPath(invocation: Invocation, argument: Argument | undefined): Promise<Invocation> {
  if (argument?.isRun !== true) return invocation;
  const { runsDir, run } = await runPlaceOf(invocation.argument, runsDirOf(invocation));
  if (run === invocation.argument) return invocation;
  return {
    ...invocation,
    argument: run,
    values: new Map([...invocation.values, [RUNS_DIR_FLAG.name, [runsDir]]]),
  };
}
