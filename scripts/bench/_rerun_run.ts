/**
 * Does a run again whose calls are recorded, some times, and prints as JSON what each time took. In a process of its own,
 * as somebody does who runs a pipeline again: what the first run left in memory is no part of it. Arguments: address of the
 * server, folder of the runs, rows, rounds.
 *
 * @module
 */
import { runModel } from "./_model_run.ts";

/** What one round took. */
export interface RerunRound {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

const [baseUrl, runsDir, rows, rounds] = [
  Deno.args[0]!,
  Deno.args[1]!,
  Number(Deno.args[2]),
  Number(Deno.args[3]),
];
const took: RerunRound[] = [];
for (let round = 0; round < rounds; round++) {
  const { summary, seconds, cpuSeconds } = await runModel({ baseUrl, rows, concurrency: 256, runsDir });
  const { performed, reused } = summary.effects;
  if (performed !== 0 || reused !== rows) {
    throw new Error(`Reused ${reused} of ${rows}, performed ${performed}`);
  }
  took.push({ seconds, cpuSeconds });
}
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(took)));
