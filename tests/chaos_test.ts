import {
  loadPipeline,
  Registry,
  type RunOptions,
  runPipeline,
  type RunSummary,
  startRun,
  verifyRun,
} from "@fastdistill/core";
import { builtinProviders } from "@fastdistill/providers/builtin";
import { builtinSteps } from "@fastdistill/steps/builtin";
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { chaos, promptOf, type Trouble, TROUBLES } from "./_chaos_script.ts";
import { withFiles } from "./_cli.ts";
import { runText, stageRows } from "./_run_outputs.ts";
import { deterministic, failure, type ServedRequest, startOpenAIServer } from "./_servers/openai_server.ts";

const SAMPLES = 2;
const SEED = 40;
const CONCURRENCY = 12;
const DEADLINE_MS = 120_000;
const DOOMS = Object.keys(TROUBLES) as Trouble[];

/** Time for an answer in chaos, and once all is well: then a busy machine must not look like a failure. */
const TIMEOUT_MS = { chaos: 500, healthy: 60_000 };

const pipelineFor = ({ baseUrl, timeoutMs, isAdaptive }: RunPlace) =>
  `version: 1
name: chaos
providers:
  teacher:
    use: openai_compatible
    with: { base_url: "${baseUrl}", model: double, api_key: none }
    limits: { concurrency: ${CONCURRENCY}, attempts: 3, adaptive: ${isAdaptive}, timeout_ms: ${timeoutMs} }
steps:
  read: { use: read_jsonl, with: { path: rows.jsonl } }
  ask:
    use: text_generation
    provider: teacher
    with: { template: "{{ question }}", n: ${SAMPLES}, seed: ${SEED} }
    max_failure_rate: 1
    stage: answers
`;

/** Every third row is doomed, to one trouble after the other. */
function questionFile(rows: number): string {
  const doom = (n: number) => n % 3 === 0 ? ` doomed to ${DOOMS[(n / 3) % DOOMS.length]}` : "";
  return Array.from(
    { length: rows },
    (_, n) => `${JSON.stringify({ question: `question ${n}${doom(n)}` })}\n`,
  )
    .join("");
}

interface RunPlace {
  readonly folder: string;
  readonly runs: string;
  readonly baseUrl: string;
  readonly timeoutMs: number;
  readonly isAdaptive: boolean;
}

async function optionsOf(place: RunPlace): Promise<RunOptions> {
  const { folder, runs } = place;
  const file = join(folder, "pipeline.yaml");
  await Deno.writeTextFile(file, pipelineFor(place));
  const registry = new Registry([...builtinProviders, ...builtinSteps]);
  return { pipeline: await loadPipeline({ file }), registry, runsDir: join(folder, runs) };
}

/** Gives what a run comes to, and breaks off when it does not end by itself. */
async function endOf(result: Promise<RunSummary>): Promise<RunSummary> {
  const ended = new AbortController();
  const deadline = wait(DEADLINE_MS, undefined, { signal: ended.signal }).then(() => {
    throw new Error("The run did not end by itself");
  });
  try {
    const summary = await Promise.race([result, deadline]);
    assertEquals((await verifyRun(summary.run_dir)).problems, []);
    return summary;
  } finally {
    ended.abort();
    await deadline.catch(() => {});
  }
}

interface LedgerLine {
  readonly row_id: string;
  readonly state: string;
  readonly code?: string;
  readonly attempts?: number;
}

async function ledgerOf(summary: RunSummary): Promise<readonly LedgerLine[]> {
  const paths = summary.files.filter(({ role }) => role === "ledger").map(({ path }) => path);
  const texts = await Promise.all(paths.map((path) => runText(summary, path)));
  return texts.join("").trimEnd().split("\n").map((line) => JSON.parse(line));
}

/** `sample prompt` of everything that is recorded in a folder of runs. */
async function recordedIn(runsDir: string): Promise<ReadonlySet<string>> {
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(join(runsDir, "effects.sqlite"));
  const rows = database.prepare("SELECT request FROM effects").all() as { request: string }[];
  database.close();
  const samples = rows.map(({ request }) => JSON.parse(request));
  return new Set(samples.map(({ request, sample }) => `${sample} ${request.messages[0].content}`));
}

/** `sample prompt` of everything that a request asks for. */
function askedBy(request: ServedRequest): readonly string[] {
  const { seed, n = 1 } = request.body;
  return Array.from({ length: Number(n) }, (_, at) => `${Number(seed) - SEED + at} ${promptOf(request)}`);
}

/** Collects promises that were rejected and that nobody waited for. */
function watchRejections(): Disposable & { readonly seen: readonly unknown[] } {
  const seen: unknown[] = [];
  const note = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    seen.push(event.reason);
  };
  globalThis.addEventListener("unhandledrejection", note);
  return { seen, [Symbol.dispose]: () => globalThis.removeEventListener("unhandledrejection", note) };
}

