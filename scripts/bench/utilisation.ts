/**
 * How close a run comes to an ideal pool: 10,000 calls of a model server double in another process, whose latency is
 * lognormal (median 200 ms, sigma 1), at most 256 in flight. The ideal pool is computed from the same latencies. And
 * whether the output is the same however many calls are in flight. `deno task bench:utilisation [--json]`
 *
 * @module
 */
import { printBench } from "./_bench_result.ts";
import { idealSeconds } from "./_latency.ts";
import { type Measured, runModel, startModelServer } from "./_model_run.ts";

const ROWS = 10_000;
const FEW_ROWS = 200;
const PLACES = 256;
const LATENCY = { median: 200, sigma: 1, seed: 7 };

interface Run extends Measured {
  /** The manifest of the stage, which holds the digests of its rows. */
  readonly manifest: string;
}

await using server = await startModelServer(LATENCY);
await using fast = await startModelServer({ ...LATENCY, median: 5 });

async function run(baseUrl: string, rows: number, concurrency: number): Promise<Run> {
  const runsDir = await Deno.makeTempDir();
  try {
    const measured = await runModel({ baseUrl, rows, concurrency, runsDir });
    const text = await Deno.readTextFile(`${measured.summary.run_dir}/stages/answers/manifest.json`);
    const { merkle_root, parts } = JSON.parse(text);
    return { ...measured, manifest: JSON.stringify([merkle_root, parts]) };
  } finally {
    await Deno.remove(runsDir, { recursive: true });
  }
}

async function areEqual(rows: number, concurrencies: readonly number[]): Promise<boolean> {
  const manifests = new Set<string>();
  for (const concurrency of concurrencies) {
    manifests.add((await run(fast.baseUrl, rows, concurrency)).manifest);
  }
  return manifests.size === 1;
}

// A run whose code is compiled already: the pool that it is compared with costs nothing either.
await run(fast.baseUrl, ROWS, PLACES);
const full = await run(server.baseUrl, ROWS, PLACES);
const ideal = idealSeconds(LATENCY, { rows: ROWS, places: PLACES });
const isSame = await areEqual(FEW_ROWS, [1, 16, PLACES]) && await areEqual(ROWS, [16, PLACES]);
if (!isSame) throw new Error("The output depends on how many calls are in flight");
printBench("utilisation", [
  {
    name: `calls, ${PLACES} in flight, lognormal latency`,
    unit: "calls/s",
    value: ROWS / full.seconds,
    baseline: { name: "the ideal pool", value: ROWS / ideal },
  },
  { name: "processor time a call, all threads", unit: "us", value: full.cpuSeconds * 1e6 / ROWS },
  { name: `output is the same at 1 (${FEW_ROWS} calls), 16 and 256 in flight`, unit: "(1: yes)", value: 1 },
]);
