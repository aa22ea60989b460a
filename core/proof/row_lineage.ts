import { readRunJson } from "../artifact/mod.ts";
import { costOfEffect, type EffectStore, modelOfEffect } from "../effects/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import type { Price, Usage } from "../provider/mod.ts";
import type { Json, JsonObject, Row } from "../record/mod.ts";
import type { RunSummary } from "../report/mod.ts";
import { findRow } from "./_find_row.ts";
import { failureLines, ledgerLines, lineageLines, type Making, makings } from "./_lineage_files.ts";
import { placeOfSource, type SourcePlace, type StepText, stepTexts } from "./_source_place.ts";
import { manifestOf, stageNames, stageRows } from "./_stage_rows.ts";

const ROWS_MAX = 200;
const LEVELS_MAX = 100;

/** How far a lineage is followed, and with what. */
export interface LineageOptions {
  /** Where the run's effects are; without it, only their keys are told. */
  readonly store?: EffectStore | undefined;
}

/** An effect that a step obtained for a row. */
export interface LineageEffect {
  /** The step that wanted it. */
  readonly step: string;
  /** What it is looked up by. */
  readonly key: string;
  /** Such as `chat`; absent, as all that follows, where the store does not have it. */
  readonly kind?: string;
  /** The sample of its request, from 0, where it is one of several. */
  readonly sample?: number;
  /** The fields behind the key: for a chat, messages and decoding. */
  readonly request?: JsonObject;
  /** The answer. */
  readonly response?: Json;
  /** The model's version string as the endpoint stated it. */
  readonly model?: string;
  /** How often it was tried. */
  readonly attempts?: number;
  /** ISO 8601. */
  readonly started_at?: string;
  /** Milliseconds. */
  readonly duration_ms?: number;
  /** Tokens. */
  readonly usage?: Usage;
  /** Price at the time. */
  readonly price?: Price;
  /** US dollars at that price. */
  readonly cost_usd?: number;
}

/** Where a row stands in a stage. */
export interface LineageStage {
  /** Name of the stage. */
  readonly stage: string;
  /** Relative to the run folder. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The row, scores and all. */
  readonly row: Row;
}

/** One row of a family. */
export interface LineageRow {
  /** Id of the row. */
  readonly row_id: string;
  /** The row that was asked for, one that it was made from, or one that was made from it. */
  readonly relation: "self" | "ancestor" | "descendant";
  /** The step that made it of others; absent for a row of a source. */
  readonly made_by?: { readonly step: string; readonly kind: "made" | "joined"; readonly index?: number };
  /** Ids of the rows that it was made from. */
  readonly parents: readonly string[];
  /** Where it was read; absent for a row that was made of others. */
  readonly source?: SourcePlace;
  /** Steps between where it began and where it ended, in the order of the pipeline. */
  readonly steps: readonly string[];
  /** In the order in which the steps stand. */
  readonly effects: readonly LineageEffect[];
  /** Stages that it was written to. */
  readonly stages: readonly LineageStage[];
  /** Its terminal state; absent where others were made of it, or the run was cut short. */
  readonly end?: {
    readonly step: string;
    readonly state: string;
    /** Reason or code. */
    readonly why?: string;
    /** What was found; for a failure, its message. */
    readonly detail?: string;
  };
}

/** Where a row comes from and what became of it. */
export interface RowLineage {
  /** Id of the run. */
  readonly run_id: string;
  /** Id of the row that was asked for. */
  readonly row_id: string;
  /** The row's ancestors, from the source on, itself, and its descendants. */
  readonly rows: readonly LineageRow[];
  /** Whether there are more than 200 rows, and the rest was left out. */
  readonly is_cut: boolean;
}

/**
 * Tells of a row of a run where it was read, of which rows it was made, which steps it passed, which effects they obtained
 * for it, in which stages it stands, and how it ended. All of it comes from the run folder and the effect store.
 *
 * @param runDir the run folder
 * @param wanted row id, `sample_id`, or the beginning of one
 * @throws {FastDistillError} `data.row_not_found`; `run.incomplete` for a run of an earlier release, which noted no
 * lineage; `store.*`, `data.*` for what cannot be read
 */
