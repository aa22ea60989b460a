import { didYouMean, FastDistillError } from "../errors/mod.ts";
import type { RunSummary } from "../report/mod.ts";
import { ledgerLines, makings, stagedIds } from "./_lineage_files.ts";
import { manifestOf, stageNames, stageRows } from "./_stage_rows.ts";

const CANDIDATES_MAX = 10;
const NEAREST_OF = 5_000;
const SHOWN_DIGITS = 12;

/**
 * The id of the row that a row id, a `sample_id` or the beginning of one means.
 * @throws {FastDistillError} `data.row_not_found`, with the nearest id, or with all rows that it fits
 */
export async function findRow(summary: RunSummary, wanted: string): Promise<string> {
  const ids = new Matches(wanted);
  for await (const id of rowIds(summary)) {
    ids.offer(id);
    if (ids.exact) return wanted;
  }
  if (ids.found.size === 1) return [...ids.found][0]!;
  if (ids.found.size > 1) throw ambiguous(wanted, [...ids.found], "the ids of several rows begin with it");
  const samples = await rowsOfSample(summary, wanted);
  if (samples.size === 1) return [...samples.keys()][0]!;
  if (samples.size > 1) {
    const listed = [...samples].map(([id, stages]) =>
      `${id.slice(0, SHOWN_DIGITS)} (${[...stages].join(", ")})`
    );
    throw ambiguous(wanted, listed, `${samples.size} rows of stages have a sample_id that begins with it`);
  }
  const message = `Run ${summary.run_id} has no row "${wanted}"${didYouMean(wanted, [...ids.near])}`;
  throw new FastDistillError("data.row_not_found", message, {
    hint: "Take a row id from ledger/ or failures.jsonl, or a sample_id from a stage",
  });
}

/** Every id that the run noted, some more than once. */
async function* rowIds(summary: RunSummary): AsyncGenerator<string> {
  for await (const { value } of ledgerLines(summary)) yield String(value["row_id"]);
  for await (const { rowId, parents } of makings(summary)) {
    yield rowId;
    yield* parents;
  }
  yield* stagedIds(summary);
}

class Matches {
  readonly #wanted: string;
  readonly found: Set<string> = new Set();
  /** As much of each id as was typed, for a suggestion. */
  readonly near: Set<string> = new Set();
  exact = false;

  constructor(wanted: string) {
    this.#wanted = wanted;
  }

  offer(id: string): void {
    if (id === this.#wanted) this.exact = true;
    if (id.startsWith(this.#wanted)) {
      if (this.found.size < CANDIDATES_MAX) this.found.add(id);
    } else if (this.near.size < NEAREST_OF) this.near.add(id.slice(0, Math.max(8, this.#wanted.length)));
  }
}

/** Rows of stages by their id, with the stages that they are in. */
async function rowsOfSample(
  summary: RunSummary,
  wanted: string,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const found = new Map<string, Set<string>>();
  for (const stage of stageNames(summary)) {
    const manifest = await manifestOf(summary, stage);
    if (manifest === undefined || !Object.hasOwn(manifest.columns, "sample_id")) continue;
    for await (const { row, rowId } of stageRows(summary, manifest)) {
      const { sample_id } = row;
      if (typeof sample_id !== "string" || !sample_id.startsWith(wanted) || rowId === undefined) continue;
      const stages = found.get(rowId) ?? new Set();
      if (found.size >= CANDIDATES_MAX && stages.size === 0) continue;
      found.set(rowId, stages.add(stage));
    }
  }
  return found;
}

function ambiguous(wanted: string, rows: readonly string[], why: string): FastDistillError {
  const shown = rows.map((row) => /^[0-9a-f]{64}$/.test(row) ? row.slice(0, SHOWN_DIGITS) : row);
  return new FastDistillError("data.row_not_found", `"${wanted}" is ambiguous: ${why}`, {
    hint: `Give one of ${shown.slice(0, CANDIDATES_MAX).join(", ")}`,
  });
}
