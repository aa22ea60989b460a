/**
 * Writes many rows to a Parquet file with the step `write_files`, in a process of its own, and prints what it took as JSON.
 * Argument: how many rows.
 *
 * @module
 */
import type { RowContext, StepDefinition, StepSetup } from "@fastdistill/core";
import process from "node:process";
import { inputFilesOf, outputFilesOf } from "../../core/runtime/mod.ts";
import writeFiles from "../../steps/write/write_files.ts";

/** What the process prints. */
export interface ParquetRun {
  /** The most memory that the process held at once, in MB. */
  readonly peakMb: number;
  readonly seconds: number;
  /** Of the processor, of all threads. */
  readonly cpuSeconds: number;
  /** Of the file, in bytes. */
  readonly size: number;
}

const count = Number(Deno.args[0]);
const folder = await Deno.makeTempDir();
try {
  const definition: StepDefinition<unknown> = writeFiles.definition;
  if (definition.kind !== "sink") throw new TypeError("Not a sink");
  const checked = await definition.config["~standard"].validate({ path: "rows.parquet" });
  if (checked.issues !== undefined) throw new TypeError("Not a configuration");
  const { signal } = new AbortController();
  const setup: StepSetup = {
    step: "write",
    runId: "bench",
    seed: 0,
    columns: { id: "string", question: "string", answer: "string", score: "number", keep: "boolean" },
    files: inputFilesOf(folder),
    outputs: outputFilesOf(folder),
    reports: outputFilesOf(folder),
    atWork: () => {},
    warn: () => {},
    quarantine: () => {},
    env: () => undefined,
    cacheDir: folder,
    signal,
  };
  let peak = 0;
  const timer = setInterval(() => peak = Math.max(peak, Deno.memoryUsage().rss), 20);
  const since = performance.now();
  const cpuBefore = process.cpuUsage();
  const runner = await definition.open(checked.value, setup);
  for (let n = 0; n < count; n++) {
    const written = runner.write({
      id: `row-${n}`,
      question: `How many orders did customer ${n} place in the year ${2000 + n % 25}?`,
      answer: `Customer ${n} placed ${n % 97} orders, of which ${n % 13} were sent back and ${
        n % 7
      } are under way still.`,
      score: n / 7,
      keep: n % 3 === 0,
    }, {} as RowContext);
    if (written !== undefined) await written;
  }
  const { files } = await runner.close();
  const seconds = (performance.now() - since) / 1_000;
  const cpu = process.cpuUsage(cpuBefore);
  clearInterval(timer);
  // The operating system's own record, in kB, misses no peak; where there is none, what was sampled has to do.
  const recorded = process.resourceUsage?.().maxRSS ?? 0;
  const result: ParquetRun = {
    peakMb: Math.max(peak, recorded * 1024) / 1e6,
    seconds,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    size: files[0]!.size,
  };
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(result) + "\n"));
} finally {
  await Deno.remove(folder, { recursive: true });
}
