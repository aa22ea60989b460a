import { basename, join } from "node:path";
import { parseYaml } from "../config/mod.ts";
import { FastDistillError, redact } from "../errors/mod.ts";
import { isJsonObject, type Json, type JsonObject } from "../record/mod.ts";
import type { RunFile, RunSummary } from "../report/mod.ts";
import { readLines, readTextFile, writeTextFile } from "../runtime/mod.ts";
import type { CardFacts, CardFile, CardOptions, TokenTotal } from "./_card_facts.ts";
import { renderCard } from "./_render_card.ts";
import { manifestDigest, readManifest } from "./manifest.ts";
import { readRunJson } from "./run_json.ts";

/** File of the card in the run folder. */
export const CARD_FILE = "README.md";

const SAMPLES_DEFAULT = 1;

/** A card, and what it says of the size of the dataset. */
export interface DatasetCard {
  /** The Markdown, YAML in front. */
  readonly text: string;
  /** Rows of all exported files. */
  readonly rows: number;
  /** The class of size, as hubs have it: `1K<n<10K`. */
  readonly size_category: string;
}

const SIZES: readonly (readonly [number, string])[] = [
  [1e3, "n<1K"],
  [1e4, "1K<n<10K"],
  [1e5, "10K<n<100K"],
  [1e6, "100K<n<1M"],
  [1e7, "1M<n<10M"],
  [1e8, "10M<n<100M"],
  [1e9, "100M<n<1B"],
  [1e10, "1B<n<10B"],
  [1e11, "10B<n<100B"],
  [1e12, "100B<n<1T"],
];

/**
 * The class of size of a dataset, as dataset hubs name it.
 *
 * @example
 * ```ts
 * import { sizeCategoryOf } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(sizeCategoryOf(5_000), "1K<n<10K");
 * ```
 */
export function sizeCategoryOf(rows: number): string {
  return SIZES.find(([below]) => rows < below)?.[1] ?? "n>1T";
}

/**
 * Makes the card of a finished run's exports: what is in them, how they were made, what they cost, where they come from.
 * Equal datasets have equal cards, to the byte: no time is in it, nor what was reused.
 *
 * @throws {FastDistillError} `data.file_not_found` when the run exported nothing, or left a file out
 */
export async function datasetCard(runDir: string, options: CardOptions = {}): Promise<DatasetCard> {
  const summary = await readRunJson(runDir);
  const exported = summary.files.filter(({ role, path }) => role === "export" && isInside(path));
  if (exported.length === 0) throw nothingExported(runDir);
  const steps = stepsOf(await readTextFile(join(runDir, "pipeline.yaml")));
  const files: CardFile[] = [];
  for (const file of exported) files.push(await cardFile(runDir, file, { steps, options }));
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  const sizeCategory = sizeCategoryOf(rows);
  const text = renderCard({
    options,
    summary,
    cost: JSON.parse(await readTextFile(join(runDir, "reports", "cost.json"))),
    files,
    tokens: tokenTotals(summary, steps),
    manifests: await manifestsOf(runDir, summary),
    rows,
    sizeCategory,
  });
  return { text, rows, size_category: sizeCategory };
}

/** Writes the card of a run into its folder, as `README.md`. @throws {FastDistillError} as {@linkcode datasetCard} does */
export async function writeDatasetCard(runDir: string, options: CardOptions = {}): Promise<DatasetCard> {
  const card = await datasetCard(runDir, options);
  await writeTextFile(join(runDir, CARD_FILE), card.text);
  return card;
}

function isInside(path: string): boolean {
  return path.startsWith("exports/");
}

function nothingExported(runDir: string): FastDistillError {
  return new FastDistillError(
    "data.file_not_found",
    `Describe the exports of a run, found none in ${join(runDir, "exports")}`,
    { hint: "Add a sink to the pipeline, such as write_jsonl or write_sft, and run it again" },
  );
}

/** The configuration of each step, as the pipeline file has it. */
function stepsOf(yaml: string): ReadonlyMap<string, JsonObject> {
  const config = parseYaml(yaml) as Json;
  const steps = isJsonObject(config) && isJsonObject(config.steps) ? config.steps : {};
  return new Map(
    Object.entries(steps).map(([name, step]) => [
      name,
      { use: "", ...(isJsonObject(step) ? step : {}) } as JsonObject,
    ]),
  );
}

function settingsOf(step: JsonObject | undefined): JsonObject {
  return step !== undefined && isJsonObject(step.with) ? step.with : {};
}

interface FileSetting {
  readonly steps: ReadonlyMap<string, JsonObject>;
  readonly options: CardOptions;
}

async function cardFile(runDir: string, file: RunFile, { steps, options }: FileSetting): Promise<CardFile> {
  const path = join(runDir, file.path);
  return {
    config: file.name,
    split: splitOf(file.path, settingsOf(steps.get(file.name)).path),
    path: file.path,
    rows: file.rows ?? 0,
    sha256: file.sha256 ?? "",
    samples: file.path.endsWith(".jsonl") ? await firstRows(path, options.samples ?? SAMPLES_DEFAULT) : [],
  };
}

/** The split that a path has in the place of `{split}`. */
function splitOf(path: string, setting: Json | undefined): string {
  const template = typeof setting === "string" ? `exports/${setting}` : "";
  const parts = template.split(/(\{split\}|\{shards?\})/).map((part) => {
    if (part === "{split}") return "([\\w.-]+)";
    return part.startsWith("{shard") ? "\\d{5}" : part.replace(/[^\w]/g, "\\$&");
  });
  const found = template.includes("{split}") ? new RegExp(`^${parts.join("")}$`).exec(path)?.[1] : undefined;
  return (found ?? namedSplit(path)).replace(/[^\w.]/g, "_");
}

const USUAL_SPLITS = ["train", "validation", "eval", "test"];

function namedSplit(path: string): string {
  const stem = basename(path).replace(/\..*$/, "").replace(/-\d{5}(?:-of-\d{5})?$/, "");
  return USUAL_SPLITS.includes(stem) ? stem : "train";
}

async function firstRows(path: string, count: number): Promise<readonly Json[]> {
  const rows: Json[] = [];
  if (count === 0) return rows;
  for await (const line of readLines(path)) {
    if (line !== "") rows.push(redact(JSON.parse(line)) as Json);
    if (rows.length >= count) break;
  }
  return rows;
}

/** The mean of a column that every row has, times the rows, is its sum. */
function tokenTotals(summary: RunSummary, steps: ReadonlyMap<string, JsonObject>): readonly TokenTotal[] {
  const counted = [...steps.values()].filter(({ use }) => use === "count_tokens").map(settingsOf);
  return counted.flatMap(({ to = "tokens", encoding = "o200k_base" }) =>
    summary.stages.flatMap(({ stage, count, metrics }) => {
      const mean = metrics[`${to}_mean`];
      if (typeof mean !== "number") return [];
      return [{ stage, column: String(to), encoding: String(encoding), tokens: Math.round(mean * count) }];
    })
  );
}

async function manifestsOf(runDir: string, summary: RunSummary): Promise<CardFacts["manifests"]> {
  const paths = summary.files.filter(({ role }) => role === "stage").map(({ path }) => join(runDir, path));
  const manifests = await Promise.all(paths.map(readManifest));
  return manifests.map((manifest) => ({ manifest, digest: manifestDigest(manifest) }));
}
