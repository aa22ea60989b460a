import type { Plan } from "./plan.ts";
import type { EstimateBasis, RowEstimate } from "./run_estimate.ts";
import type { StepState } from "./step_state.ts";

/** What a sample of the rows did at a step. */
export interface SeenStep {
  readonly state: StepState;
  /** Rows, or samples of rows, that ended because their effect is not recorded. */
  readonly blocked: number;
}

/** What is known of a source. */
export interface SeenSource {
  readonly rows: number | null;
  /** Whether every row was sampled. */
  readonly isWhole: boolean;
}

/** What the rows of a run are worked out from. */
export interface RowModelInput {
  readonly plan: Plan;
  readonly seen: ReadonlyMap<string, SeenStep>;
  readonly sources: ReadonlyMap<string, SeenSource>;
}

const DOUBTS: readonly EstimateBasis[] = ["exact", "estimate", "at_most", "at_least"];

interface Flow {
  readonly rows: number;
  readonly basis: EstimateBasis;
}

/**
 * How many rows reach and leave each step, from what a sample did: each step lets through the share that it let through of
 * the sample; one that the sample did not reach, everything.
 */
export function estimateRows(input: RowModelInput): ReadonlyMap<string, RowEstimate> {
  const { plan, seen } = input;
  const leaving = new Map<string, Flow>();
  const estimates = new Map<string, RowEstimate>();
  for (const step of plan.graph.order) {
    const entering = enteringRows(input, step, leaving);
    const all = leavingRows(entering, seen.get(step)!);
    const left = step === plan.target?.step
      ? { ...all, rows: Math.min(all.rows, plan.target.accepted) }
      : all;
    leaving.set(step, left);
    const [rows_in, rows_out] = [Math.round(entering.rows), Math.round(left.rows)];
    estimates.set(step, { step, rows_in, rows_out, basis: entering.basis });
  }
  return estimates;
}

/** Rows that would leave a step if no target bounded them. */
export function givenBy(
  step: string,
  { rows, seen }: { readonly rows: ReadonlyMap<string, RowEstimate>; readonly seen: SeenStep },
): number {
  const { rows_in, basis } = rows.get(step)!;
  return leavingRows({ rows: rows_in, basis }, seen).rows;
}

function enteringRows(
  { plan, seen, sources }: RowModelInput,
  step: string,
  leaving: ReadonlyMap<string, Flow>,
): Flow {
  const source = sources.get(step);
  if (source !== undefined) {
    const { rowsIn } = seen.get(step)!.state.counts;
    if (source.isWhole) return { rows: rowsIn, basis: "exact" };
    return source.rows === null ? { rows: rowsIn, basis: "at_least" } : { rows: source.rows, basis: "exact" };
  }
  const inputs = plan.graph.nodes.get(step)!.inputs.map((input) => {
    const { rows, basis } = leaving.get(input)!;
    const share = shareOf(plan, step, seen.get(input)!);
    return share === 1 ? { rows, basis } : { rows: rows * share, basis: doubtful(basis, "estimate") };
  });
  return {
    rows: inputs.reduce((sum, { rows }) => sum + rows, 0),
    basis: doubtful(...inputs.map(({ basis }) => basis)),
  };
}

/** The share of a step's rows that a route gives to one of its readers. */
function shareOf(plan: Plan, reader: string, { state: { plan: { name, route }, counts } }: SeenStep): number {
  if (route === undefined) return 1;
  if (counts.rowsOut > 0) return (counts.routed.get(reader) ?? 0) / counts.rowsOut;
  const readers = plan.graph.nodes.get(name)!.outputs.length;
  return route.by === "sample" ? Math.min(1, route.count / readers) : 1 / readers;
}

/** The share of the rows of a step that it takes up; the others pass it by. */
export function takenShare({ plan, counts: { rowsIn, skipped } }: StepState): number {
  return plan.when === undefined || rowsIn === 0 ? 1 : 1 - skipped / rowsIn;
}

function leavingRows({ rows, basis }: Flow, { state, blocked }: SeenStep): Flow {
  const { rowsIn, rowsOut } = state.counts;
  const taken = takenShare(state);
  const each = taken * (state.plan.generation?.n ?? 1) + 1 - taken;
  const settled = rowsIn * each - blocked;
  if (settled <= 0) return { rows: rows * each, basis: rows === 0 ? basis : doubtful(basis, "at_most") };
  const isWhole = blocked === 0 && rows === rowsIn;
  return {
    rows: rows * each * (rowsOut / settled),
    basis: isWhole || letsAllThrough(state) ? basis : doubtful(basis, "estimate"),
  };
}

/** A source or sink drops nothing. */
function letsAllThrough({ open, counts }: StepState): boolean {
  return (open.kind === "source" || open.kind === "sink") && counts.failed.size === 0;
}

function doubtful(...bases: readonly EstimateBasis[]): EstimateBasis {
  return DOUBTS[Math.max(0, ...bases.map((basis) => DOUBTS.indexOf(basis)))]!;
}
