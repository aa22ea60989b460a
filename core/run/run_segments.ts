import type { Segment } from "../graph/mod.ts";
import { type Envelope, NATIVE_HASHER, type TextHasher } from "../record/mod.ts";
import { joinPath } from "../runtime/mod.ts";
import { Channel } from "./channel.ts";
import { type Chunk, mergeChunks } from "./chunk.ts";
import {
  batchLaunches,
  globalLaunches,
  type HeadOptions,
  orderedLaunches,
  rowLaunches,
  sinkLaunches,
  sourceLaunches,
} from "./heads.ts";
import { joinedRows } from "./joined_rows.ts";
import type { Plan } from "./plan.ts";
import { type ContextOf, type FlowNode, RowFlow } from "./row_flow.ts";
import { firstRows, type RowSelection } from "./row_selection.ts";
import type { RunControl } from "./run_control.ts";
import type { RowTrail } from "./row_trail.ts";
import type { RunTrace } from "./run_trace.ts";
import {
  channelExit,
  type ChunkChannel,
  type EnvelopeWriter,
  type Exit,
  writerExit,
} from "./segment_exit.ts";
import { type Launch, SegmentRunner } from "./segment_runner.ts";
import type { EndedRow } from "./slot.ts";
import { SpillingChannel } from "./spilling_channel.ts";
import { stepFailure } from "./step_failure.ts";
import type { PlannedTarget } from "./planned_target.ts";
import type { RowTarget } from "./row_target.ts";
import { countingTarget, holdingTarget, type SegmentTarget } from "./segment_target.ts";
import type { StepState } from "./step_state.ts";

/** Rows that wait between two segments. */
const CHANNEL_ROWS = 256;
/** Rows in memory before a meeting point of several streams spills to disk. */
const SPILL_ROWS = 16_384;
const IN_FLIGHT_MIN = 256;
/** Rows that may wait for a slow one before them: as many as finish in its time, or its segment stands still. */
const WINDOW_ROWS = 262_144;
/** So many of them wait in memory, the others in a file. */
const HELD_ROWS_MIN = 4_096;

/** What the segments of a run work with. */
export interface SegmentsOptions {
  readonly plan: Plan;
  readonly states: ReadonlyMap<string, StepState>;
  readonly control: RunControl;
  readonly contextOf: ContextOf;
  /** Milliseconds that never go back. */
  readonly now: () => number;
  /** Present when the run is traced. */
  readonly trace?: RunTrace | undefined;
  /** Takes note of what rows are made from. */
  readonly trail?: RowTrail | undefined;
  /** Folder for what spills. */
  readonly spillDir: string;
  /** Writers of stages, by step. */
  readonly stageWriters: ReadonlyMap<string, EnvelopeWriter>;
  readonly onEnded: (ended: EndedRow) => void;
  readonly endedReady: () => Promise<void> | undefined;
  /** Told when a step has settled its last row. */
  readonly onStepEnd: (state: StepState) => void;
  /** Told when a sink's segment came to its end, before whatever reads it does. */
  readonly onSinkEnd: (state: StepState) => Promise<void>;
  /** Counts rows against the target of the plan. @default {the target is not heeded} */
  readonly target?: SegmentsTarget | undefined;
  /** Which rows of a source take part. @default {those within the plan's limit} */
  readonly rowsOf?: (step: string) => RowSelection;
  /** Takes the ids of rows. @default {the runtime's own} */
  readonly hasher?: TextHasher;
}

/** A target while it is worked towards. */
export interface SegmentsTarget {
  readonly plan: PlannedTarget;
  readonly rows: RowTarget;
  /** What the steps that lead to it are controlled by. */
  readonly control: RunControl;
}

type RowChannel = ChunkChannel & AsyncIterable<Chunk>;

/**
 * Runs all segments of a plan, joined as streams, until every row is settled.
 * @throws the first failure of a segment; the others are then ended as well
 */
