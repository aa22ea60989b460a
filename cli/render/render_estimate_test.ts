import type { CallEstimate, RunEstimate } from "@fastdistill/core";
import { assertEquals } from "@std/assert";
import { cellWidth } from "./cells.ts";
import { renderEstimate, renderEstimateLine } from "./render_estimate.ts";

const ASK: CallEstimate = {
  step: "ask",
  provider: "teacher",
  basis: "estimate",
  calls: 4000,
  recorded: 40,
  prompts: 200,
  prompt_tokens: 41.2,
  max_tokens: 100,
  is_limited: true,
  input_tokens: 40_788,
  output_tokens_max: 396_000,
  cost_usd_max: 0.832,
};
const JUDGE: CallEstimate = {
  ...ASK,
  step: "judge",
  provider: "judge",
  basis: "at_most",
  recorded: 0,
  prompts: 0,
  prompt_tokens: null,
  max_tokens: 4096,
  is_limited: false,
  input_tokens: null,
  output_tokens_max: 16_384_000,
  cost_usd_max: null,
};
const ESTIMATE: RunEstimate = {
  run_id: "tiny-0123456789ab",
  limit: null,
  sources: [{ step: "read", rows: 5000, sampled: 200 }, { step: "more", rows: null, sampled: 200 }],
  rows: [],
  tasks: [ASK, JUDGE],
  total: {
    calls: 8000,
    recorded: 40,
    input_tokens: null,
    output_tokens_max: 16_780_000,
    cost_usd_max: null,
  },
  unpriced: ["judge"],
  budget: [
    { of: "usd", limit: 5, needs: null, verdict: "unknown" },
    { of: "tokens", limit: 1000, needs: 20_000, verdict: "may_exceed" },
    { of: "requests", limit: 9000, needs: 7960, verdict: "fits" },
  ],
  tokenizer: "o200k_base",
};

Deno.test("renderEstimate() shows calls, tokens, cost and budget, and what is doubtful about them", () => {
  assertEquals(renderEstimate(ESTIMATE), [
    "calls of     calls  recorded  tokens a prompt  tokens in  tokens out, at most  USD, at most",
    "ask        ~ 4,000        40               41     40,788              396,000         0.832",
    "judge     <= 4,000         0          unknown    unknown           16,384,000       unknown",
    "all        ~ 8,000        40                     unknown           16,780,000       unknown",
    "",
    "Prompts made of 200 of 5,000 rows of read",
    "Source more cannot say how many rows it has: all figures are for the first 200",
    "Prompts counted with o200k_base: an estimate where the model has another tokenizer",
    "Tokens and USD are of calls that are not recorded, with every answer as long as max_tokens lets it be",
    "Step judge sets no max_tokens: an answer counts as 4,096 tokens",
    "No row gets as far as judge without a call: its prompts are guessed, at most",
    "Provider judge has no price, so what it costs is unknown",
    "Budget of 5.00 USD may or may not be enough",
    "Budget of 1,000 tokens may not be enough, depending on the length of the answers: at most 20,000 tokens",
    "Budget of 9,000 requests is enough: at most 7,960 requests",
    "",
  ]);
});

Deno.test("renderEstimate() gives columns up where room is short", () => {
  const table = renderEstimate(ESTIMATE, { width: 60 }).slice(0, 4);
  assertEquals(table.filter((line) => cellWidth(line) > 60), []);
  assertEquals(table[0], "calls of     calls  recorded  tokens in  USD, at most");
});

Deno.test("renderEstimate() of a pipeline without a model says so", () => {
  assertEquals(renderEstimate({ ...ESTIMATE, tasks: [] }), ["No step asks a model", ""]);
});

Deno.test("renderEstimateLine() says the most that it may cost", () => {
  const total = { ...ESTIMATE.total, cost_usd_max: 1.5 };
  assertEquals([renderEstimateLine(ESTIMATE), renderEstimateLine({ ...ESTIMATE, total })], [
    "tiny-0123456789ab: 8,000 calls, 40 recorded, cost unknown",
    "tiny-0123456789ab: 8,000 calls, 40 recorded, at most 1.50 USD",
  ]);
});

Deno.test("renderEstimate() says what a target takes", () => {
  const target = {
    step: "judge",
    wanted: 500,
    accepted: 500,
    candidates: 1_250,
    candidates_max: 5_000,
    basis: "at_least",
    calls: 2_000,
  } as const;
  const noteOf = (change: Partial<NonNullable<RunEstimate["target"]>>) =>
    renderEstimate({ ...ESTIMATE, target: { ...target, ...change } }).filter((line) =>
      line.startsWith("Target")
    );
  assertEquals(noteOf({}), [
    "Target of 500 rows: at least 1,250 of 5,000 candidates, 2,000 calls; the figures above are for all of them",
  ]);
  assertEquals(noteOf({ accepted: 80 }), ["Target of 500 rows: 5,000 candidates come to 80 at most"]);
});
