import { FastDistillError } from "../errors/mod.ts";
import {
  canonicalJson,
  compareSequencePaths,
  derivedRowId,
  type Envelope,
  type Fork,
  type Json,
  type Row,
  type SequencePath,
} from "../record/mod.ts";
import { type Fail, fail, type Reject, reject } from "../step/mod.ts";
import type { Chunk } from "./chunk.ts";
import type { PlannedJoin } from "./planned_branches.ts";
import type { RowTrail } from "./row_trail.ts";
import type { StepCounts } from "./step_state.ts";

/** A row on its way into a step. */
export interface Arriving extends Envelope {
  /** What becomes of it before the step sees it, where joining it decides that. */
  readonly verdict?: Reject | Fail;
  /** Of a row that others were joined into: how many those are. */
  readonly absorbed?: number;
}

/**
 * Makes one row of all rows that stem from one row before the branches. They stand next to each other in canonical
 * order, so that no more than one group is held; they are told apart by lineage, never by position.
 */
export async function* joinedRows(
  input: AsyncIterable<Chunk>,
  { step, join, counts, trail }: {
    readonly step: string;
    readonly join: PlannedJoin;
    readonly counts: Pick<StepCounts, "rowsIn" | "expanded">;
    readonly trail?: Pick<RowTrail, "joined"> | undefined;
  },
): AsyncGenerator<Chunk> {
  const joinGroup = (group: readonly Member[]): Arriving => {
    // The step counts one row where several came in.
    counts.rowsIn += group.length - 1;
    counts.expanded -= group.length - 1;
    const row = joinedRow(step, join, group);
    trail?.joined({ step, rowId: row.rowId, parents: row.parents });
    return { ...row, absorbed: group.length - 1 };
  };
  let group: Member[] = [];
  const end = (): Arriving => {
    const row = joinGroup(group);
    group = [];
    return row;
  };
  for await (const { envelopes, upTo } of input) {
    const joined: Arriving[] = [];
    for (const envelope of envelopes) {
      const member = { envelope, fork: forkAt(envelope, join.anchor) };
      if (group.length > 0 && group[0]!.fork.rowId !== member.fork.rowId) joined.push(end());
      group.push(member);
    }
    if (group.length > 0 && isComplete(group[0]!.fork, upTo)) joined.push(end());
    if (group.length === 0) yield { envelopes: joined, upTo };
    else if (joined.length > 0) yield { envelopes: joined, upTo: joined.at(-1)!.path };
  }
  if (group.length === 0) return;
  const last = end();
  yield { envelopes: [last], upTo: last.path };
}

/** Whether no more rows of a group can come once all at or before a place have. */
function isComplete({ path }: Fork, upTo: SequencePath): boolean {
  const isInside = upTo.length > path.length && compareSequencePaths(upTo.slice(0, path.length), path) === 0;
  return !isInside && compareSequencePaths(path.slice(0, upTo.length), upTo) <= 0;
}

interface Member {
  readonly envelope: Envelope;
  readonly fork: Fork;
}

function forkAt({ forks = [], rowId }: Envelope, anchor: string): Fork {
  const fork = forks.findLast(({ step }) => step === anchor);
  if (fork !== undefined) return fork;
  throw new FastDistillError("internal.invariant", `Row ${rowId.slice(0, 12)} did not come by "${anchor}"`);
}

function joinedRow(step: string, join: PlannedJoin, group: readonly Member[]): Arriving {
  const { fork } = group[0]!;
  const members = join.branches.flatMap((branch) => group.filter(({ fork }) => fork.to === branch));
  const { rowId, path } = fork;
  const { forks = [] } = members[0]!.envelope;
  const earlier = forks.slice(0, forks.findLastIndex(({ step }) => step === join.anchor));
  const merged = mergeRows(step, join, members);
  const envelope: Envelope = {
    rowId: derivedRowId(rowId, { step, index: 0 }),
    path,
    row: merged.row,
    parents: members.map(({ envelope }) => envelope.rowId),
    ...(earlier.length === 0 ? {} : { forks: earlier }),
  };
  const missing = fork.all.filter((branch) =>
    join.branches.includes(branch) && !members.some(({ fork }) => fork.to === branch)
  );
  if (join.missing === "reject" && missing.length > 0) {
    return { ...envelope, verdict: reject("branch_missing", missing.join(", ")) };
  }
  return merged.error === undefined ? envelope : { ...envelope, verdict: fail(merged.error) };
}

interface MergedRow {
  readonly row: Row;
  readonly error?: FastDistillError;
}

function mergeRows(step: string, join: PlannedJoin, members: readonly Member[]): MergedRow {
  const row: Record<string, Json> = {};
  let error: FastDistillError | undefined;
  const others = members.flatMap(({ envelope }) => Object.keys(envelope.row));
  for (const column of new Set([...join.columns, ...others])) {
    const having = members.filter(({ envelope }) => Object.hasOwn(envelope.row, column));
    const values = having.map(({ envelope }) => envelope.row[column]!);
    if (join.lists.includes(column)) row[column] = values;
    else {
      row[column] = values[0] ?? null;
      if (join.on_conflict === "fail") error ??= conflict(step, column, having);
    }
  }
  return error === undefined ? { row } : { row, error };
}

function conflict(step: string, column: string, having: readonly Member[]): FastDistillError | undefined {
  const first = having[0];
  if (first === undefined) return undefined;
  const value = canonicalJson(first.envelope.row[column]!);
  const other = having.find(({ envelope }) => canonicalJson(envelope.row[column]!) !== value);
  if (other === undefined) return undefined;
  const message =
    `Step "${step}" joins rows that disagree on the column "${column}": ${value.slice(0, 80)} in ` +
    `"${first.fork.to}", ${canonicalJson(other.envelope.row[column]!).slice(0, 80)} in "${other.fork.to}"`;
  return new FastDistillError("step.join_conflict", message, {
    hint: `Name the column under join.lists, rename it in one branch, or set join.on_conflict: first`,
  });
}
