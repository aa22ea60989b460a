import {
  type EffectStore,
  type FieldDifference,
  type LookedUpEffect,
  nearestEffects,
} from "../effects/mod.ts";
import { didYouMean, FastDistillError } from "../errors/mod.ts";
import { compareSequencePaths, type JsonObject, type SequencePath } from "../record/mod.ts";
import { dryPlan } from "./_dry_plan.ts";
import { followRows } from "./_follow_rows.ts";
import type { Plan } from "./plan.ts";
import { planRun } from "./plan_run.ts";
import type { RunOptions } from "./run_options.ts";

/** Which effects are to be explained. */
export interface ExplainOptions extends Pick<RunOptions, "pipeline" | "registry" | "runsDir"> {
  /** Effects of this step only. */
  readonly step?: string | undefined;
  /** Rows that each source gives. @default {3} */
  readonly rows?: number | undefined;
  /** Effects of this row of its source only, from 0. */
  readonly row?: number | undefined;
}

/** An effect that a pipeline would want. */
export interface ExplainedEffect {
  /** The step that wants it. */
  readonly step: string;
  /** Position of the row in its source, from 0; absent where it is not known. */
  readonly row?: number;
  /** Such as `chat`. */
  readonly kind: string;
  /** What it is looked up by. */
  readonly key: string;
  /** The fields behind the key. */
  readonly request: JsonObject;
  /** Whether it is recorded, and so would be reused; for a run, whether it was. */
  readonly recorded: boolean;
  /** When it is not: the most similar that is; absent where none of the kind is recorded. */
  readonly nearest?: {
    readonly key: string;
    /** ISO 8601. */
    readonly started_at: string;
    /** The fields in which the two differ. */
    readonly differences: readonly FieldDifference[];
  };
}

/** What a pipeline would find in the store. */
export interface EffectExplanation {
  /** In the order of steps, rows and samples. */
  readonly effects: readonly ExplainedEffect[];
  /** Steps that no row reached, because what comes before is not recorded or drops the rows. */
  readonly unreached: readonly string[];
}

const ROWS = 3;

/**
 * Says for the first rows of a pipeline which effects they would want, whether those are recorded, and where not, in
 * which fields of the key the most similar one differs. Nothing is called, performed or written; rows go on as far as
 * what is recorded carries them.
 *
 * @throws {FastDistillError} whatever planning finds; `config.usage` for a step that is not there; `store.*`
 */
export async function explainEffects(options: ExplainOptions): Promise<EffectExplanation> {
  const plan = dryPlan(await planRun(options), options.rows ?? Math.max(ROWS, (options.row ?? 0) + 1));
  checkStep(plan, options.step);
  const lookUps: LookedUpEffect[] = [];
  const paths = new Map<string, SequencePath>();
  const reached = new Set<string>();
  return await followRows(plan, {
    ...options,
    onLookUp: (effect) => void lookUps.push(effect),
    onRow: (step, { rowId, path }) => {
      paths.set(rowId, path);
      reached.add(step);
    },
    then: async (store) => {
      const wanted = placed(lookUps, plan, paths).filter(({ step, row }) =>
        (options.step === undefined || step === options.step) &&
        (options.row === undefined || row === options.row)
      );
      const unreached = [...plan.steps.keys()].filter((step) => !reached.has(step) && isRowWise(plan, step));
      return { effects: await explain(wanted, store), unreached };
    },
  });
}

interface PlacedEffect extends LookedUpEffect {
  readonly step: string;
  readonly row: number;
  readonly path: SequencePath;
}

function placed(
  lookUps: readonly LookedUpEffect[],
  { steps }: Plan,
  paths: ReadonlyMap<string, SequencePath>,
): readonly PlacedEffect[] {
  const ordinal = (step: string) => steps.get(step)?.ordinal ?? 0;
  return lookUps.map((effect) => {
    const path = paths.get(effect.wanted.row ?? "") ?? [];
    return { ...effect, step: effect.wanted.step ?? "", path, row: path[1] ?? 0 };
  }).sort((a, b) => ordinal(a.step) - ordinal(b.step) || compareSequencePaths(a.path, b.path));
}

async function explain(
  effects: readonly PlacedEffect[],
  store: EffectStore,
): Promise<readonly ExplainedEffect[]> {
  const missing = effects.filter(({ record }) => record === undefined);
  const found = missing.length === 0 ? [] : await nearestEffects(store, missing.map(({ wanted }) => wanted));
  const nearest = new Map(missing.map((effect, index) => [effect, found[index]]));
  return effects.map((effect) => {
    const { step, row, key, wanted, record } = effect;
    const base = {
      step,
      row,
      kind: wanted.kind,
      key,
      request: wanted.fields,
      recorded: record !== undefined,
    };
    const like = nearest.get(effect);
    if (like === undefined) return base;
    const { key: other, meta } = like.record;
    return {
      ...base,
      nearest: { key: other, started_at: meta.started_at, differences: like.differences },
    };
  });
}

function checkStep({ steps }: Plan, step: string | undefined): void {
  if (step === undefined || steps.has(step)) return;
  const message = `The pipeline has no step "${step}"${didYouMean(step, [...steps.keys()])}`;
  throw new FastDistillError("config.usage", message, { hint: `Steps: ${[...steps.keys()].join(", ")}` });
}

/** Whether rows are seen on their way into a step. */
function isRowWise({ steps }: Plan, step: string): boolean {
  const kind = steps.get(step)?.kind;
  return kind === "row" || kind === "ordered" || kind === "batch";
}

/**
 * The keys of all effects that a pipeline would find recorded: what has to stay for it to run again without a call.
 * Nothing is called, performed or written.
 *
 * @throws {FastDistillError} whatever planning finds, `store.*`
 */
export async function recordedKeys(
  options: Pick<RunOptions, "pipeline" | "registry" | "runsDir">,
): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  return await followRows(dryPlan(await planRun(options), Infinity), {
    ...options,
    onLookUp: ({ key, record }) => {
      if (record !== undefined) keys.add(key);
    },
    onRow: () => {},
    then: () => Promise.resolve(keys),
  });
}