export async function runSegments(options: SegmentsOptions): Promise<void> {
  const channels = openChannels(options);
  const failAll = (cause: unknown) => {
    const error = stepFailure("run", cause);
    options.control.abort(error);
    for (const channel of channels.values()) channel.fail(error);
  };
  let first: { readonly cause: unknown } | undefined;
  await Promise.all(options.plan.segments.map(async (segment) => {
    try {
      await runSegment(segment, channels, options);
    } catch (cause) {
      first ??= { cause };
      failAll(cause);
    }
  }));
  if (first !== undefined) throw first.cause;
}

function edge(from: string, to: string): string {
  return `${from}>${to}`;
}

function openChannels({ plan, spillDir }: SegmentsOptions): ReadonlyMap<string, RowChannel> {
  const weigh = (chunk: Chunk) => chunk.envelopes.length + 1;
  return new Map(plan.segments.flatMap(({ exits }) =>
    exits.map(({ from, to }) => {
      const meets = plan.graph.nodes.get(to)!.inputs.length > 1;
      const channel: RowChannel = meets
        ? new SpillingChannel<Chunk>(SPILL_ROWS, joinPath(spillDir, `${from}-${to}.jsonl`), weigh)
        : new Channel<Chunk>(CHANNEL_ROWS, weigh);
      return [edge(from, to), channel];
    })
  ));
}

async function runSegment(
  segment: Segment,
  channels: ReadonlyMap<string, RowChannel>,
  options: SegmentsOptions,
): Promise<void> {
  const { plan, states } = options;
  const { head, exits, target } = wireSegment(segment, channels, options);
  const control = target === undefined ? options.control : options.target!.control;
  const flow = new RowFlow({ ...options, control, seed: plan.pipeline.config.seed });
  const inputs = plan.graph.nodes.get(segment.head)!.inputs.map((input) =>
    channels.get(edge(input, segment.head))!
  );
  const inFlightMax = inFlightLimit(segment, plan);
  const { plan: { join }, counts } = head.state;
  const merged = mergeChunks(inputs);
  const arriving = join === undefined ? merged : joinedRows(merged, {
    step: segment.head,
    join,
    counts,
    trail: options.trail,
  });
  const runner = new SegmentRunner({
    launches: namingFailures(
      launchesOf(arriving, {
        head,
        flow,
        options: { ...options, control },
        target: target?.target ?? sourceTarget(segment, options),
      }),
      segment.head,
    ),
    exits,
    target,
    limits: {
      inFlightMax,
      windowMax: Math.max(WINDOW_ROWS, 8 * inFlightMax),
      heldMax: Math.max(HELD_ROWS_MIN, 2 * inFlightMax),
    },
    spillPath: joinPath(options.spillDir, `${segment.head}-waiting.jsonl`),
    control,
    onEnded: options.onEnded,
    endedReady: options.endedReady,
    trail: options.trail,
    onWait: (reason) => head.state.counts.blockedBy = reason,
  });
  try {
    await runner.run();
  } finally {
    if (target?.counts === true) target.target.settle();
  }
  for (const name of [segment.head, ...segment.steps]) {
    states.get(name)!.counts.finished = true;
    options.onStepEnd(states.get(name)!);
  }
}

/** A source before a step that needs all rows gives no more candidates than it may, either. */
function sourceTarget({ head }: Segment, { target }: SegmentsOptions): RowTarget | undefined {
  return target?.plan.sources.includes(head) === true ? target.rows : undefined;
}

function inFlightLimit({ head, steps }: Segment, { steps: planned, pipeline }: Plan): number {
  const providers = new Set([head, ...steps].flatMap((name) => planned.get(name)!.config.provider ?? []));
  const concurrency = [...providers].reduce(
    (sum, name) => sum + pipeline.config.providers[name]!.limits.concurrency,
    0,
  );
  return Math.max(IN_FLIGHT_MIN, 2 * concurrency);
}

interface WiredSegment {
  readonly head: FlowNode;
  readonly exits: readonly Exit[];
  readonly target: SegmentTarget | undefined;
}

