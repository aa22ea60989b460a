import {
  type EffectStore,
  type FieldDifference,
  type LookedUpEffect,
  nearestEffects,
} from "../effects/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import type { Json } from "../record/mod.ts";

const KEY_CHARS = 12;
const EXCERPT_CHARS = 48;
const SHOWN_MAX = 3;

/** Describes the first effect that an offline run lacks; whatever else is missing gets the same error. */
export function missingEffects(store: EffectStore): (missing: LookedUpEffect) => Promise<FastDistillError> {
  let first: Promise<FastDistillError> | undefined;
  return (missing) => first ??= describeMissing(store, missing);
}

async function describeMissing(
  store: EffectStore,
  { wanted, key }: LookedUpEffect,
): Promise<FastDistillError> {
  const { kind, step, row } = wanted;
  const [nearest] = await nearestEffects(store, [wanted]);
  const message = `The run is offline, and ${step === undefined ? "it" : `step "${step}"`} wants ` +
    `an effect of kind ${kind} that is not recorded: ${key.slice(0, KEY_CHARS)}`;
  const context = { step, row_id: row, kind, key };
  if (nearest === undefined) {
    const hint = `No effect of kind ${kind} is recorded: run without --offline, or import effects first`;
    return new FastDistillError("store.missing_effect", message, { hint, context });
  }
  const { record, differences } = nearest;
  const shown = differences.slice(0, SHOWN_MAX).map(describeDifference).join("; ");
  const more = differences.length > SHOWN_MAX ? `; and ${differences.length - SHOWN_MAX} more fields` : "";
  return new FastDistillError("store.missing_effect", message, {
    hint: `The nearest that is recorded, ${record.key.slice(0, KEY_CHARS)}, differs in ${shown}${more}`,
    context: { ...context, nearest: { key: record.key, differences } },
  });
}

/** A difference in one line; long texts from just before the place where they part. */
export function describeDifference({ path, wanted, found }: FieldDifference): string {
  const start = typeof wanted === "string" && typeof found === "string" ? partingOf(wanted, found) : 0;
  return `${path}: wanted ${excerpt(wanted, start)}, recorded ${excerpt(found, start)}`;
}

function partingOf(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return Math.max(0, at - 12);
}

function excerpt(value: Json | undefined, start: number): string {
  if (value === undefined) return "nothing";
  const text = typeof value === "string"
    ? `${start > 0 ? "…" : ""}${value.slice(start)}`
    : JSON.stringify(value);
  const cut = text.length > EXCERPT_CHARS ? `${text.slice(0, EXCERPT_CHARS)}…` : text;
  return typeof value === "string" ? JSON.stringify(cut) : cut;
}
