import { join } from "node:path";
import type { LineageKind } from "../artifact/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import { isJsonObject, type JsonObject } from "../record/mod.ts";
import type { RunSummary } from "../report/mod.ts";
import { readLines } from "../runtime/mod.ts";

/** A line of a ledger or lineage file, and the step that it is of. */
export interface StepLine {
  readonly step: string;
  readonly value: JsonObject;
}

/** How a row was made. */
export interface Making {
  /** The step that made it, or that the branch leads to. */
  readonly step: string;
  /** Whether one of several rows that came of one, of several ways of one, or one of several rows. */
  readonly kind: "made" | "joined";
  readonly rowId: string;
  readonly parents: readonly string[];
  /** Among the rows that were made of the same one. */
  readonly index: number | undefined;
}

/** How rows were made, those of expansions and branches first. */
export async function* makings(summary: RunSummary): AsyncGenerator<Making> {
  for (const kind of ["made", "joins"] as const) {
    for await (const { step, value } of lineageLines(summary, kind)) {
      const { row_id, parents, index } = value;
      yield {
        step,
        kind: kind === "made" ? "made" : "joined",
        rowId: String(row_id),
        parents: Array.isArray(parents) ? parents.map(String) : [],
        index: typeof index === "number" ? index : undefined,
      };
    }
  }
}

/** The lines of all files of a kind below `lineage/`. */
export async function* lineageLines(
  summary: RunSummary,
  kind: Exclude<LineageKind, "stages">,
): AsyncGenerator<StepLine> {
  for (const { role, name, path } of summary.files) {
    if (role === "lineage" && name.startsWith(`${kind}/`)) {
      yield* linesOf(summary, { step: name.slice(kind.length + 1), path });
    }
  }
}

/** The lines of all ledgers. */
export async function* ledgerLines(summary: RunSummary): AsyncGenerator<StepLine> {
  for (const { role, name, path } of summary.files) {
    if (role === "ledger") yield* linesOf(summary, { step: name, path });
  }
}

/** The lines of `failures.jsonl`. */
export async function* failureLines(summary: RunSummary): AsyncGenerator<StepLine> {
  for (const { role, path } of summary.files) {
    if (role !== "failures") continue;
    for await (const { value } of linesOf(summary, { step: "", path })) {
      yield { step: String(value["step"]), value };
    }
  }
}

/** The ids of the rows of all stages. */
export async function* stagedIds(summary: RunSummary): AsyncGenerator<string> {
  for (const { role, name, path } of summary.files) {
    if (role === "lineage" && name.startsWith("stages/")) yield* readLines(join(summary.run_dir, path));
  }
}

async function* linesOf(
  { run_dir }: RunSummary,
  { step, path }: { readonly step: string; readonly path: string },
): AsyncGenerator<StepLine> {
  let number = 0;
  for await (const line of readLines(join(run_dir, path))) {
    number++;
    yield { step, value: objectOf(line, `${path}:${number}`) };
  }
}

function objectOf(line: string, place: string): JsonObject {
  try {
    const value: unknown = JSON.parse(line);
    if (isJsonObject(value)) return value;
  } catch {
    // Refused below, as what is JSON but no object is.
  }
  throw new FastDistillError("data.malformed", `Read a JSON object at ${place}, found what is none`, {
    hint: "See fastdistill verify: the run folder was changed",
  });
}
