import { resolve } from "node:path";
import { type EffectRecord, type EffectStore, modelOfEffect } from "../effects/mod.ts";
import { isJsonObject, type JsonObject } from "../record/mod.ts";
import { CostAggregator, type CostFigures, type RunFile, type RunSummary } from "../report/mod.ts";
import { pathExists, readLines, readTextFile } from "../runtime/mod.ts";
import type { Findings } from "./_findings.ts";
import { objectLines } from "./_json_lines.ts";
import type { Manifest } from "./manifest.ts";
import type { RunLayout } from "./run_layout.ts";
import type { EffectCheck } from "./verify_report.ts";

/** What lineage is held against. */
export interface LineageClaims {
  readonly layout: RunLayout;
  readonly findings: Findings;
  readonly summary: RunSummary;
  /** By stage. */
  readonly manifests: ReadonlyMap<string, Manifest>;
  readonly store: EffectStore | undefined;
}

/** Kinds of effects that ask a model, and so cost something. */
const PAID: ReadonlySet<string> = new Set(["chat", "embedding", "rerank"]);

/** Counts the lineage and holds it against stages and steps; with a store, adds up again what the effects cost. */
export async function verifyLineage(claims: LineageClaims): Promise<EffectCheck | undefined> {
  const { findings, summary, manifests, store } = claims;
  const files = summary.files.filter(({ role }) => role === "lineage");
  // Runs of earlier releases have none.
  if (summary.origin === undefined) return undefined;
  for (const [stage, { count }] of manifests) {
    if (!summary.stages.some((one) => one.stage === stage)) continue;
    const file = `lineage/stages/${stage}.txt`;
    const found = await countLines(resolve(findings.dir, file));
    findings.compare({ file, problem: "the number of rows differs from the stage", expected: count, found });
  }
  const tally = new EffectTally(store);
  // What was under way beyond a target that was reached was paid for, and is no part of what rows are made from.
  const isExact = summary.target?.reached !== true;
  for (const file of files.filter(({ name }) => name.startsWith("effects/"))) await tally.add(file, findings);
  for (const { step, effects, finished } of summary.steps) {
    if (!finished || summary.partial) continue;
    const expected = effects.performed + effects.reused;
    const problem = "the number of effects differs from run.json";
    const file = `lineage/effects/${step}.jsonl`;
    const found = tally.obtained.get(step) ?? 0;
    if (isExact || found > expected) findings.compare({ file, problem, expected, found });
  }
  if (store === undefined) return undefined;
  if (!summary.partial && isExact) await compareCosts(tally, findings);
  return {
    obtained: [...tally.obtained.values()].reduce((sum, count) => sum + count, 0),
    missing: tally.missing,
  };
}

class EffectTally {
  /** By step. */
  readonly obtained: Map<string, number> = new Map();
  /** Steps whose effects are not all in the store, or without the price that was paid. */
  readonly unknown: Set<string> = new Set();
  readonly cost: CostAggregator = new CostAggregator();
  missing = 0;
  readonly #store: EffectStore | undefined;

  constructor(store: EffectStore | undefined) {
    this.#store = store;
  }

  async add({ name, path }: RunFile, findings: Findings): Promise<void> {
    const step = name.slice("effects/".length);
    const file = resolve(findings.dir, path);
    if (!await pathExists(file)) return;
    for await (const { value } of objectLines(file, findings.malformed(path))) {
      for (const key of Array.isArray(value["effects"]) ? value["effects"] : []) {
        this.obtained.set(step, (this.obtained.get(step) ?? 0) + 1);
        if (this.#store === undefined) continue;
        const record = await findings.attempt(path, async () => await this.#store!.get(String(key)));
        this.#count(step, record);
      }
    }
  }

  #count(step: string, record: EffectRecord | undefined): void {
    if (record === undefined) {
      this.missing++;
      this.unknown.add(step);
      return;
    }
    const { kind, meta: { usage, price } } = record;
    if (PAID.has(kind) && price === undefined) this.unknown.add(step);
    this.cost.add({
      step,
      ...(PAID.has(kind) ? { provider: kind } : {}),
      model: modelOfEffect(record),
      usage,
      price,
      reused: true,
    });
  }
}

async function compareCosts({ cost, unknown }: EffectTally, findings: Findings): Promise<void> {
  const file = "reports/cost.json";
  const stated = await statedCosts(resolve(findings.dir, file));
  const { steps } = cost.report({ run_id: "", kept: 0 });
  for (const [step, found] of Object.entries(steps)) {
    if (unknown.has(step)) continue;
    const expected = stated[step];
    const compare = (what: string, figure: (figures: CostFigures) => number | null) =>
      findings.compare({
        file,
        problem: `${what} of step ${step} differs from its effects`,
        expected: expected === undefined ? null : figure(expected),
        found: figure(found),
      });
    compare("usage.input_tokens", ({ usage }) => usage.input_tokens);
    compare("usage.output_tokens", ({ usage }) => usage.output_tokens);
    compare("cost_usd", ({ cost_usd }) => cost_usd);
  }
}

/** Figures by step; none when the report cannot be read, which is reported elsewhere. */
async function statedCosts(path: string): Promise<Readonly<Record<string, CostFigures>>> {
  if (!await pathExists(path)) return {};
  const report = parsed(await readTextFile(path));
  const steps = report?.["steps"];
  return isJsonObject(steps) ? steps as unknown as Readonly<Record<string, CostFigures>> : {};
}

function parsed(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function countLines(path: string): Promise<number> {
  if (!await pathExists(path)) return 0;
  let count = 0;
  for await (const _ of readLines(path)) count++;
  return count;
}
