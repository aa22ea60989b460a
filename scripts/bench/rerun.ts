/**
 * How fast a run that was done before is done again: 100,000 recorded calls, answered by the effect store, in another
 * process than the first run. `deno task bench:rerun [--json]`
 *
 * @module
 */
import { printBench } from "./_bench_result.ts";
import { runModel, startModelServer } from "./_model_run.ts";
import type { RerunRound } from "./_rerun_run.ts";

const ROWS = 100_000;
const ROUNDS = 3;

async function again(baseUrl: string, runsDir: string): Promise<readonly RerunRound[]> {
  const script = new URL("./_rerun_run.ts", import.meta.url).pathname;
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, baseUrl, runsDir, String(ROWS), String(ROUNDS)],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("The runs that were to be done again failed");
  return JSON.parse(new TextDecoder().decode(stdout));
}

const runsDir = await Deno.makeTempDir();
try {
  await using server = await startModelServer({ median: 1, sigma: 0, seed: 1 });
  const first = await runModel({ baseUrl: server.baseUrl, rows: ROWS, concurrency: 256, runsDir });
  const rounds = await again(server.baseUrl, runsDir);
  const middle = rounds.toSorted((a, b) => a.seconds - b.seconds)[Math.floor(ROUNDS / 2)]!;
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
