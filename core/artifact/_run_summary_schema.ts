import { z } from "zod";

const counts = z.record(z.string(), z.number());
const work = z.looseObject({ performed: z.number(), reused: z.number() });
const nullableNumber = z.number().nullable();
const status = z.enum(["done", "failed", "gate_failed", "budget_exhausted", "interrupted"]);

const step = z.looseObject({
  step: z.string(),
  use: z.string(),
  prompt_version: z.number().optional(),
  rows_in: z.number(),
  expanded: z.number(),
  rows_out: z.number(),
  rejected: counts,
  failed: counts,
  shed: counts.optional(),
  skipped: z.number().optional(),
  routed: counts.optional(),
  kept_failed: counts.optional(),
  in_flight: z.number(),
  effects: work,
  finished: z.boolean(),
});

const plugin = z.looseObject({
  name: z.string(),
  specifier: z.string(),
  version: z.string().optional(),
  integrity: z.string(),
  override: z.boolean().optional(),
});

const gate = z.looseObject({
  stage: z.string(),
  metric: z.string(),
  value: nullableNumber,
  passed: z.boolean(),
  severity: z.enum(["fail", "warn"]),
  message: z.string(),
});

const budgetUse = z.looseObject({
  scope: z.enum(["run", "provider", "step"]),
  name: z.string().nullable(),
  of: z.enum(["usd", "tokens", "requests", "seconds"]),
  limit: z.number(),
  spent: z.number(),
});

const file = z.looseObject({
  role: z.enum([
    "pipeline",
    "invocation",
    "stage",
    "export",
    "report",
    "ledger",
    "lineage",
    "failures",
    "events",
    "quarantine",
  ]),
  name: z.string(),
  path: z.string(),
  rows: z.number().optional(),
  sha256: z.string().optional(),
});

const target = z.looseObject({
  stage: z.string().optional(),
  wanted: z.number(),
  accepted: z.number(),
  candidates: z.number(),
  max_candidates: z.number().optional(),
  reached: z.boolean(),
  reason: z.enum(["exhausted", "max_candidates", "limit", "stopped"]).optional(),
  overshoot: z.number(),
});

const origin = z.looseObject({
  base_dir: z.string(),
  limit: z.number().optional(),
  inputs: z.array(z.looseObject({ name: z.string(), sha256: z.string(), size: z.number() })),
  inputs_cut: z.literal(true).optional(),
});

/** What `run.json` holds besides its digest. Fields that a later release adds are let through. */
export const runSummarySchema = z.looseObject({
  run_id: z.string(),
  name: z.string(),
  status,
  partial: z.boolean(),
  degraded: z.literal(true).optional(),
  fallbacks: counts.optional(),
  started_at: z.string(),
  elapsed_ms: z.number(),
  rows: z.looseObject({
    read: z.number(),
    kept: z.number(),
    rejected: counts,
    failed: counts,
    shed: counts.optional(),
  }),
  plugins: z.array(plugin).optional(),
  target: target.optional(),
  steps: z.array(step),
  effects: work,
  calls: work,
  usage: z.looseObject({ input_tokens: z.number(), output_tokens: z.number() }),
  cost_usd: nullableNumber,
  spent_usd: z.number(),
  cost_per_kept_usd: nullableNumber,
  budgets: z.array(budgetUse).optional(),
  stages: z.array(
    z.looseObject({ stage: z.string(), count: z.number(), metrics: z.record(z.string(), nullableNumber) }),
  ),
  gates: z.array(gate),
  files: z.array(file),
  origin: origin.optional(),
  error: z.looseObject({ code: z.string(), message: z.string(), hint: z.string().optional() }).optional(),
});
