import type { GateConfig } from "../config/mod.ts";
import { counted } from "./_format_figure.ts";
import type { GateTally } from "./_gate_tally.ts";
import { type BaselineRows, type Cell, conclude, examine, type Examined } from "./_judge_cell.ts";
import { holmAdjusted } from "./_judge_baseline.ts";
import { type Finding, noValue } from "./_judge_limits.ts";
import { type Measure, valueOfMeasure } from "./measure.ts";
import type { GateGroup } from "./run_summary.ts";

const NAMED_MAX = 5;

/** The groups of a stage, of another run too where there is one, and what they are judged by. */
export interface GroupedRows {
  readonly gate: GateConfig;
  readonly measure: Measure;
  readonly groups: Groups;
  readonly baseline: BaselineRows<Groups> | undefined;
  /** Seed of resampling. */
  readonly seed: string;
}

type Groups = readonly (readonly [string, GateTally])[];

interface Drafted {
  readonly group: string;
  readonly tally: GateTally;
  readonly value: number | null;
  /** Absent for a group that is not judged. */
  readonly examined?: Examined;
  /** Why it is not. */
  readonly omitted?: Finding & { readonly isJudged: boolean };
}

/** Judges each group; the gate holds when all that are judged do, and at least one is. */
export function judgeGroups(rows: GroupedRows): Finding & { readonly groups: readonly GateGroup[] } {
  const drafts = rows.groups.map(([group, tally]) => draftOf(group, tally, rows));
  const compared = drafts.flatMap((draft, index) =>
    typeof draft.examined?.comparison?.p_value === "number" ? [index] : []
  );
  const adjusted = holmAdjusted(compared.map((index) => drafts[index]!.examined!.comparison!.p_value!));
  const groups = drafts.map((draft, index) => {
    const rank = compared.indexOf(index);
    return groupOf(draft, rows.gate, { p: rank === -1 ? undefined : adjusted[rank], of: compared.length });
  });
  const all = [...groups, ...goneGroups(rows)];
  return { ...summedUp(all, rows.gate), groups: all };
}

function draftOf(group: string, tally: GateTally, rows: GroupedRows): Drafted {
  const { gate, measure, baseline, seed } = rows;
  const value = valueOfMeasure(measure, tally.items);
  const base = { group, tally, value };
  if (gate.min_total !== undefined && tally.count < gate.min_total) {
    const finding = `rests on ${
      counted(tally.count, "row")
    }, fewer than min_total ${gate.min_total}: not judged`;
    return { ...base, omitted: { passed: true, isJudged: false, finding } };
  }
  if (value === null) {
    const finding = noValue({ rows: tally.count, n: tally.items.total, isOverfull: tally.items.isOverfull });
    return { ...base, omitted: { passed: false, isJudged: true, finding } };
  }
  const before = baseline === undefined || !("rows" in baseline)
    ? baseline
    : { runId: baseline.runId, rows: baseline.rows?.find(([name]) => name === group)?.[1] };
  const cell: Cell = { value, measured: { measure, tally }, baseline: before };
  return { ...base, examined: examine(cell, { gate, seed: `${seed}/${group}` }) };
}

function groupOf(
  { group, tally, value, examined, omitted }: Drafted,
  gate: GateConfig,
  { p, of }: { readonly p: number | undefined; readonly of: number },
): GateGroup {
  const base = { group, rows: tally.count, n: tally.items.total, value };
  if (examined === undefined) {
    const { passed, isJudged, finding } = omitted!;
    return { ...base, passed: isJudged ? passed : null, finding };
  }
  const { interval } = examined;
  const comparison = examined.comparison === undefined || p === undefined
    ? examined.comparison
    : { ...examined.comparison, p_value: p };
  const { passed, finding } = conclude(
    { ...examined, ...(comparison === undefined ? {} : { comparison }) },
    gate,
    { isAdjusted: of > 1 },
  );
  return {
    ...base,
    ...(interval === undefined ? {} : { interval }),
    ...(comparison === undefined ? {} : { baseline: comparison }),
    passed,
    finding,
  };
}

/** Groups that only the other run has. */
function goneGroups({ groups, baseline }: GroupedRows): readonly GateGroup[] {
  if (baseline === undefined || !("rows" in baseline)) return [];
  const present = new Set(groups.map(([name]) => name));
  return (baseline.rows ?? []).flatMap(([group, { count }]) => {
    if (present.has(group)) return [];
    const finding = `has no rows, and ${counted(count, "row")} in run ${baseline.runId}: not judged`;
    return [{ group, rows: 0, n: 0, value: null, passed: null, finding }];
  });
}

function summedUp(groups: readonly GateGroup[], gate: GateConfig): Finding {
  const judged = groups.filter(({ passed }) => passed !== null);
  const failed = judged.filter(({ passed }) => passed === false);
  const left = groups.filter(({ passed }) => passed === null);
  const by = `by ${gate.by}`;
  if (judged.length === 0) {
    const why = groups.length === 0
      ? "there is no group"
      : `${counted(left.length, "group")} without enough rows`;
    return { passed: false, finding: `${by} cannot be judged: ${why}` };
  }
  const rest = left.length === 0
    ? ""
    : `; not judged: ${named(left.map(({ group, rows }) => `${group} (${counted(rows, "row")})`))}`;
  if (failed.length === 0) {
    return {
      passed: true,
      finding: `${by}: ${counted(judged.length, "group")} hold${judged.length === 1 ? "s" : ""}${rest}`,
    };
  }
  const found = named(failed.map(({ group, finding }) => `${group} ${finding}`));
  const verb = failed.length === 1 ? "does" : "do";
  return {
    passed: false,
    finding: `${by}: ${failed.length} of ${
      counted(judged.length, "group")
    } ${verb} not hold: ${found}${rest}`,
  };
}

function named(texts: readonly string[]): string {
  const more = texts.length - NAMED_MAX;
  const shown = texts.slice(0, NAMED_MAX).map((text) => text.replace(/\s*[\r\n]\s*/g, " "));
  return shown.join("; ") + (more > 0 ? `; and ${more} more` : "");
}
