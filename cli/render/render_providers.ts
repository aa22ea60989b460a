import type { DescribedDeployment, DescribedProvider } from "@fastdistill/core";
import { cutToCells, showControls } from "./cells.ts";
import { formatCount, formatDuration, formatMoney } from "./figures.ts";
import type { PlanView } from "./render_plan.ts";
import { renderTable } from "./render_table.ts";
import { PLAIN } from "./style.ts";

interface Line {
  readonly of: DescribedProvider;
  readonly at: DescribedDeployment;
  readonly isFirst: boolean;
}

/** Providers as a table, a line for each deployment. */
export function renderProviders(
  providers: readonly DescribedProvider[],
  { style = PLAIN, width = 100 }: PlanView = {},
): readonly string[] {
  const lines = providers.flatMap((of) =>
    of.deployments.map((at, index): Line => ({ of, at, isFirst: index === 0 }))
  );
  const [heading, ...rows] = renderTable(lines, [
    { title: "provider", cell: ({ of, isFirst }) => isFirst ? of.provider : "" },
    { title: "use", cell: ({ of, isFirst }) => isFirst ? of.use : "", dropOrder: 4 },
    { title: "model", cell: ({ at }) => showControls(at.model) },
    {
      title: "endpoint",
      cell: ({ at }) => showControls(at.problem ?? at.endpoint),
      isFlexible: true,
      dropOrder: 1,
    },
    { title: "key", cell: ({ at }) => keysText(at) },
    { title: "in flight", cell: ({ at }) => String(at.limits.concurrency), align: "right", dropOrder: 3 },
    {
      title: "USD in/out",
      cell: ({ of, isFirst }) => isFirst ? priceText(of) : "",
      align: "right",
      dropOrder: 2,
    },
  ], width);
  return [style.bold(heading!), ...rows];
}

/** One provider in full, a line for each thing. */
export function renderProvider(
  described: DescribedProvider,
  { style = PLAIN, width = 100 }: PlanView = {},
): readonly string[] {
  const { use, version, capabilities, steps, deployments, fallback, budget, timeout_ms, attempts } =
    described;
  const lines: readonly (readonly [string, string])[] = [
    ["use", `${use}, version ${version}: ${capabilities.join(", ")}`],
    ["steps", steps.join(", ") || "none of its own: it is a fallback"],
    ...deployments.flatMap((at, index): readonly (readonly [string, string])[] => [
      [
        deployments.length === 1 ? "endpoint" : `endpoint ${index}`,
        at.problem ?? `${at.model} at ${at.endpoint}`,
      ],
      ["key", keysText(at) || "none"],
      ["limits", limitsText(at)],
    ]),
    ["calls", `given up after ${formatDuration(timeout_ms)}, tried ${attempts} times at most`],
    ["price", priceLine(described)],
    ...(budget === undefined ? [] : [["budget", budgetText(budget)] as const]),
    ...(fallback === undefined
      ? []
      : [["fallback", `${fallback.to.join(", ")}, on ${fallback.on.join(", ")}`] as const]),
  ];
  const label = Math.max(...lines.map(([name]) => name.length)) + 2;
  return [
    style.bold(described.provider),
    ...lines.map(([name, text]) => cutToCells(`  ${name.padEnd(label)}${showControls(text)}`, width)),
  ];
}

/** One provider in one line. */
export function renderProviderLine({ provider, use, deployments }: DescribedProvider): string {
  return `${provider}: ${use}, ${
    deployments.map(({ model, endpoint }) => `${model} at ${endpoint}`).join(", ")
  }`;
}

function keysText({ keys }: DescribedDeployment): string {
  return keys.map(({ env, is_set }) => `${env} ${is_set ? "set" : "NOT SET"}`).join(", ");
}

function limitsText({ limits: { concurrency, adaptive, rpm, tpm } }: DescribedDeployment): string {
  return [
    `${concurrency} in flight${adaptive ? ", fewer when that is too many" : ""}`,
    ...(rpm === undefined ? [] : [`${formatCount(rpm)} calls a minute`]),
    ...(tpm === undefined ? [] : [`${formatCount(tpm)} tokens a minute`]),
  ].join(", ");
}

function priceText({ price }: DescribedProvider): string {
  return price === null ? "unknown" : `${formatMoney(price.input)}/${formatMoney(price.output)}`;
}

function priceLine({ price, price_from }: DescribedProvider): string {
  if (price === null) return "unknown: what calls cost will not be known";
  const cached = price.cached_input === undefined ? "" : `, ${formatMoney(price.cached_input)} cached`;
  return `${formatMoney(price.input)} in${cached}, ${
    formatMoney(price.output)
  } out, in USD per million tokens${price_from === "list" ? ", as listed for the model" : ""}`;
}

function budgetText(budget: NonNullable<DescribedProvider["budget"]>): string {
  return Object.entries(budget).map(([of, limit]) => `${limit} ${of === "usd" ? "USD" : of}`).join(", ");
}
