import { FastDistillError } from "../errors/mod.ts";
import { type Envelope, type Row, sourceRowIds, type TextHasher } from "../record/mod.ts";
import {
  type GlobalRunner,
  type Outcome,
  pass,
  type RowContext,
  type RowRunner,
  type SinkRunner,
  type SourceRunner,
} from "../step/mod.ts";
import type { Chunk } from "./chunk.ts";
import type { Arriving } from "./joined_rows.ts";
import { HeldRows } from "./held_rows.ts";
import type { RunControl } from "./run_control.ts";
import type { FlowNode, RowFlow } from "./row_flow.ts";
import { ALL_ROWS, type RowSelection } from "./row_selection.ts";
import type { RowTarget } from "./row_target.ts";
import type { Launch } from "./segment_runner.ts";
import type { EndedRow, Slot } from "./slot.ts";
import type { StepCounts } from "./step_state.ts";

/** What a head works with. */
export interface HeadOptions {
  readonly node: FlowNode;
  readonly flow: RowFlow;
  readonly control: RunControl;
  /** Position of the step in the pipeline, first number of the paths that it starts. */
  readonly ordinal: number;
  readonly contextOf: (envelope: Envelope) => RowContext;
  /** Present where the segment leads to the step whose rows a target counts. */
  readonly target?: RowTarget | undefined;
}

/** Rows of a source, numbered. Ends early when the run is stopped, or a target wants no more. */
export async function* sourceLaunches(
  runner: SourceRunner,
  options: HeadOptions & { readonly rows?: RowSelection | undefined; readonly hasher: TextHasher },
): AsyncGenerator<readonly Launch[]> {
  const { node, flow, control, ordinal, target, hasher, rows: { end, has } = ALL_ROWS } = options;
  const step = node.state.plan.name;
  const { counts } = node.state;
  const rowIdOf = sourceRowIds(step, hasher);
  let index = 0;
  // Whatever merges this source with others learns that those come first.
  if (target !== undefined) yield [markerAt([ordinal, -1])];
  counts.isReading = true;
  const given = target === undefined
    ? runner.rows(control.signal)
    : rowsUntil(target.reached, options, runner);
  for await (const row of given) {
    counts.isReading = false;
    if (target !== undefined) await roomFor(options, target);
    if (control.stopReason !== undefined) return control.cut();
    if (has(index)) {
      if (target?.take() === false) return target.closeSource();
      const envelope: Envelope = {
        rowId: rowIdOf(index),
        path: [ordinal, index],
        row,
        parents: [],
      };
      counts.rowsIn++;
      yield [{
        path: envelope.path,
        rowIds: envelope.rowId,
        start: (slot) => {
          noteIn(counts, slot);
          return flow.pass(node, envelope, slot);
        },
      }];
    }
    if (++index >= end) return target?.closeSource("limit");
    counts.isReading = true;
  }
  counts.isReading = false;
  target?.closeSource();
}

/** The rows of a source until a target is reached, whatever the source is waiting for then. */
async function* rowsUntil(
  reached: AbortSignal,
  { control }: HeadOptions,
  runner: SourceRunner,
): AsyncGenerator<Row> {
  try {
    yield* runner.rows(AbortSignal.any([control.signal, reached]));
  } catch (thrown) {
    if (!reached.aborted) throw thrown;
  }
}

/** Waits until a target wants one more row, or the run is stopped. */
async function roomFor({ node, control }: HeadOptions, target: RowTarget): Promise<void> {
  const { plan: { name }, counts } = node.state;
  for (let room = target.room(name); room !== undefined; room = target.room(name)) {
    if (control.stopReason !== undefined) return;
    counts.blockedBy = { on: "in_flight" };
    await room;
    counts.blockedBy = undefined;
  }
}

/** What says that all rows at or before a place have come, where none of them may have. */
function markerAt(path: Envelope["path"]): Launch {
  return { path, rowIds: [], start: () => {} };
}

/** Remembers that a row came in, for the case that it is not wanted after all. */
function noteIn(counts: StepCounts, { undo }: Slot): void {
  undo?.push(() => counts.rowsIn--);
}

function noteJoined(counts: StepCounts, { absorbed }: Arriving, { undo }: Slot): void {
  if (absorbed === undefined) return;
  undo?.push(() => {
    counts.rowsIn -= absorbed;
    counts.expanded += absorbed;
  });
}

