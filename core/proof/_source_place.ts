import { isAbsolute, resolve } from "node:path";
import { isJsonObject, type Json, sourceRowId } from "../record/mod.ts";
import type { RunSummary } from "../report/mod.ts";
import { fingerprintFile, pathExists, readLines, readTextFile } from "../runtime/mod.ts";
import { pipelineOfRun } from "./_pipeline_of_run.ts";
import { parseYaml } from "../config/mod.ts";

/** Where a row of a source comes from. */
export interface SourcePlace {
  /** The source. */
  readonly step: string;
  /** Position among the rows that it gave, from 0. */
  readonly index: number;
  /** The input file, as the configuration has it; absent where the source reads none, or several. */
  readonly file?: string;
  /** Line in that file, from 1; absent where the file is gone or was changed since. */
  readonly line?: number;
}

/** A step as the pipeline file has it. */
export interface StepText {
  readonly use: string;
  readonly from: readonly string[];
  readonly with: Readonly<Record<string, Json>>;
}

/** The steps of a run's pipeline, by name, in their order. */
export async function stepTexts({ run_dir }: RunSummary): Promise<ReadonlyMap<string, StepText>> {
  const value = parseYaml(await readTextFile(pipelineOfRun(run_dir))) as Json;
  const steps = isJsonObject(value) && isJsonObject(value["steps"]) ? value["steps"] : {};
  const texts = new Map<string, StepText>();
  let before: string | undefined;
  for (const [name, step] of Object.entries(steps)) {
    if (!isJsonObject(step)) continue;
    const { use, from, with: config } = step;
    const named = typeof from === "string" ? [from] : Array.isArray(from) ? from.map(String) : undefined;
    texts.set(name, {
      use: typeof use === "string" ? use : "",
      from: named ?? (before === undefined ? [] : [before]),
      with: isJsonObject(config) ? config as Readonly<Record<string, Json>> : {},
    });
    before = name;
  }
  return texts;
}

/** Which row of which source has an id; `undefined` when none has. Ids are digests, so they are tried one after another. */
export async function placeOfSource(summary: RunSummary, rowId: string): Promise<SourcePlace | undefined> {
  for (const { step, rows_in } of summary.steps) {
    for (let index = 0; index < rows_in; index++) {
      if (sourceRowId(step, index) === rowId) return { step, index, ...await lineOf(summary, step, index) };
    }
  }
  return undefined;
}

/** The line of a JSONL file that gave a row, where the file is as it was when the run read it. */
async function lineOf(
  summary: RunSummary,
  step: string,
  index: number,
): Promise<Pick<SourcePlace, "file" | "line">> {
  const { path, on_malformed } = (await stepTexts(summary)).get(step)?.with ?? {};
  const input = summary.origin?.inputs.find(({ name }) => name === path);
  if (typeof path !== "string" || input === undefined) return {};
  const absolute = isAbsolute(path) ? path : resolve(summary.origin!.base_dir, path);
  const isSame = path.endsWith(".jsonl") && await pathExists(absolute) &&
    (await fingerprintFile(absolute)).sha256 === input.sha256;
  if (!isSame) return { file: path };
  let [line, rows] = [0, 0];
  for await (const text of readLines(absolute)) {
    line++;
    if (
      text.trim() === "" || (on_malformed !== undefined && on_malformed !== "fail" && !isObjectText(text))
    ) continue;
    if (rows++ === index) return { file: path, line };
  }
  return { file: path };
}

function isObjectText(text: string): boolean {
  try {
    return isJsonObject(JSON.parse(text));
  } catch {
    return false; // What is no JSON gave no row.
  }
}
