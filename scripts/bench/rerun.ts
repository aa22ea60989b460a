/**
 * How fast a run that was done before is done again: 100,000 recorded calls, answered by the effect store.
 * `deno task bench:rerun [--json]`
 *
 * @module
 */
import { printBench } from "./_bench_result.ts";
import { type Measured, runModel, startModelServer } from "./_model_run.ts";

const ROWS = 100_000;
const ROUNDS = 3;

const runsDir = await Deno.makeTempDir();
try {
  await using server = await startModelServer({ median: 1, sigma: 0, seed: 1 });
  const run = { baseUrl: server.baseUrl, rows: ROWS, concurrency: 256, runsDir };
  const first = await runModel(run);
  const again: Measured[] = [];
  for (let round = 0; round < ROUNDS; round++) again.push(await runModel(run));
  const middle = again.toSorted((a, b) => a.seconds - b.seconds)[Math.floor(ROUNDS / 2)]!;
  const { performed, reused } = middle.summary.effects;
  if (performed !== 0 || reused !== ROWS) {
    throw new Error(`Reused ${reused} of ${ROWS}, performed ${performed}`);
  }
  printBench("rerun", [
    {
      name: `${ROWS} recorded calls, done again`,
      unit: "rows/s",
      value: ROWS / middle.seconds,
      baseline: { name: "the first run, calls of 1 ms", value: ROWS / first.seconds },
    },
    { name: "processor time a row, all threads", unit: "us", value: middle.cpuSeconds * 1e6 / ROWS },
  ]);
} finally {
  await Deno.remove(runsDir, { recursive: true });
}
