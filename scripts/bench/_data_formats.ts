/** What data.ts measures of files: JSON lines by the step `read_jsonl`, Parquet by `write_files` in a process of its own. @module */
import type { Row, StepDefinition, StepSetup } from "@fastdistill/core";
import { inputFilesOf } from "../../core/runtime/mod.ts";
import readJsonl from "../../steps/read/read_jsonl.ts";
import { type BenchFigure, medianOf } from "./_bench_result.ts";
import type { ParquetRun } from "./_data_parquet_run.ts";

const PARQUET_ROWS = 5_000_000;
const READ_TIMES = 3;
/** The file is read so often in one measurement, to be long enough for its memory to show. */
const READ_ROUNDS = 5;

/** The file of JSON lines that is read, and its rows. */
export interface JsonLinesFile {
  readonly folder: string;
  readonly name: string;
  readonly texts: readonly string[];
}

/** Rows a second of reading and parsing JSON lines, beside JSON.parse alone. */
export async function jsonLinesFigures(file: JsonLinesFile): Promise<readonly BenchFigure[]> {
  const parse = await medianOf(READ_TIMES, () => rateOf(file.texts.length, () => parseAll(file.texts)));
  const before = Deno.memoryUsage().rss;
  let peak = before;
  const read = await medianOf(READ_TIMES, () =>
    rateOf(file.texts.length * READ_ROUNDS, async () => {
      for (let round = 0; round < READ_ROUNDS; round++) {
        await readAll(file);
        peak = Math.max(peak, Deno.memoryUsage().rss);
      }
    }));
  return [
    {
      name: "JSON lines read and parsed",
      unit: "rows/s",
      value: read,
      baseline: { name: "JSON.parse", value: parse },
    },
    { name: "memory that reading them took more", unit: "MB", value: (peak - before) / 1e6 },
  ];
}

/** Rows a second of writing Parquet, and the most memory that it took; `--parquet-rows=N` writes N rows instead. */
export async function parquetFigures(): Promise<readonly BenchFigure[]> {
  const given = Deno.args.find((arg) => arg.startsWith("--parquet-rows="))?.slice("--parquet-rows=".length);
  const rows = Number(given ?? PARQUET_ROWS);
  const script = new URL("./_data_parquet_run.ts", import.meta.url).pathname;
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, String(rows)],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`Writing ${rows} rows of Parquet failed`);
  const { peakMb, seconds, cpuSeconds, size }: ParquetRun = JSON.parse(new TextDecoder().decode(stdout));
  return [
    { name: `Parquet written by write_files, ${rows} rows`, unit: "rows/s", value: rows / seconds },
    { name: "the same by processor time", unit: "rows/s", value: rows / cpuSeconds },
    { name: "memory at its peak while writing it", unit: "MB", value: peakMb },
    { name: "bytes of Parquet a row", unit: "B", value: size / rows },
  ];
}

async function rateOf(rows: number, action: () => void | Promise<void>): Promise<number> {
  const since = performance.now();
  await action();
  return rows / ((performance.now() - since) / 1_000);
}

function parseAll(texts: readonly string[]): void {
  for (const text of texts) JSON.parse(text);
}

async function readAll({ folder, name, texts }: JsonLinesFile): Promise<void> {
  const definition: StepDefinition<unknown> = readJsonl.definition;
  if (definition.kind !== "source") throw new TypeError("Not a source");
  const runner = await definition.open({ path: name, on_malformed: "fail" }, {
    files: inputFilesOf(folder),
    env: () => undefined,
  } as unknown as StepSetup);
  let count = 0;
  let last: Row | undefined;
  for await (const row of runner.rows(new AbortController().signal)) {
    last = row;
    count++;
  }
  if (last === undefined || count !== texts.length) {
    throw new Error(`Read ${texts.length} rows, found ${count}`);
  }
}
