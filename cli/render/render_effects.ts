import { costOfEffect, type EffectRecord, type EffectTotals, modelOfEffect } from "@fastdistill/core";
import { showControls } from "./cells.ts";
import { formatBytes, formatCount, formatMoney } from "./figures.ts";
import { renderTable } from "./render_table.ts";
import { PLAIN, type Style } from "./style.ts";

/** What effects are shown with. */
export interface EffectsView {
  /** @default {no colour} */
  readonly style?: Style;
  /** Width of the terminal in cells. @default {100} */
  readonly width?: number;
}

/** Sums by kind and model as a table, then the sum of all. */
export function renderEffectTotals(
  { groups, ...all }: EffectTotals,
  { style = PLAIN, width = 100 }: EffectsView = {},
): readonly string[] {
  const [heading, ...lines] = renderTable([...groups, { ...all, kind: "all", model: null }], [
    { title: "kind", cell: ({ kind }) => showControls(kind) },
    { title: "model", cell: ({ model }) => showControls(model ?? ""), isFlexible: true, dropOrder: 2 },
    { title: "effects", cell: ({ effects }) => formatCount(effects), align: "right" },
    { title: "size", cell: ({ bytes }) => formatBytes(bytes), align: "right", dropOrder: 3 },
    {
      title: "tokens",
      cell: ({ usage }) => formatCount(usage.input_tokens + usage.output_tokens),
      align: "right",
      dropOrder: 4,
    },
    {
      title: "cost USD",
      cell: ({ cost_usd, unpriced, effects }) => unpriced === effects ? "-" : formatMoney(cost_usd),
      align: "right",
    },
    { title: "oldest", cell: ({ oldest }) => oldest?.slice(0, 10) ?? "", dropOrder: 5 },
    { title: "newest", cell: ({ newest }) => newest?.slice(0, 10) ?? "", dropOrder: 1 },
  ], width);
  const unpriced = all.unpriced === 0
    ? []
    : [`${formatCount(all.unpriced)} have tokens and no price, and count as nothing`];
  return [style.bold(heading!), ...lines, ...unpriced];
}

/** Effects as a table, in the order given. */
export function renderEffects(
  records: readonly EffectRecord[],
  { style = PLAIN, width = 100 }: EffectsView = {},
): readonly string[] {
  const [heading, ...lines] = renderTable(records, [
    { title: "key", cell: ({ key }) => key.slice(0, 12) },
    { title: "kind", cell: ({ kind }) => showControls(kind), dropOrder: 1 },
    { title: "model", cell: (record) => showControls(modelOfEffect(record) ?? ""), dropOrder: 2 },
    {
      title: "recorded",
      cell: ({ meta }) => `${meta.started_at.slice(0, 19).replace("T", " ")} UTC`,
      dropOrder: 3,
    },
    {
      title: "cost USD",
      cell: (record) => {
        const cost = costOfEffect(record);
        return cost === undefined ? "-" : formatMoney(cost);
      },
      align: "right",
      dropOrder: 4,
    },
    { title: "answer", cell: (record) => oneLine(answerOf(record)), isFlexible: true, dropOrder: 5 },
  ], width);
  return [style.bold(heading!), ...lines];
}

function answerOf({ response }: EffectRecord): string {
  const isChat = typeof response === "object" && response !== null && "content" in response;
  return isChat && typeof response.content === "string" ? response.content : JSON.stringify(response);
}

function oneLine(text: string): string {
  return showControls(text.slice(0, 200).replace(/\s+/g, " "));
}
