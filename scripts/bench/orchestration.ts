/**
 * How many rows a second pass five steps that do nothing, beside a plain loop that awaits five functions a row.
 * `deno task bench:orchestration [--json]`
 *
 * @module
 */
import { pass, type Row, runPipeline } from "@fastdistill/core";
import process from "node:process";
import { modelDouble, registryOf, rowsStep, rowStep, testPipeline } from "../../core/run/_run_double.ts";
import { medianOf, printBench } from "./_bench_result.ts";

const ROWS = 20_000;
const MANY_ROWS = 200_000;
const STEPS = ["a", "b", "c", "d", "e"] as const;

function rowsOf(count: number): readonly Row[] {
  return Array.from({ length: count }, (_, n) => ({ n, text: `row ${n}` }));
}

/** Processor time a row of the newest run, all threads: what a busy machine changes least. */
let cpuMicroseconds = 0;

async function throughPipeline(rows: readonly Row[]): Promise<number> {
  const folder = await Deno.makeTempDir();
  try {
    const start = testPipeline().step("read", rowsStep(rows));
    const [a, b, c, d, e] = STEPS;
    const pipeline = start.step(a, rowStep(pass)).step(b, rowStep(pass)).step(c, rowStep(pass)).step(
      d,
      rowStep(pass),
    ).step(e, rowStep(pass)).build();
    const [since, cpuSince] = [performance.now(), process.cpuUsage()];
    const { status, rows: { kept } } = await runPipeline({
      pipeline,
      registry: registryOf(modelDouble()),
      runsDir: folder,
    });
    const seconds = (performance.now() - since) / 1_000;
    const { user, system } = process.cpuUsage(cpuSince);
    cpuMicroseconds = (user + system) / rows.length;
    if (status !== "done" || kept !== rows.length) {
      throw new Error(`Ran ${rows.length} rows, kept ${kept}: ${status}`);
    }
    return rows.length / seconds;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function throughLoop(rows: readonly Row[]): Promise<number> {
  const step = (row: Row) => Promise.resolve({ ...row });
  const since = performance.now();
  for (const row of rows) {
    let current = row;
    for (const _ of STEPS) current = await step(current);
  }
  return rows.length / ((performance.now() - since) / 1_000);
}

const [few, many] = [rowsOf(ROWS), rowsOf(MANY_ROWS)];
await throughPipeline(few);
const loop = { name: "a plain loop of five awaits", value: await medianOf(3, () => throughLoop(many)) };
printBench("orchestration", [
  {
    name: `${ROWS} rows, five no-op steps, with ledger and reports`,
    unit: "rows/s",
    value: await medianOf(5, () => throughPipeline(few)),
    baseline: loop,
  },
  {
    name: `${MANY_ROWS} rows, five no-op steps, with ledger and reports`,
    unit: "rows/s",
    value: await medianOf(3, () => throughPipeline(many)),
    baseline: loop,
  },
  { name: `processor time a row of the ${MANY_ROWS}, all threads`, unit: "us", value: cpuMicroseconds },
  { name: "memory in use after", unit: "MB", value: Deno.memoryUsage().rss / 1e6 },
]);
