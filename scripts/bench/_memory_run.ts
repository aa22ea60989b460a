/**
 * Runs many rows through a pipeline in a process of its own, and prints what it took as JSON. Arguments: `stream` or
 * `sort`, and how many rows.
 *
 * @module
 */
import { definePipeline, defineStep, Registry, type Row, runPipeline, stepSpec } from "@fastdistill/core";
import { builtinSteps, keepColumns, renameColumns, ruleFilter, sort, writeJsonl } from "@fastdistill/steps";
import process from "node:process";
import { z } from "zod";

/** What the process prints. */
export interface MemoryRun {
  /** The most memory that the process held at once, in MB. */
  readonly peakMb: number;
  readonly seconds: number;
}

const [kind, count] = [Deno.args[0]!, Number(Deno.args[1])];

/** A source that holds no row. */
const source = stepSpec<unknown, { readonly n: number; readonly question: string; readonly score: number }>(
  defineStep({
    kind: "source",
    name: "numbered",
    version: 1,
    summary: "Makes rows as they are asked for",
    config: z.strictObject({}),
    columns: () => ({ adds: { n: "number", question: "string", score: "number" } }),
    open: () => ({
      rows: async function* (): AsyncGenerator<Row> {
        for (let n = 0; n < count; n++) {
          const score = Math.imul(n, 0x9e3779b1) >>> 0;
          yield { n, question: `How many orders did customer ${n} place in ${2000 + n % 25}?`, score };
        }
      },
    }),
  }),
);

const start = definePipeline({ name: "memory" }).step("read", source);
const pipeline = kind === "sort"
  ? start.step("sort", sort({ by: "score", descending: true })).step(
    "write",
    writeJsonl({ path: "rows.jsonl" }),
  ).build()
  : start.step("filter", ruleFilter({ field: "question", min_chars: 8 }))
    .step("rename", renameColumns({ rename: { question: "prompt" } }))
    .step("keep", keepColumns({ columns: ["n", "prompt"] }))
    .step("write", writeJsonl({ path: "rows.jsonl" }))
    .build();

const runsDir = await Deno.makeTempDir();
try {
  let peak = 0;
  const timer = setInterval(() => peak = Math.max(peak, Deno.memoryUsage().rss), 20);
  const since = performance.now();
  const { status, rows } = await runPipeline({ pipeline, registry: new Registry(builtinSteps), runsDir });
  const seconds = (performance.now() - since) / 1_000;
  clearInterval(timer);
  if (status !== "done" || rows.kept !== count) {
    throw new Error(`Ran ${count} rows, kept ${rows.kept}: ${status}`);
  }
  // The operating system's own record, in kB, misses no peak; where there is none, what was sampled has to do.
  const recorded = process.resourceUsage?.().maxRSS ?? 0;
  const result: MemoryRun = { peakMb: Math.max(peak, recorded * 1024) / 1e6, seconds };
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(result) + "\n"));
} finally {
  await Deno.remove(runsDir, { recursive: true });
}
