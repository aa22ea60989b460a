import { describeThrown, FastDistillError, isFastDistillError } from "../errors/mod.ts";
import type { Row } from "../record/mod.ts";
import {
  type BatchRunner,
  type Fail,
  fail,
  type GlobalRunner,
  type KeyedOutcome,
  type Outcome,
  pass,
  type RowContext,
  type RowRunner,
  type SinkReport,
  type SinkRunner,
  type SourceRunner,
} from "../step/mod.ts";
import type { SettledRow } from "./step_run.ts";

/** A row on its way into a step. */
export interface Arrival {
  readonly input: Row;
  readonly rowId: string;
  readonly context: RowContext;
}

const CONCURRENT_MAX = 64;

/** Many rows at once, as the runtime does it. */
export async function processConcurrently(
  runner: RowRunner,
  arrivals: readonly Arrival[],
): Promise<readonly SettledRow[]> {
  const settled: SettledRow[] = [];
  for (let start = 0; start < arrivals.length; start += CONCURRENT_MAX) {
    const outcomes = arrivals.slice(start, start + CONCURRENT_MAX).map((arrival) => settle(runner, arrival));
    for (const outcome of outcomes) settled.push(outcome instanceof Promise ? await outcome : outcome);
  }
  return settled;
}

/** One row after the other. */
export async function processInOrder(
  runner: RowRunner,
  arrivals: readonly Arrival[],
): Promise<readonly SettledRow[]> {
  const settled: SettledRow[] = [];
  for (const arrival of arrivals) {
    const outcome = settle(runner, arrival);
    settled.push(outcome instanceof Promise ? await outcome : outcome);
  }
  return settled;
}

function settle(runner: RowRunner, { input, rowId, context }: Arrival): SettledRow | Promise<SettledRow> {
  const settled = (outcome: Outcome): SettledRow => ({ input, rowId, outcome: checked(outcome) });
  const thrown = (cause: unknown): SettledRow => ({ input, rowId, outcome: failureOf(cause) });
  try {
    const outcome = runner.process(input, context);
    return outcome instanceof Promise ? outcome.then(settled).catch(thrown) : settled(outcome);
  } catch (cause) {
    return thrown(cause);
  }
}

/** What a thrown value makes of a row. */
export function failureOf(cause: unknown): Fail {
  if (isFastDistillError(cause)) return fail(cause);
  return fail(new FastDistillError("step.failed", `The step threw: ${describeThrown(cause)}`, { cause }));
}

function checked(outcome: Outcome): Outcome {
  if (["pass", "reject", "fail", "expand"].includes(outcome?.kind)) return outcome;
  throw new FastDistillError(
    "step.bad_output",
    `A step must answer with an outcome, found ${JSON.stringify(outcome)}`,
  );
}

/** Rows by the batch. @throws {FastDistillError} `step.lost_rows` */
export async function processBatches(
  runner: BatchRunner,
  arrivals: readonly Arrival[],
  batchSize: number,
): Promise<readonly SettledRow[]> {
  if (!(batchSize >= 1)) throw new RangeError(`A batch holds at least one row: ${batchSize}`);
  const settled: SettledRow[] = [];
  for (let start = 0; start < arrivals.length; start += batchSize) {
    const batch = arrivals.slice(start, start + batchSize);
    const outcomes = await runner.process(
      batch.map(({ input }) => input),
      batch.map(({ context }) => context),
    );
    if (outcomes.length !== batch.length) {
      throw lostRows(`A batch of ${batch.length} rows was given ${outcomes.length} outcomes`);
    }
    batch.forEach(({ input, rowId }, index) => {
      settled.push({ input, rowId, outcome: checked(outcomes[index]!) });
    });
  }
  return settled;
}

/** All rows together. @throws {FastDistillError} `step.lost_rows`, `step.bad_output` */
export async function processGlobally(
  runner: GlobalRunner,
  arrivals: readonly Arrival[],
  signal: AbortSignal,
): Promise<readonly SettledRow[]> {
  const waiting = new Map<string, Row>();
  const settled: SettledRow[] = [];
  for await (const { rowId, outcome } of runner.process(feed(arrivals, waiting), signal)) {
    const input = waiting.get(rowId);
    if (input === undefined) {
      throw new FastDistillError(
        "step.bad_output",
        `A global step answered for a row that it does not have: ${rowId}`,
      );
    }
    waiting.delete(rowId);
    settled.push({ input, rowId, outcome: checked(outcome) });
  }
  if (settled.length < arrivals.length) {
    throw lostRows(`A global step answered for ${settled.length} of ${arrivals.length} rows`);
  }
  return settled;
}

async function* feed(
  arrivals: readonly Arrival[],
  waiting: Map<string, Row>,
): AsyncGenerator<{ readonly rowId: KeyedOutcome["rowId"]; readonly row: Row }> {
  for (const { rowId, input } of arrivals) {
    waiting.set(rowId, input);
    yield { rowId, row: input };
  }
}

function lostRows(message: string): FastDistillError {
  return new FastDistillError("step.lost_rows", message);
}

/** The rows of a source. */
export async function readSource(
  runner: SourceRunner,
  signal: AbortSignal,
  rowIdOf: (index: number) => string,
): Promise<readonly SettledRow[]> {
  const settled: SettledRow[] = [];
  for await (const row of runner.rows(signal)) {
    settled.push({ input: undefined, rowId: rowIdOf(settled.length), outcome: pass(row) });
  }
  return settled;
}

/** Rows into a sink, which lets them pass. */
export async function writeSink(
  runner: SinkRunner,
  arrivals: readonly Arrival[],
): Promise<{ readonly settled: readonly SettledRow[]; readonly report: SinkReport }> {
  try {
    const writing: RowRunner = {
      process: async (row, context) => {
        await runner.write(row, context);
        return pass(row);
      },
    };
    const settled = await processInOrder(writing, arrivals);
    return { settled, report: await runner.close() };
  } catch (cause) {
    await runner.abort?.();
    throw cause;
  }
}
