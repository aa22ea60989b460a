/**
 * What one model call costs this process: 20,000 calls, 1,000 in flight, of a model server double in another process
 * that answers after 50 ms. From the template to the ledger, with recording and events; beside bare `fetch` calls of
 * the same server. `deno task bench:cost_per_call [--json]`
 *
 * @module
 */
import process from "node:process";
import { printBench } from "./_bench_result.ts";
import { runModel, startModelServer } from "./_model_run.ts";

const ROWS = 20_000;
const CONCURRENCY = 1_000;
const ROUNDS = 3;

interface Rates {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
}

async function throughPipeline(baseUrl: string, rows: number): Promise<Rates> {
  const runsDir = await Deno.makeTempDir();
  try {
    const { seconds, cpuSeconds } = await runModel({ baseUrl, rows, concurrency: CONCURRENCY, runsDir });
    return { perSecond: rows / seconds, cpuMicroseconds: cpuSeconds * 1e6 / rows };
  } finally {
    await Deno.remove(runsDir, { recursive: true });
  }
}

/** The same number of calls, as many in flight, with nothing around them. */
async function throughFetch(baseUrl: string, rows: number): Promise<Rates> {
  let next = 0;
  const worker = async () => {
    while (next < rows) {
      const body = JSON.stringify({ messages: [{ role: "user", content: `What of row ${next++}?` }] });
      const headers = { "content-type": "application/json" };
      await (await fetch(`${baseUrl}/chat/completions`, { method: "POST", headers, body })).json();
    }
  };
  const [since, cpuSince] = [performance.now(), process.cpuUsage()];
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  const { user, system } = process.cpuUsage(cpuSince);
  return { perSecond: rows / ((performance.now() - since) / 1_000), cpuMicroseconds: (user + system) / rows };
}

/** The round with the median time. */
function middle(rates: readonly Rates[]): Rates {
  return [...rates].sort((a, b) => a.cpuMicroseconds - b.cpuMicroseconds)[Math.floor(rates.length / 2)]!;
}

await using server = await startModelServer({ median: 50, sigma: 0, seed: 1 });
await throughPipeline(server.baseUrl, 2_000);
const [calls, bare]: [Rates[], Rates[]] = [[], []];
for (let round = 0; round < ROUNDS; round++) {
  calls.push(await throughPipeline(server.baseUrl, ROWS));
  bare.push(await throughFetch(server.baseUrl, ROWS));
}
const [call, fetched] = [middle(calls), middle(bare)];
printBench("cost_per_call", [
  {
    name: "processor time a call, all threads",
    unit: "us",
    value: call.cpuMicroseconds,
    baseline: { name: "bare fetch", value: fetched.cpuMicroseconds },
  },
  {
    name: `calls, ${CONCURRENCY} in flight, 50 ms each`,
    unit: "calls/s",
    value: call.perSecond,
    baseline: { name: "bare fetch", value: fetched.perSecond },
  },
]);
