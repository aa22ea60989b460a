import { didYouMean, FastDistillError } from "../errors/mod.ts";
import { canonicalJson, type Json, type Row, sha256 } from "../record/mod.ts";
import type { Manifest } from "../artifact/mod.ts";
import type { RunSummary } from "../report/mod.ts";
import { hasRowIds, type StageRow, stageRows } from "./_stage_rows.ts";

/** Rows of one side that are in memory at a time. */
const ROWS_AT_ONCE = 250_000;

/** A value of a column in the two runs. */
export interface ColumnDifference {
  /** Name of the column. */
  readonly column: string;
  /** In the first run; absent where the row has no such column. */
  readonly a?: Json;
  /** In the second run. */
  readonly b?: Json;
}

/** A row that is in both runs and not the same. */
export interface ChangedRow {
  /** What tells it apart. */
  readonly key: string;
  /** The columns in which the two differ, by name. */
  readonly columns: readonly ColumnDifference[];
}

/** How the rows of a stage differ. */
export interface StageDifference {
  /** Name of the stage. */
  readonly stage: string;
  /** Rows of each run; `null` where it has no such stage. */
  readonly rows: { readonly a: number | null; readonly b: number | null };
  /** Whether both have the same rows in the same order, by their Merkle roots. */
  readonly identical: boolean;
  /** By which column rows were matched; `row_id`, or `row` where whole rows were. */
  readonly matched_by: string;
  /** Rows of the second run only. */
  readonly added: number;
  /** Rows of the first run only. */
  readonly removed: number;
  /** Rows of both, with other columns or values. */
  readonly changed: number;
  /** Rows of both that are the same, wherever they stand. */
  readonly unchanged: number;
  /** The first that were changed. */
  readonly changed_rows: readonly ChangedRow[];
  /** The first that were added. */
  readonly added_rows: readonly Row[];
  /** The first that were removed. */
  readonly removed_rows: readonly Row[];
}

/** One side of a comparison. */
export interface Side {
  readonly summary: RunSummary;
  /** Absent where the run has no such stage. */
  readonly manifest: Manifest | undefined;
}

/** How two stages are compared. */
export interface StageDiffOptions {
  readonly stage: string;
  /** Column by which rows are matched, or `row_id`. @default {sample_id, else row_id} */
  readonly by: string | undefined;
  /** How many rows of each kind are shown. */
  readonly samples: number;
  /** Rows of one side that are in memory at a time. @default {250000} */
  readonly rowsAtOnce?: number;
}

/**
 * Compares the rows of a stage. They are matched by a key, and those that share one by their order; both files are read
 * once for every 250,000 rows, so that memory does not grow with them.
 */
export async function diffStage(a: Side, b: Side, options: StageDiffOptions): Promise<StageDifference> {
  const { stage, samples } = options;
  const rows = { a: a.manifest?.count ?? null, b: b.manifest?.count ?? null };
  const matched_by = keyColumn(a, b, options);
  const base = { stage, rows, matched_by };
  if (isIdentical(a, b)) {
    const none = { added: 0, removed: 0, changed: 0, changed_rows: [], added_rows: [], removed_rows: [] };
    return { ...base, identical: true, unchanged: rows.a ?? 0, ...none };
  }
  const { rowsAtOnce = ROWS_AT_ONCE } = options;
  const parts = Math.max(1, Math.ceil(Math.max(rows.a ?? 0, rows.b ?? 0) / rowsAtOnce));
  const tally = new DiffTally(samples);
  for (let part = 0; part < parts; part++) {
    await comparePart({ a, b, keyOf: keyReader(matched_by, partOf(part, parts)), tally });
  }
  const before = await rowsAt(a, [
    ...tally.changed.first.map(({ value }) => value.left),
    ...tally.removed.first.map(({ at }) => at),
  ]);
  return {
    ...base,
    identical: false,
    added: tally.added.count,
    removed: tally.removed.count,
    changed: tally.changed.count,
    unchanged: tally.unchanged,
    changed_rows: tally.changed.first.map(({ value: { key, left, right } }) => ({
      key,
      columns: columnsThatDiffer(before.get(left)!, right),
    })),
    added_rows: tally.added.first.map(({ value }) => value),
    removed_rows: tally.removed.first.map(({ at }) => before.get(at)!),
  };
}

function isIdentical(a: Side, b: Side): boolean {
  return a.manifest !== undefined && b.manifest !== undefined && a.manifest.count === b.manifest.count &&
    a.manifest.merkle_root === b.manifest.merkle_root;
}

