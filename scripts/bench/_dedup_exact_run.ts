/** Runs `dedup_exact` on five million keys in a process of its own; prints rows a second and megabytes. @module */
import { type RowContext, type RowRunner, sourceRowId, type StepSetup } from "@fastdistill/core";
import dedupExact from "../../steps/dedup/dedup_exact.ts";

const KEYS = 5_000_000;
const MEGABYTE = 2 ** 20;
const SAMPLE_ROWS = 50_000;

const { definition } = dedupExact;
if (definition.kind !== "ordered") throw new TypeError("dedup_exact is an ordered step");
// The step uses nothing of what it is opened with, and of the context of a row only the id.
const runner: RowRunner = await definition.open({ on: "key" }, {} as StepSetup);
// Making ids is the runtime's work: a few are made, and used again.
const ids = Array.from({ length: 1000 }, (_, n) => sourceRowId("rows", n));
let peak = 0;
const since = performance.now();
for (let n = 0; n < KEYS; n++) {
  const outcome = runner.process({ key: `key-${n}` }, { rowId: ids[n % 1000]! } as RowContext);
  if (outcome instanceof Promise || outcome.kind !== "pass") throw new Error(`Row ${n} did not pass`);
  if (n % SAMPLE_ROWS === 0) peak = Math.max(peak, Deno.memoryUsage().rss);
}
const rate = KEYS / ((performance.now() - since) / 1000);
peak = Math.max(peak, Deno.memoryUsage().rss);
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify({ rate, peak_mb: peak / MEGABYTE })));
