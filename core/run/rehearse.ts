import type { Envelope } from "../record/mod.ts";
import { joinPath } from "../runtime/mod.ts";
import { closeSteps, openSteps, rowContextOf, type StepOpening } from "./open_steps.ts";
import type { RowSelection } from "./row_selection.ts";
import { runSegments } from "./run_segments.ts";
import type { EnvelopeWriter } from "./segment_exit.ts";
import type { EndedRow } from "./slot.ts";
import { countUp, type StepState } from "./step_state.ts";

/** What is watched of rows that go through the steps of a plan without a run around them. */
export interface RehearsalWatch {
  /** Which rows of a source take part; asked once, when all steps are open. @default {those within the limit} */
  readonly rowsOf?: (source: StepState) => Promise<RowSelection>;
  /** Told of each row that left a step. */
  readonly onRow?: (step: string, envelope: Envelope) => void;
  /** Told of each row that ended. */
  readonly onEnded?: (ended: EndedRow) => void;
  /** Called after the last row, before the steps are closed. */
  readonly afterwards?: (states: ReadonlyMap<string, StepState>) => Promise<void>;
}

/**
 * Carries rows through all steps of a plan as a run does, and writes no stage, ledger or report. Effects are obtained as
 * the resources say, sinks write where the layout says.
 *
 * @throws whatever keeps the rows from being settled, such as a budget that is used up
 */
export async function rehearse(
  opening: StepOpening,
  watch: RehearsalWatch,
): Promise<ReadonlyMap<string, StepState>> {
  const { resources, control, layout } = opening;
  const { plan } = resources;
  const states = await openSteps(opening);
  try {
    const selections = await selectRows(states, watch);
    await runSegments({
      plan,
      states,
      control,
      contextOf: (state, envelope) => rowContextOf(opening, state, envelope),
      now: resources.clock.monotonic,
      spillDir: joinPath(layout.dir, "tmp"),
      stageWriters: tapsOf(plan.steps.keys(), watch),
      onEnded: (ended) => end(states, ended, watch),
      endedReady: () => undefined,
      onStepEnd: (state) => resources.budget.finishStep(state.plan.name),
      onSinkEnd: closeSink,
      ...(selections === undefined ? {} : { rowsOf: (step) => selections.get(step)! }),
    });
    if (control.stopReason !== undefined) throw control.stopReason;
    await watch.afterwards?.(states);
  } catch (cause) {
    for (const { open } of states.values()) if (open.kind === "sink") await open.runner.abort?.();
    throw cause;
  } finally {
    await closeSteps(states);
  }
  return states;
}

async function selectRows(
  states: ReadonlyMap<string, StepState>,
  { rowsOf }: RehearsalWatch,
): Promise<ReadonlyMap<string, RowSelection> | undefined> {
  if (rowsOf === undefined) return undefined;
  const selections = new Map<string, RowSelection>();
  for (const [name, state] of states) {
    if (state.open.kind === "source") selections.set(name, await rowsOf(state));
  }
  return selections;
}

function tapsOf(
  steps: Iterable<string>,
  { onRow }: RehearsalWatch,
): ReadonlyMap<string, EnvelopeWriter> {
  if (onRow === undefined) return new Map();
  return new Map([...steps].map((step) => [step, {
    write: (envelope: Envelope) => onRow(step, envelope),
    close: () => Promise.resolve(),
    abort: () => Promise.resolve(),
  }]));
}

function end(states: ReadonlyMap<string, StepState>, ended: EndedRow, { onEnded }: RehearsalWatch): void {
  const { counts } = states.get(ended.step)!;
  const { ending } = ended;
  if (ending.state === "kept") counts.rowsOut++;
  else if (ending.state === "failed") countUp(counts.failed, ending.error.code);
  else if (ending.state === "kept_failed") countUp(counts.keptFailed, ending.error.code);
  else countUp(counts[ending.state], ending.reason);
  onEnded?.(ended);
}

async function closeSink({ open }: StepState): Promise<void> {
  if (open.kind === "sink") await open.runner.close();
}