function keyColumn(a: Side, b: Side, { stage, by }: StageDiffOptions): string {
  const sides = [a, b].filter(({ manifest }) => manifest !== undefined);
  const has = (column: string) => sides.every(({ manifest }) => Object.hasOwn(manifest!.columns, column));
  const haveIds = sides.every(({ summary }) => hasRowIds(summary));
  if (by === undefined) return has("sample_id") ? "sample_id" : haveIds ? "row_id" : "row";
  if (by === "row" || has(by) || (by === "row_id" && haveIds)) return by;
  const known = [
    "row_id",
    "row",
    ...new Set(sides.flatMap(({ manifest }) => Object.keys(manifest!.columns))),
  ];
  throw new FastDistillError(
    "config.usage",
    `Rows of stage "${stage}" cannot be matched by "${by}": not both runs have it${didYouMean(by, known)}`,
  );
}

/** `undefined` for a row that is left to another part. */
type KeyOf = (row: StageRow) => string | undefined;

/** Rows with one key are told apart by their order. */
function keyReader(by: string, isMeant: (key: string) => boolean): () => KeyOf {
  const plain = ({ row, rowId, line }: StageRow) => {
    if (by === "row") return sha256(line);
    if (by === "row_id" && !Object.hasOwn(row, by)) return rowId ?? "";
    const value = row[by];
    return typeof value === "string" ? value : canonicalJson(value ?? null);
  };
  return () => {
    const seen = new Map<string, number>();
    return (row) => {
      const key = plain(row);
      if (!isMeant(key)) return undefined;
      const before = seen.get(key) ?? 0;
      seen.set(key, before + 1);
      return before === 0 ? key : `${key} #${before + 1}`;
    };
  };
}

/** Deals keys into parts, by their digest. */
function partOf(part: number, parts: number): (key: string) => boolean {
  if (parts === 1) return () => true;
  return (key) => Number.parseInt(sha256(key).slice(0, 8), 16) % parts === part;
}

interface Comparison {
  readonly a: Side;
  readonly b: Side;
  readonly keyOf: () => KeyOf;
  readonly tally: DiffTally;
}

async function comparePart({ a, b, keyOf, tally }: Comparison): Promise<void> {
  const left = new Map<string, { readonly index: number; readonly digest: string }>();
  const leftKey = keyOf();
  for await (const row of rowsOf(a)) {
    const key = leftKey(row);
    if (key !== undefined) left.set(key, { index: row.index, digest: sha256(row.line) });
  }
  const rightKey = keyOf();
  for await (const row of rowsOf(b)) {
    const key = rightKey(row);
    if (key === undefined) continue;
    const before = left.get(key);
    left.delete(key);
    if (before === undefined) tally.added.add(row.index, () => row.row);
    else if (before.digest === sha256(row.line)) tally.unchanged++;
    else tally.changed.add(row.index, () => ({ key, left: before.index, right: row.row }));
  }
  for (const { index } of left.values()) tally.removed.add(index, () => null);
}

function rowsOf({ summary, manifest }: Side): AsyncIterable<StageRow> | readonly StageRow[] {
  return manifest === undefined ? [] : stageRows(summary, manifest);
}

async function rowsAt(side: Side, indexes: readonly number[]): Promise<ReadonlyMap<number, Row>> {
  const wanted = new Set(indexes);
  const found = new Map<number, Row>();
  if (wanted.size === 0) return found;
  for await (const { index, row } of rowsOf(side)) {
    if (!wanted.has(index)) continue;
    found.set(index, row);
    if (found.size === wanted.size) break;
  }
  return found;
}

interface Changed {
  readonly key: string;
  readonly left: number;
  readonly right: Row;
}

class DiffTally {
  readonly added: Firsts<Row>;
  readonly removed: Firsts<null>;
  readonly changed: Firsts<Changed>;
  unchanged = 0;

  constructor(samples: number) {
    [this.added, this.removed, this.changed] = [
      new Firsts(samples),
      new Firsts(samples),
      new Firsts(samples),
    ];
  }
}

/** Counts, and keeps the few that stand first, in whatever order they come. */
class Firsts<T> {
  readonly #max: number;
  first: { readonly at: number; readonly value: T }[] = [];
  count = 0;

  constructor(max: number) {
    this.#max = max;
  }

  add(at: number, value: () => T): void {
    this.count++;
    const last = this.first.at(-1);
    if (this.first.length === this.#max && (last === undefined || last.at <= at)) return;
    this.first.push({ at, value: value() });
    this.first.sort((a, b) => a.at - b.at);
    this.first.length = Math.min(this.first.length, this.#max);
  }
}

function columnsThatDiffer(a: Row, b: Row): readonly ColumnDifference[] {
  const columns = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return columns.flatMap((column) => {
    const [left, right] = [a[column], b[column]];
    if (left !== undefined && right !== undefined && canonicalJson(left) === canonicalJson(right)) return [];
    return [{
      column,
      ...(left === undefined ? {} : { a: left }),
      ...(right === undefined ? {} : { b: right }),
    }];
  });
}