/** Rows that a row step takes up one by one, concurrently: a row step that reads several others. */
export async function* rowLaunches(
  input: AsyncIterable<Chunk>,
  options: HeadOptions,
): AsyncGenerator<readonly Launch[]> {
  const { node, flow, target } = options;
  const { counts } = node.state;
  for await (const { envelopes, upTo } of input) {
    const launches = envelopes.map((envelope): Launch => ({
      path: envelope.path,
      rowIds: envelope.rowId,
      start: (slot) => {
        noteJoined(counts, envelope, slot);
        return flow.enter(node, envelope, slot);
      },
    }));
    if (target !== undefined) launches.push(markerAt(upTo));
    yield launches;
  }
}

/** Rows that an ordered step takes up one after another; what follows it is concurrent again. */
export async function* orderedLaunches(
  input: AsyncIterable<Chunk>,
  options: HeadOptions & { readonly runner: RowRunner },
): AsyncGenerator<readonly Launch[]> {
  const { node, flow, runner, contextOf, target } = options;
  const { counts } = node.state;
  const launched = (envelope: Arriving, start: Launch["start"]): Launch => ({
    path: envelope.path,
    rowIds: envelope.rowId,
    start: (slot) => {
      noteIn(counts, slot);
      noteJoined(counts, envelope, slot);
      return start(slot);
    },
  });
  for await (const { envelopes, upTo } of input) {
    const launches: Launch[] = [];
    for (const envelope of envelopes) {
      counts.rowsIn++;
      if (!flow.isFor(node, envelope)) {
        launches.push(launched(envelope, (slot) => flow.bypass(node, envelope, slot)));
        continue;
      }
      const started = flow.now();
      const settling = attempt(() => runner.process(envelope.row, contextOf(envelope)));
      const settle = settling instanceof Promise ? await underWay(node, settling) : settling;
      node.state.addService(flow.now() - started);
      launches.push(launched(envelope, settledBy({ node, flow, envelope, settle })));
    }
    if (target !== undefined) launches.push(markerAt(upTo));
    yield launches;
  }
}

/** Rows that a sink writes one after another, and lets pass. */
export async function* sinkLaunches(
  input: AsyncIterable<Chunk>,
  options: HeadOptions & { readonly runner: SinkRunner },
): AsyncGenerator<readonly Launch[]> {
  const { node, flow, runner, contextOf } = options;
  for await (const { envelopes } of input) {
    const launches: Launch[] = [];
    for (const envelope of envelopes) {
      node.state.counts.rowsIn++;
      const { path, rowId: rowIds } = envelope;
      if (!flow.isFor(node, envelope)) {
        launches.push({ path, rowIds, start: (slot) => flow.bypass(node, envelope, slot) });
        continue;
      }
      const started = flow.now();
      const settling = attempt(() => {
        const written = runner.write(envelope.row, contextOf(envelope));
        return written === undefined ? pass(envelope.row) : written.then(() => pass(envelope.row));
      });
      const settle = settling instanceof Promise ? await underWay(node, settling) : settling;
      node.state.addService(flow.now() - started);
      launches.push({ path, rowIds, start: settledBy({ node, flow, envelope, settle }) });
    }
    yield launches;
  }
}

/** Rows that pass a batch step by keep their place in its batch; so many times its size are held at most. */
const PASSING_MAX = 16;

/** Rows that a batch step takes up some at a time; batches are concurrent. */
export async function* batchLaunches(
  input: AsyncIterable<Chunk>,
  options: HeadOptions & { readonly batchSize: number; readonly process: BatchProcess },
): AsyncGenerator<readonly Launch[]> {
  const { node, flow, batchSize } = options;
  let batch: Arriving[] = [];
  let taken = 0;
  for await (const { envelopes } of input) {
    for (const envelope of envelopes) {
      batch.push(envelope);
      if (flow.isFor(node, envelope)) taken++;
      if (taken >= batchSize || batch.length >= PASSING_MAX * batchSize) {
        yield [batchLaunch(batch, options)];
        [batch, taken] = [[], 0];
      }
    }
  }
  if (batch.length > 0) yield [batchLaunch(batch, options)];
}

/** One call of a batch step. */
export type BatchProcess = (envelopes: readonly Envelope[]) => Promise<readonly Outcome[]>;

