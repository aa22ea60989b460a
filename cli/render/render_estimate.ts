import type { BudgetVerdict, CallEstimate, RunEstimate, TargetEstimate } from "@fastdistill/core";
import { formatCount, formatMoney } from "./figures.ts";
import { doubtText } from "./render_graph.ts";
import type { PlanView } from "./render_plan.ts";
import { renderTable } from "./render_table.ts";
import { PLAIN, type Style } from "./style.ts";

/** Calls, tokens, cost and budget of a run that was not made. */
export function renderEstimate(
  estimate: RunEstimate,
  { style = PLAIN, width = 100 }: PlanView = {},
): readonly string[] {
  if (estimate.tasks.length === 0) return ["No step asks a model", ""];
  const [heading, ...lines] = renderTable([...estimate.tasks, totalOf(estimate)], [
    { title: "calls of", cell: ({ step }) => step },
    { title: "calls", cell: ({ calls, basis }) => doubtText(formatCount(calls), basis), align: "right" },
    { title: "recorded", cell: ({ recorded }) => formatCount(recorded), align: "right" },
    {
      title: "tokens a prompt",
      cell: ({ prompt_tokens }) => prompt_tokens === undefined ? "" : countOr(prompt_tokens),
      align: "right",
      dropOrder: 2,
    },
    { title: "tokens in", cell: ({ input_tokens }) => countOr(input_tokens), align: "right" },
    {
      title: "tokens out, at most",
      cell: ({ output_tokens_max }) => formatCount(output_tokens_max),
      align: "right",
      dropOrder: 1,
    },
    {
      title: "USD, at most",
      cell: ({ cost_usd_max }) => cost_usd_max === null ? "unknown" : formatMoney(cost_usd_max),
      align: "right",
    },
  ], width);
  return [style.bold(heading!), ...lines, "", ...notesOf(estimate), ...budgetLines(estimate, style), ""];
}

/** An estimate in one line. */
export function renderEstimateLine({ run_id, total }: RunEstimate): string {
  const { calls, recorded, cost_usd_max } = total;
  const cost = cost_usd_max === null ? "cost unknown" : `at most ${formatMoney(cost_usd_max)} USD`;
  return `${run_id}: ${formatCount(calls)} calls, ${formatCount(recorded)} recorded, ${cost}`;
}

type Line =
  & Pick<
    CallEstimate,
    "step" | "calls" | "recorded" | "basis" | "input_tokens" | "output_tokens_max" | "cost_usd_max"
  >
  & { readonly prompt_tokens?: number | null };

function totalOf({ total, tasks }: RunEstimate): Line {
  const doubtful = tasks.find(({ basis }) => basis !== "exact");
  return { step: "all", basis: doubtful?.basis ?? "exact", ...total };
}

function countOr(count: number | null): string {
  return count === null ? "unknown" : formatCount(count);
}

function notesOf({ sources, tasks, unpriced, tokenizer, target }: RunEstimate): readonly string[] {
  const unlimited = tasks.filter(({ is_limited }) => !is_limited);
  const unseen = tasks.filter(({ prompts, calls }) => prompts === 0 && calls > 0);
  return [
    ...sources.map(({ step, rows, sampled }) =>
      rows === null
        ? `Source ${step} cannot say how many rows it has: all figures are for the first ${
          formatCount(sampled)
        }`
        : `Prompts made of ${formatCount(sampled)} of ${formatCount(rows)} rows of ${step}`
    ),
    `Prompts counted with ${tokenizer}: an estimate where the model has another tokenizer`,
    "Tokens and USD are of calls that are not recorded, with every answer as long as max_tokens lets it be",
    ...unlimited.map(({ step, max_tokens }) =>
      `Step ${step} sets no max_tokens: an answer counts as ${formatCount(max_tokens)} tokens`
    ),
    ...unseen.map(({ step }) =>
      `No row gets as far as ${step} without a call: its prompts are guessed, at most`
    ),
    ...tasks.flatMap(({ step, provider, fallback = [] }) =>
      fallback.length === 0 ? [] : [
        `Step ${step} asks ${
          fallback.join(", then ")
        } where ${provider} fails: USD are those of the dearest of them`,
      ]
    ),
    ...(target === undefined ? [] : [targetText(target)]),
    ...unpriced.map((provider) => `Provider ${provider} has no price, so what it costs is unknown`),
  ];
}

function targetText({ wanted, accepted, candidates, candidates_max, basis, calls }: TargetEstimate): string {
  const all = formatCount(candidates_max);
  if (accepted < wanted) {
    return `Target of ${formatCount(wanted)} rows: ${all} candidates come to ${
      formatCount(accepted)
    } at most`;
  }
  const about = basis === "at_least" ? "at least" : "about";
  return `Target of ${formatCount(wanted)} rows: ${about} ${formatCount(candidates)} of ${all} candidates, ` +
    `${formatCount(calls)} calls; the figures above are for all of them`;
}

function budgetLines({ budget }: RunEstimate, style: Style): readonly string[] {
  if (budget.length === 0) return ["No budget is set"];
  return budget.map(({ of, limit, needs, verdict }) => {
    const most = needs === null ? "" : `: at most ${figureOf(of, needs)}`;
    return `Budget of ${figureOf(of, limit)} ${verdictText(verdict, style)}${most}`;
  });
}

function figureOf(of: BudgetVerdict["of"], figure: number): string {
  return of === "usd" ? `${formatMoney(figure)} USD` : `${formatCount(figure)} ${of}`;
}

function verdictText(verdict: BudgetVerdict["verdict"], { green, yellow, red }: Style): string {
  return {
    fits: green("is enough"),
    may_exceed: yellow("may not be enough, depending on the length of the answers"),
    exceeds: red("is not enough, even for the prompts"),
    unknown: yellow("may or may not be enough"),
  }[verdict];
}
