import { describeDifference, type EffectExplanation, type ExplainedEffect } from "@fastdistill/core";
import { showControls } from "./cells.ts";
import { PLAIN, type Style } from "./style.ts";

/** What an explanation is shown with. */
export interface ExplanationView {
  /** @default {no colour} */
  readonly style?: Style;
}

/** A line for each effect; under one that is not recorded, the fields in which the nearest differs. */
export function renderExplanation(
  { effects, unreached }: EffectExplanation,
  { style = PLAIN }: ExplanationView = {},
): readonly string[] {
  return [
    ...effects.flatMap((effect) => renderEffect(effect, style)),
    ...unreached.map((step) =>
      `${
        style.yellow("none")
      }  ${step}: no row gets there with what is recorded, so its requests are not known`
    ),
  ];
}

function renderEffect(effect: ExplainedEffect, style: Style): readonly string[] {
  const { step, row, kind, key, recorded, nearest } = effect;
  const state = recorded ? style.green("hit ") : style.red("miss");
  const place = step === ""
    ? kind
    : `${step}${row === undefined ? "" : `, row ${row}`}${sampleOf(effect)}: ${kind}`;
  const head = `${state}  ${showControls(place)} ${key.slice(0, 12)}`;
  if (nearest === undefined) {
    return recorded ? [head] : [head, `      no other effect of kind ${kind} was recorded`];
  }
  return [
    head,
    `      nearest ${nearest.key.slice(0, 12)} of ${nearest.started_at.slice(0, 10)} differs in`,
    ...nearest.differences.map((difference) => `        ${showControls(describeDifference(difference))}`),
  ];
}

function sampleOf({ request }: ExplainedEffect): string {
  return typeof request.sample === "number" ? `, sample ${request.sample}` : "";
}