export async function rowLineage(
  runDir: string,
  wanted: string,
  { store }: LineageOptions = {},
): Promise<RowLineage> {
  const summary = await readRunJson(runDir);
  if (summary.origin === undefined) {
    throw new FastDistillError(
      "run.incomplete",
      `Run ${summary.run_id} was made by an earlier release, which noted no lineage`,
      {
        hint: "Run the pipeline again: what is answered is reused",
      },
    );
  }
  const row_id = await findRow(summary, wanted);
  const { members, isCut } = await familyOf(summary, row_id);
  const [ends, effects, stages, texts] = [
    await endsOf(summary, members),
    await effectsOf(summary, members),
    await stagesOf(summary, members),
    await stepTexts(summary),
  ];
  const rows: LineageRow[] = [];
  for (const [id, { relation, making }] of members) {
    const source = making === undefined && relation !== "descendant"
      ? await placeOfSource(summary, id)
      : undefined;
    const end = ends.get(id);
    const own = effects.get(id) ?? [];
    rows.push({
      row_id: id,
      relation,
      ...(making === undefined ? {} : { made_by: madeBy(making) }),
      parents: making?.parents ?? [],
      ...(source === undefined ? {} : { source }),
      steps: stepsBetween(
        texts,
        making?.step ?? source?.step,
        end?.step ?? lastStep(own, childrenOf(id, members)),
      ),
      effects: bySample(await Promise.all(own.map((effect) => detailed(effect, store)))),
      stages: stages.get(id) ?? [],
      ...(end === undefined ? {} : { end }),
    });
  }
  return { run_id: summary.run_id, row_id, rows, is_cut: isCut };
}

interface Member {
  readonly relation: LineageRow["relation"];
  readonly making: Making | undefined;
}

type Family = ReadonlyMap<string, Member>;

/** Ancestors, from the oldest on, the row itself, descendants. The files are read once for each generation. */
async function familyOf(
  summary: RunSummary,
  rowId: string,
): Promise<{ readonly members: Family; readonly isCut: boolean }> {
  const makingOf = new Map<string, Making>();
  const ancestors: string[][] = [];
  let frontier: readonly string[] = [rowId];
  for (let level = 0; frontier.length > 0 && level < LEVELS_MAX; level++) {
    const wanted = new Set(frontier);
    for await (const making of makings(summary)) {
      if (wanted.has(making.rowId)) makingOf.set(making.rowId, making);
    }
    frontier = [...new Set(frontier.flatMap((id) => makingOf.get(id)?.parents ?? []))];
    ancestors.unshift([...frontier]);
  }
  const members = new Map<string, Member>();
  for (const id of ancestors.flat()) members.set(id, { relation: "ancestor", making: makingOf.get(id) });
  members.set(rowId, { relation: "self", making: makingOf.get(rowId) });
  let isCut = false;
  for (let level = 0, parents = new Set([rowId]); parents.size > 0 && level < LEVELS_MAX; level++) {
    const children = new Set<string>();
    for await (const making of makings(summary)) {
      if (!making.parents.some((id) => parents.has(id)) || members.has(making.rowId)) continue;
      if (members.size >= ROWS_MAX) isCut = true;
      else {
        members.set(making.rowId, { relation: "descendant", making });
        children.add(making.rowId);
      }
    }
    parents = children;
  }
  return { members, isCut };
}

function madeBy({ step, kind, index }: Making): LineageRow["made_by"] {
  return { step, kind, ...(index === undefined ? {} : { index }) };
}

function childrenOf(id: string, members: Family): readonly Making[] {
  return [...members.values()].flatMap(({ making }) => making?.parents.includes(id) ? [making] : []);
}