function batchLaunch(
  arrived: readonly Arriving[],
  { node, flow, process }: HeadOptions & { readonly process: BatchProcess },
): Launch {
  const { counts } = node.state;
  counts.rowsIn += arrived.length;
  const batch = arrived.filter((envelope) => flow.isFor(node, envelope));
  const taken = new Set(batch);
  const start: Launch["start"] = async (slot) => {
    const passing = arrived.filter((envelope) => !taken.has(envelope)).map((envelope) =>
      flow.bypass(node, envelope, slot)
    );
    counts.inFlight += batch.length;
    const started = flow.now();
    const settle = await attempt(() => batch.length === 0 ? Promise.resolve([]) : process(batch));
    node.state.addService(flow.now() - started);
    counts.inFlight -= batch.length;
    const settled = batch.map((envelope, index) => {
      if (!settle.ok) return flow.settleThrown(node, { envelope, slot, thrown: settle.thrown });
      return flow.settle(node, { envelope, slot, outcome: settle.value[index]! });
    });
    await Promise.all([...passing, ...settled]);
  };
  return { path: arrived.at(-1)!.path, rowIds: arrived.map(({ rowId }) => rowId), start };
}

/** Rows that a global step gives back, in its own order, which is the canonical one from here on. */
export async function* globalLaunches(
  input: AsyncIterable<Chunk>,
  options: HeadOptions & { readonly runner: GlobalRunner },
): AsyncGenerator<readonly Launch[]> {
  const { node, flow, runner, control, ordinal } = options;
  const held = new HeldRows();
  const reading = { node, held, isRead: false };
  let index = 0;
  for await (const { rowId, outcome } of runner.process(keyedRows(input, reading), control.signal)) {
    const envelope = held.take(rowId);
    if (envelope === undefined) {
      throw lostRows(node, `gave back a row that it does not hold: ${rowId.slice(0, 12)}`);
    }
    const moved = { ...envelope, path: [ordinal, index++] };
    const start: Launch["start"] = (slot) => {
      // A row that goes on is left out by name where a target does not want it; another has its end already.
      const goesOn = outcome.kind === "pass" || outcome.kind === "expand";
      if (goesOn && slot.undo !== undefined) slot.instead = shedRow(node, moved);
      if (!goesOn) slot.isFinal = true;
      return flow.settle(node, { envelope: moved, slot, outcome });
    };
    yield [{ path: moved.path, rowIds: rowId, start }];
  }
  if (!reading.isRead) throw lostRows(node, "stopped reading before the last row");
  if (held.size > 0) throw lostRows(node, `did not give back ${held.size} rows`);
}

async function* keyedRows(
  input: AsyncIterable<Chunk>,
  reading: { readonly node: FlowNode; readonly held: HeldRows; isRead: boolean },
): AsyncGenerator<{ readonly rowId: string; readonly row: Envelope["row"] }> {
  const { counts } = reading.node.state;
  counts.isReading = true;
  for await (const { envelopes } of input) {
    counts.isReading = false;
    for (const envelope of envelopes) {
      counts.rowsIn++;
      reading.held.add(envelope);
      yield { rowId: envelope.rowId, row: envelope.row };
    }
    counts.isReading = true;
  }
  counts.isReading = false;
  reading.isRead = true;
}

function shedRow({ state: { plan: { name } } }: FlowNode, envelope: Envelope): EndedRow {
  return { step: name, envelope, ending: { state: "shed", reason: "target" } };
}

function lostRows(node: FlowNode, what: string): FastDistillError {
  return new FastDistillError("step.lost_rows", `Step "${node.state.plan.name}" ${what}`);
}

type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly thrown: unknown };

/** What is done at once is given at once: most rows need no promise. */
function attempt<T>(action: () => T | Promise<T>): Attempt<T> | Promise<Attempt<T>> {
  try {
    const value = action();
    if (!(value instanceof Promise)) return { ok: true, value };
    return value.then((value) => ({ ok: true, value }), (thrown) => ({ ok: false, thrown }));
  } catch (thrown) {
    return { ok: false, thrown };
  }
}

/** Counts a row as under way while it is waited for. */
async function underWay<T>({ state: { counts } }: FlowNode, settling: Promise<T>): Promise<T> {
  counts.inFlight++;
  const settled = await settling;
  counts.inFlight--;
  return settled;
}

function settledBy(
  { node, flow, envelope, settle }: {
    readonly node: FlowNode;
    readonly flow: RowFlow;
    readonly envelope: Envelope;
    readonly settle: Attempt<Outcome>;
  },
): Launch["start"] {
  return (slot) =>
    settle.ok
      ? flow.settle(node, { envelope, slot, outcome: settle.value })
      : flow.settleThrown(node, { envelope, slot, thrown: settle.thrown });
}