function checkLedger(summary: RunSummary, ledger: readonly LedgerLine[]): void {
  assertEquals(ledger.length, summary.rows.read * SAMPLES);
  assertEquals(new Set(ledger.map(({ row_id }) => row_id)).size, ledger.length);
  const failed = ledger.filter(({ state }) => state === "failed");
  assert(ledger.every(({ state }) => state === "kept" || state === "failed"));
  assert(failed.every(({ code }) => code?.startsWith("provider.")), "a row failed without a reason");
  assertEquals(ledger.length - failed.length, summary.rows.kept);
  const counts = Object.groupBy(failed, ({ code }) => code!);
  const expected = Object.entries(counts).map(([code, lines]) => [code, lines!.length]);
  assertEquals(Object.entries(summary.rows.failed).sort(), expected.sort());
}

async function checkDoomed(summary: RunSummary): Promise<void> {
  const failures = (await runText(summary, "failures.jsonl")).trimEnd().split("\n").map((line) =>
    JSON.parse(line)
  );
  const codes = new Map<string, Set<string>>();
  for (const { code, row } of failures) {
    const doom = String(row.question).match(/ doomed to (\w+)/)?.[1] as Trouble | undefined;
    // A busy machine may make any call late, besides its doom.
    if (doom === undefined || code === "provider.timeout" && TROUBLES[doom] !== code) continue;
    codes.set(doom, (codes.get(doom) ?? new Set()).add(code));
  }
  assertEquals(
    Object.fromEntries(DOOMS.map((doom) => [doom, [...codes.get(doom) ?? []]])),
    Object.fromEntries(DOOMS.map((doom) => [doom, [TROUBLES[doom]]])),
  );
}

const SANITIZED = { sanitizeOps: true, sanitizeResources: true, sanitizeExit: true };

for (const [isAdaptive, rows] of [[false, 120], [true, 45]] as const) {
  const limiter = isAdaptive ? "adaptive" : "fixed";
  Deno.test({
    ...SANITIZED,
    name:
      `a run over an endpoint in chaos settles every row, and the next asks for the rest (${limiter} limit)`,
    fn: () => withFiles({ "rows.jsonl": questionFile(rows) }, (folder) => surviveChaos(folder, isAdaptive)),
  });
}

async function surviveChaos(folder: string, isAdaptive: boolean): Promise<void> {
  using rejections = watchRejections();
  let script = chaos("first");
  await using server = await startOpenAIServer((request) => script(request));
  const { baseUrl } = server;
  const run = async (runs: string, timeoutMs: number) =>
    await endOf(runPipeline(await optionsOf({ folder, runs, baseUrl, timeoutMs, isAdaptive })));
  const first = await run("runs", TIMEOUT_MS.chaos);
  assertEquals([first.status, first.partial, first.error], ["done", false, undefined]);
  checkLedger(first, await ledgerOf(first));
  await checkDoomed(first);
  const samples = first.rows.read * SAMPLES;
  const recorded = await recordedIn(join(folder, "runs"));
  assertEquals(recorded.size, first.rows.kept);
  assert(first.rows.kept > samples / 3, `only ${first.rows.kept} of ${samples} rows were kept`);

  script = deterministic;
  const asked = server.requests.length;
  const second = await run("runs", TIMEOUT_MS.healthy);
  assertEquals([second.run_id, second.status, second.rows.failed], [first.run_id, "done", {}]);
  assertEquals(second.calls, { performed: samples - recorded.size, reused: recorded.size });
  const again = server.requests.slice(asked).flatMap(askedBy);
  assertEquals(again.filter((sample) => recorded.has(sample)), []);
  assertEquals(again.length, samples - recorded.size);

  const whole = await run("whole", TIMEOUT_MS.healthy);
  assertEquals(await stageRows(second, "answers"), await stageRows(whole, "answers"));
  for (const path of ["stages/answers/manifest.json", "ledger/ask.jsonl", "reports/quality.json"]) {
    assertEquals(await runText(second, path), await runText(whole, path));
  }
  assertEquals(rejections.seen, []);
}

Deno.test({
  ...SANITIZED,
  name:
    "a run that is given up while its endpoint asks for long waits ends at once, and leaves no timer behind",
  fn: async () => {
    using rejections = watchRejections();
    await withFiles({ "rows.jsonl": questionFile(45) }, async (folder) => {
      await using server = await startOpenAIServer(() =>
        failure(429, "slow down", { headers: { "retry-after": "50" } })
      );
      const place = {
        folder,
        runs: "runs",
        baseUrl: server.baseUrl,
        timeoutMs: TIMEOUT_MS.healthy,
        isAdaptive: true,
      };
      const waiting = Promise.withResolvers<void>();
      let refused = 0;
      const onEvent: RunOptions["onEvent"] = ({ type }) => {
        if (type === "call_retried" && ++refused === CONCURRENCY) waiting.resolve();
      };
      const handle = await startRun({ ...await optionsOf(place), onEvent });
      await waiting.promise;
      // By the time that this is answered, a call that must not be made would have arrived.
      await (await fetch(server.baseUrl)).body?.cancel();
      handle.abort();
      const summary = await endOf(handle.result);
      assertEquals([summary.status, summary.rows.kept, summary.rows.failed], ["interrupted", 0, {}]);
      assertEquals(server.requests.length, CONCURRENCY + 1);
    });
    assertEquals(rejections.seen, []);
  },
});
