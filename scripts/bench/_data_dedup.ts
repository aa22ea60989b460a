/** Figures of the steps that find duplicates; `data.ts` prints them. @module */
import {
  digest,
  type KeyedRow,
  type Row,
  type RowContext,
  sourceRowId,
  type StepComponent,
  type StepSetup,
} from "@fastdistill/core";
import { inputFilesOf, outputFilesOf } from "../../core/runtime/mod.ts";
import dedupMinhash from "../../steps/dedup/dedup_minhash.ts";
import dedupNear from "../../steps/dedup/dedup_near.ts";
import dedupSemantic from "../../steps/dedup/dedup_semantic.ts";
import { type BenchFigure, medianOf } from "./_bench_result.ts";
import { nearCorpus, nearPairs } from "./_near_corpus.ts";

const TEXTS = 100_000;
const PLANTED = 20_000;
const THRESHOLD = 0.7;
const STREAMED = 20_000;
const VECTORS = 5_000;
const DIMENSIONS = 384;

/** Rows a second, and what was found, of exact, near and semantic deduplication. */
export async function dedupFigures(folder: string): Promise<readonly BenchFigure[]> {
  const exact = await exactRun();
  return [
    { name: "exact deduplication, 5 million keys", unit: "rows/s", value: exact.rate },
    { name: "memory of that, the whole process", unit: "MB", value: exact.peak_mb },
    ...await minhashFigures(folder),
    ...await streamedFigures(folder),
    ...await semanticFigures(folder),
  ];
}

async function exactRun(): Promise<{ readonly rate: number; readonly peak_mb: number }> {
  const script = new URL("./_dedup_exact_run.ts", import.meta.url).pathname;
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("The run of dedup_exact failed");
  return JSON.parse(new TextDecoder().decode(stdout));
}

async function minhashFigures(folder: string): Promise<readonly BenchFigure[]> {
  const { texts } = nearCorpus({ texts: TEXTS, planted: PLANTED, seed: 42 });
  const rows = texts.map((text, id) => ({ id, text }));
  const hashed = await medianOf(3, () => {
    const since = performance.now();
    for (const row of rows) digest(row);
    return Promise.resolve(perSecond(rows.length, since));
  });
  let marked: readonly Row[] = [];
  const rate = await medianOf(3, async () => {
    const since = performance.now();
    marked = await runGlobal(dedupMinhash, {
      folder,
      rows,
      config: { on: "text", threshold: THRESHOLD, action: "mark" },
    });
    return perSecond(rows.length, since);
  });
  const truth = nearPairs(texts, THRESHOLD);
  const found = pairsOf(marked);
  const right = found.filter((pair) => truth.has(pair)).length;
  return [
    {
      name: "near-duplicates by MinHash, 100,000 texts of 250 characters",
      unit: "rows/s",
      value: rate,
      baseline: { name: "canonical JSON and SHA-256", value: hashed },
    },
    { name: "near pairs in them, by an exact search", unit: "pairs", value: truth.size },
    { name: "recall of MinHash", unit: "of those", value: right / truth.size },
    { name: "precision of MinHash", unit: "of the pairs found", value: right / found.length },
  ];
}

/** All pairs of rows of one cluster. */
function pairsOf(rows: readonly Row[]): readonly number[] {
  const clusters = new Map<unknown, number[]>();
  rows.forEach(({ cluster_id }, row) => {
    if (cluster_id !== null) clusters.set(cluster_id, [...clusters.get(cluster_id) ?? [], row]);
  });
  return [...clusters.values()].flatMap((members) =>
    members.flatMap((i, at) => members.slice(at + 1).map((j) => i * rows.length + j))
  );
}

async function streamedFigures(folder: string): Promise<readonly BenchFigure[]> {
  const { texts } = nearCorpus({ texts: STREAMED, planted: STREAMED / 5, seed: 43 });
  const { definition } = dedupNear;
  if (definition.kind !== "ordered") throw new TypeError("dedup_near is an ordered step");
  const setup = setupOf(folder);
  const runner = await definition.open(
    await configOf(dedupNear, { on: "text", threshold: THRESHOLD }),
    setup,
  );
  const since = performance.now();
  for (const [n, text] of texts.entries()) {
    await runner.process({ text }, { rowId: sourceRowId("rows", n) } as RowContext);
  }
  const rate = perSecond(texts.length, since);
  await runner.close?.();
  return [{ name: "near-duplicates while rows stream, one after the other", unit: "rows/s", value: rate }];
}

async function semanticFigures(folder: string): Promise<readonly BenchFigure[]> {
  let state = 7;
  const next = () => (state = Math.imul(state, 1664525) + 1013904223 | 0) / 2 ** 31;
  const rows = Array.from({ length: VECTORS }, () => ({
    embedding: Array.from({ length: DIMENSIONS }, () => Math.round(next() * 1000) / 1000),
  }));
  const since = performance.now();
  await runGlobal(dedupSemantic, { folder, rows, config: {} });
  const pairs = VECTORS * (VECTORS - 1) / 2;
  return [{
    name: "pairs of embeddings compared, 384 numbers each",
    unit: "pairs/s",
    value: perSecond(pairs, since),
  }];
}

interface GlobalRun {
  readonly folder: string;
  readonly rows: readonly Row[];
  readonly config: Row;
}

/** The rows that pass a step, in their order. */
async function runGlobal(
  component: StepComponent,
  { folder, rows, config }: GlobalRun,
): Promise<readonly Row[]> {
  const { definition } = component;
  if (definition.kind !== "global") throw new TypeError("The step needs all rows");
  const setup = setupOf(folder);
  const runner = await definition.open(await configOf(component, config), setup);
  const passed: Row[] = [];
  for await (const { outcome } of runner.process(keyed(rows), setup.signal)) {
    if (outcome.kind === "pass") passed.push(outcome.row);
  }
  return passed;
}

async function* keyed(rows: readonly Row[]): AsyncGenerator<KeyedRow> {
  for (const [n, row] of rows.entries()) yield { rowId: sourceRowId("rows", n), row };
}

async function configOf({ definition }: StepComponent, config: Row): Promise<unknown> {
  const result = await definition.config["~standard"].validate(config);
  if (result.issues !== undefined) throw new TypeError(JSON.stringify(result.issues));
  return result.value;
}

/** What the steps use of it. */
function setupOf(folder: string): StepSetup {
  const outputs = outputFilesOf(`${folder}/out`);
  const setup: Partial<StepSetup> = {
    step: "dedup",
    runId: "bench",
    seed: 0,
    files: inputFilesOf(folder),
    reports: outputs,
    atWork: () => {},
    cacheDir: `${folder}/cache`,
    signal: new AbortController().signal,
  };
  return setup as StepSetup;
}

function perSecond(count: number, since: number): number {
  return count / ((performance.now() - since) / 1000);
}
