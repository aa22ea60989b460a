import { resolve } from "node:path";
import type { RunFile, RunSummary, StepProgress } from "../report/mod.ts";
import { pathExists } from "../runtime/mod.ts";
import type { Findings } from "./_findings.ts";
import { objectLines } from "./_json_lines.ts";
import { RepeatedIds } from "./_repeated_ids.ts";
import type { RunLayout } from "./run_layout.ts";

/** Numbers by name. */
export type Counts = Readonly<Record<string, number>>;

/** What the ledger says of one step. */
export interface LedgerCounts {
  readonly kept: number;
  readonly shed: number;
  readonly rejected: Counts;
  readonly failed: Counts;
}

/** What a ledger is held against. */
export interface LedgerClaims {
  readonly layout: RunLayout;
  readonly findings: Findings;
  readonly summary: RunSummary;
}

const NOTHING: LedgerCounts = { kept: 0, shed: 0, rejected: {}, failed: {} };

/**
 * Counts the ledger, and checks that no row has two terminal states, that each step accounts for its rows, and that the
 * summary says the same.
 */
export async function verifyLedger(claims: LedgerClaims): Promise<ReadonlyMap<string, LedgerCounts>> {
  const { findings, summary } = claims;
  const files = summary.files.filter(({ role }) => role === "ledger");
  const ids = new RepeatedIds();
  const ledger = new Map<string, LedgerCounts>();
  for (const file of files) ledger.set(file.name, await countFile(file, { findings, ids }));
  await checkRepeated(files, { findings, mayRepeat: ids.candidates() });
  for (const step of summary.steps) checkStep(step, ledger.get(step.step) ?? NOTHING, claims);
  checkTotals(summary, ledger, findings);
  await checkFailures(ledger, claims);
  return ledger;
}

interface Counting {
  readonly findings: Findings;
  readonly ids: RepeatedIds;
}

async function countFile(file: RunFile, { findings, ids }: Counting): Promise<LedgerCounts> {
  const path = resolve(findings.dir, file.path);
  const counts = {
    kept: 0,
    shed: 0,
    rejected: {} as Record<string, number>,
    failed: {} as Record<string, number>,
  };
  if (!await pathExists(path)) return counts;
  for await (const { number, value } of objectLines(path, findings.malformed(file.path))) {
    const { row_id, state, reason, code } = value;
    findings.ledgerLines++;
    ids.add(String(row_id));
    if (state === "kept") counts.kept++;
    else if (state === "shed") counts.shed++;
    else if (state === "rejected") increment(counts.rejected, String(reason));
    else if (state === "failed") increment(counts.failed, String(code));
    else {findings.add({
        file: file.path,
        problem: `line ${number} has no known state`,
        found: String(state),
      });}
  }
  return counts;
}

function increment(counts: Record<string, number>, name: string): void {
  counts[name] = (Object.hasOwn(counts, name) ? counts[name]! : 0) + 1;
}

interface Repeating {
  readonly findings: Findings;
  readonly mayRepeat: (id: string) => boolean;
}

/** Reads the ledger once more, and looks closely at the few ids that may be there twice. */
async function checkRepeated(files: readonly RunFile[], { findings, mayRepeat }: Repeating): Promise<void> {
  const places = new Map<string, string>();
  for (const file of files) {
    const path = resolve(findings.dir, file.path);
    if (!await pathExists(path)) continue;
    for await (const { number, value } of objectLines(path, () => {})) {
      const id = String(value["row_id"]);
      if (!mayRepeat(id)) continue;
      const first = places.get(id);
      if (first === undefined) places.set(id, `${file.path}, line ${number}`);
      else {
        const problem = `line ${number} ends a row that has ended already`;
        findings.add({ file: file.path, problem, expected: first, found: id });
      }
    }
  }
}

function checkStep(step: StepProgress, ledger: LedgerCounts, { findings, summary }: LedgerClaims): void {
  const file = `ledger/${step.step}.jsonl`;
  for (const kind of ["rejected", "failed"] as const) {
    for (const name of new Set([...Object.keys(step[kind]), ...Object.keys(ledger[kind])])) {
      const [expected, found] = [step[kind][name] ?? 0, ledger[kind][name] ?? 0];
      // Of a step that was cut off, counted rows may not have reached the ledger.
      if (!step.finished && found < expected) continue;
      findings.compare({ file, problem: `rows ${kind} as ${name} differ from run.json`, expected, found });
    }
  }
  const expected = step.rows_in + step.expanded;
  const found = step.rows_out + sumOf(step.rejected) + sumOf(step.failed) + ledger.shed;
  // Where a run was cut short, rows may be pending; none may have more than one end.
  if ((summary.partial || !step.finished) && found <= expected) return;
  findings.compare({
    file: "run.json",
    problem: `step ${step.step} does not account for every row`,
    expected,
    found,
  });
}

function checkTotals(
  summary: RunSummary,
  ledger: ReadonlyMap<string, LedgerCounts>,
  findings: Findings,
): void {
  const isWhole = summary.steps.every(({ finished }) => finished);
  if (!isWhole) return;
  const totals: readonly (readonly [string, number, (counts: LedgerCounts) => number])[] = [
    ["kept", summary.rows.kept, ({ kept }) => kept],
    ["rejected", sumOf(summary.rows.rejected), ({ rejected }) => sumOf(rejected)],
    ["failed", sumOf(summary.rows.failed), ({ failed }) => sumOf(failed)],
  ];
  for (const [name, expected, count] of totals) {
    const found = ledger.values().reduce((sum, counts) => sum + count(counts), 0);
    findings.compare({ file: "run.json", problem: `rows ${name} differ from the ledger`, expected, found });
  }
}

async function checkFailures(
  ledger: ReadonlyMap<string, LedgerCounts>,
  { layout, findings, summary }: LedgerClaims,
): Promise<void> {
  if (!await pathExists(layout.failures)) return;
  const found: Record<string, number> = {};
  const file = "failures.jsonl";
  for await (const { value } of objectLines(layout.failures, findings.malformed(file))) {
    increment(
      found,
      `${String(value["step"])}: ${String(value["code"])}${value["kept"] === true ? ", kept" : ""}`,
    );
  }
  const ended = [...ledger].flatMap(([step, { failed }]) =>
    Object.entries(failed).map(([code, count]) => [`${step}: ${code}`, count] as const)
  );
  const kept = summary.steps.flatMap(({ step, kept_failed = {} }) =>
    Object.entries(kept_failed).map(([code, count]) => [`${step}: ${code}, kept`, count] as const)
  );
  const expected = Object.fromEntries([...ended, ...kept]);
  for (const name of new Set([...Object.keys(expected), ...Object.keys(found)])) {
    findings.compare({
      file,
      problem: `the failures of step ${name} differ from the ledger`,
      expected: expected[name] ?? 0,
      found: found[name] ?? 0,
    });
  }
}

/** The sum of all counts. */
export function sumOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
