/**
 * The most memory that a run holds at once, each measured in a process of its own: 10 million rows through three row
 * steps into a file of JSON lines, and 1 million rows through a global sort into one. `--rows=N` takes N rows instead:
 * 10 million take a minute and a half. `deno task bench:memory [--json]`
 *
 * @module
 */
import { type BenchFigure, printBench } from "./_bench_result.ts";
import type { MemoryRun } from "./_memory_run.ts";

const STREAM_ROWS = 10_000_000;
const SORT_ROWS = 1_000_000;

async function measure(kind: "stream" | "sort", rows: number): Promise<MemoryRun> {
  const script = new URL("./_memory_run.ts", import.meta.url).pathname;
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, kind, String(rows)],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`The ${kind} of ${rows} rows failed`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

async function figuresOf(
  kind: "stream" | "sort",
  rows: number,
  what: string,
): Promise<readonly BenchFigure[]> {
  const { peakMb, seconds } = await measure(kind, rows);
  const few = await measure(kind, 1_000);
  return [
    {
      name: `memory at its peak, ${rows} rows ${what}`,
      unit: "MB",
      value: peakMb,
      baseline: { name: "the same with 1000 rows", value: few.peakMb },
    },
    { name: `speed, ${rows} rows ${what}`, unit: "rows/s", value: rows / seconds },
  ];
}

const given = Deno.args.find((arg) => arg.startsWith("--rows="))?.slice("--rows=".length);
printBench("memory", [
  ...await figuresOf("stream", Number(given ?? STREAM_ROWS), "through three row steps into JSON lines"),
  ...await figuresOf("sort", Math.min(SORT_ROWS, Number(given ?? SORT_ROWS)), "through a global sort"),
]);
