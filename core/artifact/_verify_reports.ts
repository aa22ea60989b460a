import { join } from "node:path";
import { z } from "zod";
import { FastDistillError } from "../errors/mod.ts";
import { canonicalJson } from "../record/mod.ts";
import type { RunSummary, StageQuality } from "../report/mod.ts";
import { pathExists, readTextFile } from "../runtime/mod.ts";
import type { Findings } from "./_findings.ts";
import type { LedgerCounts } from "./_verify_ledger.ts";

const counts = z.record(z.string(), z.number());
const metrics = z.record(z.string(), z.number().nullable());
const figure = z.number().nullable().optional();
const column = z.strictObject({
  type: z.enum(["string", "number", "boolean", "array", "object", "any"]),
  null: z.number(),
  true: z.number().optional(),
  false: z.number().optional(),
  mean: figure,
  min: figure,
  max: figure,
});
const definition = z.strictObject({
  stage: z.string(),
  kind: z.enum([
    "agreement",
    "swap_consistency",
    "cohen_kappa",
    "fleiss_kappa",
    "krippendorff_alpha",
    "pearson",
    "spearman",
    "kendall",
  ]),
  columns: z.array(z.string()),
  weights: z.enum(["none", "linear", "quadratic"]).optional(),
  level: z.enum(["nominal", "ordinal", "interval"]).optional(),
  order: z.array(z.union([z.string(), z.number()])).optional(),
  swap: z.record(z.string(), z.string()).optional(),
});
const stageQuality = z.strictObject({
  count: z.number(),
  metrics,
  columns: z.record(z.string(), column),
  definitions: z.record(z.string(), definition).optional(),
  groups: z.record(z.string(), z.record(z.string(), z.strictObject({ count: z.number(), metrics }))),
});
const stepQuality = z.looseObject({
  rows_in: z.number(),
  expanded: z.number(),
  rows_out: z.number(),
  rejected: counts,
  failed: counts,
  kept_failed: counts.optional(),
});
const qualitySchema = z.looseObject({
  schema: z.literal("fastdistill.quality/1"),
  run_id: z.string(),
  rows: z.looseObject({ kept: z.number() }),
  stages: z.record(z.string(), stageQuality),
  steps: z.record(z.string(), stepQuality),
  gates: z.array(z.unknown()).optional(),
});
const work = z.looseObject({ performed: z.number(), reused: z.number() });
const costFigures = work.extend({
  usage: z.looseObject({ input_tokens: z.number(), output_tokens: z.number() }),
  cost_usd: z.number().nullable(),
  spent_usd: z.number(),
});
const costSchema = z.looseObject({
  schema: z.literal("fastdistill.cost/1"),
  run_id: z.string(),
  total: costFigures,
  calls: work,
  kept: z.number(),
  cost_per_kept_usd: z.number().nullable(),
  entries: z.array(costFigures),
});

const QUALITY = "reports/quality.json";
const COST = "reports/cost.json";

/** What the quality report says, as far as it is checked. */
export interface StatedQuality {
  readonly run_id: string;
  readonly rows: unknown;
  readonly stages: Readonly<Record<string, StageQuality>>;
  readonly steps: Readonly<Record<string, z.infer<typeof stepQuality>>>;
  readonly gates?: readonly unknown[] | undefined;
}

/** Reads the quality report; `undefined` when there is none or it cannot be read, which is a problem then. */
export async function readQuality(findings: Findings): Promise<StatedQuality | undefined> {
  return await readReport(QUALITY, { findings, schema: qualitySchema });
}

/** What reports are held against. */
export interface ReportClaims {
  readonly findings: Findings;
  readonly summary: RunSummary;
  readonly ledger: ReadonlyMap<string, LedgerCounts>;
}

/** Holds the quality report against summary and ledger; its figures of stages are checked with the stages. */
export function verifyQuality(quality: StatedQuality, { findings, summary, ledger }: ReportClaims): void {
  const same = (problem: string, expected: unknown, found: unknown) =>
    findings.compare({
      file: QUALITY,
      problem,
      expected: canonicalJson(expected),
      found: canonicalJson(found),
    });
  same("the run id differs from run.json", summary.run_id, quality.run_id);
  same("the rows differ from run.json", summary.rows, quality.rows);
  same("the gates differ from run.json", summary.gates, quality.gates ?? []);
  for (const { stage, metrics } of summary.stages) {
    same(
      `the metrics of stage ${stage} differ from run.json`,
      metrics,
      quality.stages[stage]?.metrics ?? null,
    );
  }
  for (const { step, finished, kept_failed, ...counted } of summary.steps) {
    const stated = quality.steps[step];
    const { use, rows_in, expanded, rows_out, rejected, failed } = counted;
    const kept = kept_failed === undefined ? {} : { kept_failed };
    const expected = { use, rows_in, expanded, rows_out, rejected, failed, ...kept };
    same(`the counts of step ${step} differ from run.json`, expected, stated ?? null);
    if (!finished) continue;
    const written = ledger.get(step);
    const ends = { rejected: written?.rejected ?? {}, failed: written?.failed ?? {} };
    same(`the ends of rows in step ${step} differ from the ledger`, ends, {
      rejected: stated?.rejected ?? null,
      failed: stated?.failed ?? null,
    });
  }
}

/** Holds the cost report against the summary and itself. */
export async function verifyCost({ findings, summary }: ReportClaims): Promise<void> {
  const cost = await readReport(COST, { findings, schema: costSchema });
  if (cost === undefined) return;
  const { total, calls, entries } = cost;
  const figures: readonly (readonly [string, string | number | null, string | number | null])[] = [
    ["run_id", summary.run_id, cost.run_id],
    ["performed", summary.effects.performed, total.performed],
    ["reused", summary.effects.reused, total.reused],
    ["calls.performed", summary.calls.performed, calls.performed],
    ["calls.reused", summary.calls.reused, calls.reused],
    ["usage.input_tokens", summary.usage.input_tokens, total.usage.input_tokens],
    ["usage.output_tokens", summary.usage.output_tokens, total.usage.output_tokens],
    ["cost_usd", summary.cost_usd, total.cost_usd],
    ["spent_usd", summary.spent_usd, total.spent_usd],
    ["kept", summary.rows.kept, cost.kept],
    ["cost_per_kept_usd", summary.cost_per_kept_usd, cost.cost_per_kept_usd],
  ];
  for (const [name, expected, found] of figures) {
    findings.compare({ file: COST, problem: `${name} differs from run.json`, expected, found });
  }
  for (const kind of ["performed", "reused"] as const) {
    const problem = `the ${kind} effects of all entries do not add up`;
    const found = entries.reduce((sum, entry) => sum + entry[kind], 0);
    findings.compare({ file: COST, problem, expected: total[kind], found });
  }
}

interface Reading<T> {
  readonly findings: Findings;
  readonly schema: z.ZodType<T>;
}

async function readReport<T>(file: string, { findings, schema }: Reading<T>): Promise<T | undefined> {
  const path = join(findings.dir, file);
  if (!await pathExists(path)) return undefined; // A listed file that is missing is reported with the files.
  return await findings.attempt(file, async () => {
    const result = schema.safeParse(parsed(await readTextFile(path)));
    if (result.success) return result.data;
    const { path: at, message } = result.error.issues[0]!;
    throw new FastDistillError("data.invalid_manifest", `${message} at ${at.join(".")}`);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FastDistillError("data.invalid_manifest", "the file is not JSON", { cause });
  }
}