/** Where a row that did not end was seen last. */
function lastStep(effects: readonly LineageEffect[], children: readonly Making[]): string | undefined {
  return children[0]?.step ?? effects.at(-1)?.step;
}

async function endsOf(
  summary: RunSummary,
  members: Family,
): Promise<ReadonlyMap<string, NonNullable<LineageRow["end"]>>> {
  const ends = new Map<string, NonNullable<LineageRow["end"]>>();
  for await (const { step, value } of ledgerLines(summary)) {
    const { row_id, state, reason, code, detail } = value;
    if (!members.has(String(row_id))) continue;
    const why = reason ?? code;
    ends.set(String(row_id), {
      step,
      state: String(state),
      ...(why === undefined ? {} : { why: String(why) }),
      ...(detail === undefined ? {} : { detail: String(detail) }),
    });
  }
  for await (const { value: { row_id, message, kept } } of failureLines(summary)) {
    const end = ends.get(String(row_id));
    if (end?.state === "failed" && kept !== true) {
      ends.set(String(row_id), { ...end, detail: String(message) });
    }
  }
  return ends;
}

async function effectsOf(
  summary: RunSummary,
  members: Family,
): Promise<ReadonlyMap<string, readonly LineageEffect[]>> {
  const found = new Map<string, LineageEffect[]>();
  for await (const { step, value: { row_id, effects } } of lineageLines(summary, "effects")) {
    const id = String(row_id);
    if (!members.has(id) || !Array.isArray(effects)) continue;
    const own = found.get(id) ?? [];
    found.set(id, own);
    for (const key of effects) own.push({ step, key: String(key) });
  }
  return found;
}

async function stagesOf(
  summary: RunSummary,
  members: Family,
): Promise<ReadonlyMap<string, readonly LineageStage[]>> {
  const found = new Map<string, LineageStage[]>();
  for (const stage of stageNames(summary)) {
    const manifest = await manifestOf(summary, stage);
    if (manifest === undefined) continue;
    for await (const { rowId, row, file, fileLine } of stageRows(summary, manifest)) {
      if (rowId === undefined || !members.has(rowId)) continue;
      const own = found.get(rowId) ?? [];
      found.set(rowId, own);
      own.push({ stage, file, line: fileLine, row });
    }
  }
  return found;
}

async function detailed(effect: LineageEffect, store: EffectStore | undefined): Promise<LineageEffect> {
  const record = await store?.get(effect.key);
  if (record === undefined) return effect;
  const { kind, request, response, meta: { attempts, started_at, duration_ms, usage, price } } = record;
  const [model, cost] = [modelOfEffect(record), costOfEffect(record)];
  return {
    ...effect,
    kind,
    ...(typeof request.sample === "number" ? { sample: request.sample } : {}),
    request,
    response,
    ...(model === undefined ? {} : { model }),
    attempts,
    started_at,
    duration_ms,
    ...(usage === undefined ? {} : { usage }),
    ...(price === undefined ? {} : { price }),
    ...(cost === undefined ? {} : { cost_usd: cost }),
  };
}

/** Effects of one step stand together already. */
function bySample(effects: readonly LineageEffect[]): readonly LineageEffect[] {
  return effects.toSorted((a, b) => a.step === b.step ? (a.sample ?? 0) - (b.sample ?? 0) : 0);
}

/** The steps on the ways from one step to another, both included. */
function stepsBetween(
  texts: ReadonlyMap<string, StepText>,
  first: string | undefined,
  last: string | undefined,
): readonly string[] {
  if (first === undefined || last === undefined) return [];
  const before = new Set<string>();
  const climb = (step: string) => {
    if (before.has(step)) return;
    before.add(step);
    if (step !== first) { for (const input of texts.get(step)?.from ?? []) climb(input); }
  };
  climb(last);
  const after = new Set([first]);
  for (const [step, { from }] of texts) if (from.some((input) => after.has(input))) after.add(step);
  return [...texts.keys()].filter((step) => before.has(step) && after.has(step));
}
