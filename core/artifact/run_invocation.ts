import { rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { PipelineLayers } from "../config/mod.ts";
import { FastDistillError, isFastDistillError } from "../errors/mod.ts";
import { formatReport, type RunFile, type RunInput } from "../report/mod.ts";
import { readTextFile } from "../runtime/mod.ts";
import { writeInRun } from "./run_files.ts";
import type { RunLayout } from "./run_layout.ts";

/** What the `schema` field of an invocation says. */
export const INVOCATION_SCHEMA: RunInvocation["schema"] = "fastdistill.invocation/1";

/** How a run was started: what it takes to start it again. `invocation.json` holds it, from the first moment of the run on. */
export interface RunInvocation {
  /** Name and version of this format. */
  readonly schema: "fastdistill.invocation/1";
  /** Id of the run. */
  readonly run_id: string;
  /** Of the pipeline. */
  readonly name: string;
  /** The pipeline file and what was laid over it. */
  readonly layers: Omit<PipelineLayers, "files">;
  /** Absolute path of the `deno.json` that components were taken from, where one was named. */
  readonly config_file?: string;
  /** Rows that each source gives at most. */
  readonly limit?: number;
  /** Whether nobody was asked. */
  readonly offline?: true;
  /** Input files that were known before the run. */
  readonly inputs: readonly RunInput[];
  /** Component, version and, of a plugin, digest by `steps.<name>` and `providers.<name>`. */
  readonly components: Readonly<Record<string, string>>;
}

const texts = z.record(z.string(), z.string());
const invocationSchema = z.looseObject({
  schema: z.literal(INVOCATION_SCHEMA),
  run_id: z.string(),
  name: z.string(),
  layers: z.looseObject({
    file: z.string(),
    env: z.string().optional(),
    run: z.string().optional(),
    set: z.array(z.string()),
    variables: texts,
    withheld: z.array(z.string()),
  }),
  config_file: z.string().optional(),
  limit: z.int().positive().optional(),
  offline: z.literal(true).optional(),
  inputs: z.array(z.looseObject({ name: z.string(), sha256: z.string(), size: z.number() })),
  components: texts,
});

/** Writes `invocation.json`, or removes one of an earlier execution. @throws {FastDistillError} `data.write_failed` */
export async function writeInvocation(
  layout: RunLayout,
  invocation: RunInvocation | undefined,
): Promise<RunFile | undefined> {
  if (invocation === undefined) {
    await rm(layout.invocation, { force: true });
    return undefined;
  }
  const written = await writeInRun(layout, { path: layout.invocation, text: formatReport(invocation) });
  return { role: "invocation", name: "invocation", ...written };
}

/**
 * Reads how a run was started; `undefined` for a run that was started in code, or by an earlier release.
 * @param runDir the run folder
 * @throws {FastDistillError} `data.invalid_manifest` when the file is damaged
 */
export async function readInvocation(runDir: string): Promise<RunInvocation | undefined> {
  const path = join(runDir, "invocation.json");
  const text = await textOf(path);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FastDistillError("data.invalid_manifest", `Cannot read ${path}: it is not JSON`, { cause });
  }
  const { data, error } = invocationSchema.safeParse(value);
  if (data !== undefined) return data;
  const { path: at, message } = error.issues[0]!;
  throw new FastDistillError("data.invalid_manifest", `Cannot read ${path}: ${message} at ${at.join(".")}`);
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readTextFile(path);
  } catch (cause) {
    if (isFastDistillError(cause) && cause.code === "data.file_not_found") return undefined;
    throw cause;
  }
}
