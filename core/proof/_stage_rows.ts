import { basename, dirname, join } from "node:path";
import { type Manifest, readManifest, runLayout } from "../artifact/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import type { Row } from "../record/mod.ts";
import type { RunSummary } from "../report/mod.ts";
import { pathExists, readLines } from "../runtime/mod.ts";

/** A row of a stage, and where it stands. */
export interface StageRow {
  /** Position in the stage, from 0. */
  readonly index: number;
  /** As it stands in its file: canonical JSON. */
  readonly line: string;
  readonly row: Row;
  /** `undefined` in runs of earlier releases, which did not note it. */
  readonly rowId: string | undefined;
  /** Relative to the run folder. */
  readonly file: string;
  /** In that file, from 1. */
  readonly fileLine: number;
}

/** The names of a run's stages. */
export function stageNames({ files }: RunSummary): readonly string[] {
  return files.filter(({ role }) => role === "stage").map(({ name }) => name);
}

/** The manifest of a stage; `undefined` when the run has no such stage. */
export async function manifestOf(summary: RunSummary, stage: string): Promise<Manifest | undefined> {
  if (!stageNames(summary).includes(stage)) return undefined;
  return await readManifest(layoutOf(summary).stageManifest(stage));
}

/** Whether a run noted the ids of the rows of its stages. */
export function hasRowIds({ origin }: RunSummary): boolean {
  return origin !== undefined;
}

/** The rows of a stage, in order, one in memory at a time. @throws {FastDistillError} `data.malformed`, `data.file_not_found` */
export async function* stageRows(summary: RunSummary, { stage, parts }: Manifest): AsyncGenerator<StageRow> {
  const layout = layoutOf(summary);
  const ids = join(layout.lineageDir, "stages", `${stage}.txt`);
  const rowIds = hasRowIds(summary) && await pathExists(ids) ? readLines(ids) : undefined;
  let index = 0;
  for (const { path } of parts) {
    const file = `stages/${stage}/${path}`;
    let fileLine = 0;
    for await (const line of readLines(join(layout.dir, file))) {
      fileLine++;
      const rowId = (await rowIds?.next())?.value;
      const row = parsed(line, `${file}:${fileLine}`);
      yield {
        index: index++,
        line,
        row,
        rowId: rowId === undefined ? undefined : String(rowId),
        file,
        fileLine,
      };
    }
  }
  await rowIds?.return(undefined);
}

function layoutOf({ run_dir }: RunSummary) {
  return runLayout(dirname(run_dir), basename(run_dir));
}

function parsed(line: string, place: string): Row {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new FastDistillError("data.malformed", `Read a row at ${place}, found what is not JSON`, {
      cause,
      hint: "See fastdistill verify: the run folder was changed",
    });
  }
}