function wireSegment(
  segment: Segment,
  channels: ReadonlyMap<string, RowChannel>,
  options: SegmentsOptions,
): WiredSegment {
  const { plan, states, stageWriters, target } = options;
  const leads = (step: string) => target?.plan.steps.has(step) === true;
  const held = new Set<number>();
  const exits: Exit[] = [];
  const add = (exit: Exit) => exits.push(exit) - 1;
  const inSegment = new Set(segment.steps);
  const wire = (name: string): FlowNode => {
    const { outputs } = plan.graph.nodes.get(name)!;
    const writer = stageWriters.get(name);
    const stageExit = writer === undefined
      ? undefined
      : add(writerExit(writer, plan.steps.get(name)!.config.stage ?? name));
    if (stageExit !== undefined) held.add(stageExit);
    const next = outputs.filter((output) => inSegment.has(output)).map(wire);
    const leaving = outputs.filter((output) => !inSegment.has(output));
    return {
      state: states.get(name)!,
      next,
      exits: leaving.map((to) => {
        const index = add(channelExit(channels.get(edge(name, to))!, edge(name, to)));
        if (!leads(to)) held.add(index);
        return { to, index };
      }),
      ...(stageExit === undefined ? {} : { stageExit }),
      isLeaf: outputs.length === 0,
      isTarget: name === target?.plan.step,
    };
  };
  const head = wire(segment.head);
  if (target === undefined || !leads(segment.head)) return { head, exits, target: undefined };
  const counts = segment.head === target.plan.step || segment.steps.includes(target.plan.step);
  return { head, exits, target: counts ? countingTarget(target.rows) : holdingTarget(target.rows, held) };
}

interface LaunchOptions {
  readonly head: FlowNode;
  readonly flow: RowFlow;
  readonly options: SegmentsOptions;
  readonly target: RowTarget | undefined;
}

function launchesOf(
  input: AsyncIterable<Chunk>,
  { head, flow, options, target }: LaunchOptions,
): AsyncIterable<readonly Launch[]> {
  const { state } = head;
  const contextOf = (envelope: Envelope) => options.contextOf(state, envelope);
  const base: HeadOptions = {
    node: head,
    flow,
    control: options.control,
    ordinal: state.plan.ordinal,
    contextOf,
    target,
  };
  const { open } = state;
  switch (open.kind) {
    case "source": {
      const { plan: { limit }, rowsOf = () => firstRows(limit), hasher = NATIVE_HASHER } = options;
      return sourceLaunches(open.runner, { ...base, hasher, rows: rowsOf(state.plan.name) });
    }
    case "row":
    case "task":
      return rowLaunches(input, base);
    case "ordered":
      return orderedLaunches(input, { ...base, runner: open.runner });
    case "global":
      return globalLaunches(input, { ...base, runner: open.runner });
    case "sink":
      return withEnd(sinkLaunches(input, { ...base, runner: open.runner }), async () => {
        state.counts.isClosing = true;
        await options.onSinkEnd(state);
        state.counts.isClosing = false;
      });
    case "batch": {
      const process = (envelopes: readonly Envelope[]) =>
        open.runner.process(envelopes.map(({ row }) => row), envelopes.map(contextOf));
      return batchLaunches(input, { ...base, batchSize: open.batchSize, process });
    }
  }
}

async function* withEnd<T>(items: AsyncIterable<T>, end: () => Promise<void>): AsyncGenerator<T> {
  yield* items;
  await end();
}

/** The same items; what breaks them off says in which step it was. A generator around them would cost more. */
function namingFailures<T>(items: AsyncIterable<T>, step: string): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]: () => {
      const iterator = items[Symbol.asyncIterator]();
      return {
        next: () => iterator.next().catch((cause) => Promise.reject(stepFailure(step, cause))),
        return: (value) => iterator.return?.(value) ?? Promise.resolve({ done: true, value }),
      };
    },
  };
}
