import { runLayout } from "../artifact/mod.ts";
import { type EffectRecord, type EffectStore, nearestEffects } from "../effects/mod.ts";
import { isJsonObject, type JsonObject } from "../record/mod.ts";
import { pathExists, readLines } from "../runtime/mod.ts";
import type { EffectExplanation } from "./explain_effects.ts";

/** Which effects of a run are to be explained. */
export interface ExplainRunOptions {
  /** Folder that holds all runs. */
  readonly runsDir: string;
  /** Its whole id. */
  readonly runId: string;
  /** Effects of this step only. */
  readonly step?: string | undefined;
  /** How many effects, from the first on. @default {20} */
  readonly limit?: number | undefined;
}

/**
 * Says of the effects that the newest execution of a run performed, in which fields of the key the most similar one
 * differed that was recorded before it: why they were not found.
 *
 * @throws {FastDistillError} `store.*`
 */
export async function explainRun(store: EffectStore, options: ExplainRunOptions): Promise<EffectExplanation> {
  const { started, performed } = await performedIn(options);
  const found: { readonly step: string; readonly record: EffectRecord }[] = [];
  for (const { step, key } of performed) {
    const record = await store.get(key);
    if (record !== undefined) found.push({ step, record });
  }
  const wanted = found.map(({ record: { kind, request } }) => ({ kind, fields: request }));
  const nearest = wanted.length === 0 ? [] : await nearestEffects(store, wanted, { before: started });
  const effects = found.map(({ step, record: { key, kind, request } }, index) => {
    const like = nearest[index];
    const base = { step, kind, key, request, recorded: false };
    if (like === undefined) return base;
    const { key: other, meta } = like.record;
    return { ...base, nearest: { key: other, started_at: meta.started_at, differences: like.differences } };
  });
  return { effects, unreached: [] };
}

interface Performed {
  readonly started: string;
  readonly performed: readonly { readonly step: string; readonly key: string }[];
}

/** What the newest execution performed, as its events tell. */
async function performedIn({ runsDir, runId, step, limit = 20 }: ExplainRunOptions): Promise<Performed> {
  const path = runLayout(runsDir, runId).events;
  let [started, performed]: [string, { step: string; key: string }[]] = ["", []];
  if (!await pathExists(path)) return { started, performed };
  for await (const line of readLines(path)) {
    const event = eventOf(line);
    if (event === undefined) continue;
    if (event.type === "run_started") [started, performed] = [new Date(Number(event.at)).toISOString(), []];
    const isMeant = event.type === "effect_performed" && (step === undefined || event.step === step);
    if (isMeant && performed.length < limit) {
      performed.push({ step: String(event.step), key: String(event.key) });
    }
  }
  return { started, performed };
}

/** `undefined` for the last line of a run that was cut off. */
function eventOf(line: string): JsonObject | undefined {
  try {
    const event: unknown = JSON.parse(line);
    return isJsonObject(event) ? event : undefined;
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}
