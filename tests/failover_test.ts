import {
  definePipeline,
  type LoadedPipeline,
  Registry,
  runPipeline,
  type RunSummary,
  seededRandom,
  stepSpec,
} from "@fastdistill/core";
import { builtinProviders } from "@fastdistill/providers/builtin";
import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { askTask, inFolder, rowsStep, stageRows } from "../core/run/_run_double.ts";
import { FAILOVER_ROWS } from "./_failover_worker.ts";
import {
  completion,
  failure,
  type OpenAIServer,
  type Reply,
  type Script,
  type ServedRequest,
  startOpenAIServer,
} from "./_servers/openai_server.ts";

const WORKER = fileURLToPath(new URL("./_failover_worker.ts", import.meta.url));
const ROWS = 60;
const KILLS = 5;

function promptOf({ body }: ServedRequest): string {
  return (body.messages as { content: string }[])[0]!.content;
}

/** The same answer from every server, a little later. */
function answer(request: ServedRequest): Reply {
  return { ...completion([`answer to ${promptOf(request)}`]), latencyMs: 3 };
}

type Provider = NonNullable<Parameters<typeof definePipeline<"main" | "other">>[0]["providers"]>["main"];

function pipelineOf(main: Omit<Provider, "use">, other?: OpenAIServer): LoadedPipeline {
  return definePipeline<"main" | "other">({
    name: "failover",
    providers: {
      main: { use: "openai_compatible", ...main },
      other: {
        use: "openai_compatible",
        with: { base_url: other?.baseUrl ?? "http://127.0.0.1:9/v1", model: "small" },
        limits: { attempts: 2 },
      },
    },
  })
    .step("read", rowsStep(Array.from({ length: ROWS }, (_, n) => ({ n, prompt: `question ${n}` }))))
    .step("ask", stepSpec(askTask, { max_tokens: 50 }), { provider: "main", stage: "answers" })
    .build();
}

const KEYS: Readonly<Record<string, string>> = {
  KEY_1: "sk-one-1111",
  KEY_2: "sk-two-2222",
  KEY_3: "sk-three-3",
};

async function runIn(runsDir: string, pipeline: LoadedPipeline): Promise<RunSummary> {
  const registry = new Registry(builtinProviders);
  return await runPipeline({ pipeline, registry, runsDir, env: (name) => KEYS[name] });
}

function keysSeen({ requests }: OpenAIServer): ReadonlySet<string> {
  return new Set(requests.map(({ headers }) => String(headers.authorization)));
}

Deno.test("calls are spread over servers and keys, and neither decides on what is recorded", () =>
  inFolder(async (folder) => {
    await using one = await startOpenAIServer(answer);
    await using two = await startOpenAIServer(answer);
    const deployments = [
      { with: { base_url: one.baseUrl, api_key_env: "KEY_1" } },
      { with: { base_url: one.baseUrl, api_key_env: "KEY_2" } },
      { with: { base_url: two.baseUrl, api_key_env: "KEY_3" }, limits: { concurrency: 2 } },
    ];
    const shared = { with: { model: "large" }, limits: { concurrency: 4 }, endpoint_id: "large" };
    const first = await runIn(folder, pipelineOf({ ...shared, deployments }));
    assertEquals([first.status, first.calls.performed], ["done", ROWS]);
    assertEquals(keysSeen(one), new Set(["Bearer sk-one-1111", "Bearer sk-two-2222"]));
    assertEquals(keysSeen(two), new Set(["Bearer sk-three-3"]));
    assertEquals(one.requests.length + two.requests.length, ROWS);
    assert(one.inFlightMax() > 4, "Each key has a limit of its own");
    for (const other of [deployments.toReversed(), deployments.slice(2)]) {
      const again = await runIn(folder, pipelineOf({ ...shared, deployments: other }));
      assertEquals([again.run_id, again.calls], [first.run_id, { performed: 0, reused: ROWS }]);
    }
    for await (const file of Deno.readDir(folder)) {
      if (!file.isFile) continue;
      const bytes = new TextDecoder("latin1").decode(await Deno.readFile(`${folder}/${file.name}`));
      for (const key of Object.values(KEYS)) assert(!bytes.includes(key), `${file.name} holds a key`);
    }
  }));

Deno.test("a call goes to another deployment than the one that just failed, and a dead one is left out", () =>
  inFolder(async (folder) => {
    await using good = await startOpenAIServer(answer);
    await using bad = await startOpenAIServer(() => ({ failure: "reset" }));
    const deployments = [bad, good].map(({ baseUrl }) => ({ with: { base_url: baseUrl } }));
    const limits = { concurrency: 4, attempts: 2 };
    const { status, rows } = await runIn(
      folder,
      pipelineOf({ with: { model: "large" }, deployments, limits }),
    );
    assertEquals([status, rows.kept], ["done", ROWS]);
    assertEquals(good.requests.length, ROWS);
    assert(
      bad.requests.length >= 5 && bad.requests.length < 20,
      `${bad.requests.length} calls of a dead server`,
    );
  }));

Deno.test("a fallback gives the rows that it gives when asked directly, while the provider cannot be reached", () =>
  inFolder(async (folder) => {
    await using other = await startOpenAIServer(answer);
    await using gone = await startOpenAIServer(() => ({ failure: "reset" }));
    const main = {
      with: { base_url: gone.baseUrl, model: "large" },
      limits: { attempts: 2 },
      fallback: ["other"],
    };
    const run = await runIn(folder, pipelineOf(main, other));
    assertEquals([run.status, run.rows.kept, run.fallbacks], ["done", ROWS, { ask: ROWS }]);
    const small = { with: { base_url: other.baseUrl, model: "small" } };
    const direct = await runIn(`${folder}/direct`, pipelineOf(small, other));
    assertEquals(await stageRows(run, "answers"), await stageRows(direct, "answers"));
  }));

Deno.test("a provider that dies in the middle of a run is stood in for", () =>
  inFolder(async (folder) => {
    await using other = await startOpenAIServer(answer);
    let asked = 0;
    const dying: Script = (request) => ++asked <= 20 ? answer(request) : failure(503, "Down for maintenance");
    await using main = await startOpenAIServer(dying);
    const run = await runIn(
      folder,
      pipelineOf({
        with: { base_url: main.baseUrl, model: "large" },
        limits: { concurrency: 4, attempts: 2 },
        fallback: ["other"],
      }, other),
    );
    assertEquals([run.status, run.rows.kept, run.fallbacks], ["done", ROWS, { ask: ROWS - 20 }]);
  }));

function startWorker(runsDir: string, main: OpenAIServer, other: OpenAIServer): Deno.ChildProcess {
  const args = ["run", "-A", "--no-check", WORKER, runsDir, main.baseUrl, other.baseUrl];
  return new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "piped" }).spawn();
}

async function finish(worker: Deno.ChildProcess): Promise<RunSummary> {
  const { code, stdout, stderr } = await worker.output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("a run with fallbacks that is killed again and again ends with the bytes of one that never was", () =>
  inFolder(async (folder) => {
    // Which requests fail depends on the request alone, so that both runs are asked for the same.
    const fails = (request: ServedRequest) => Number(promptOf(request).split(" ")[1]) % 3 === 0;
    await using main = await startOpenAIServer((request) =>
      fails(request) ? { body: "no JSON", latencyMs: 2 } : { ...completion(["large"]), latencyMs: 4 }
    );
    await using other = await startOpenAIServer(answer);
    const whole = await finish(startWorker(`${folder}/whole`, main, other));
    const fallen = Math.ceil(FAILOVER_ROWS / 3);
    assertEquals([whole.status, whole.fallbacks], ["done", { ask: fallen }]);
    const random = seededRandom("failover");
    const runsDir = `${folder}/killed`;
    for (let kill = 0; kill < KILLS; kill++) {
      const worker = startWorker(runsDir, main, other);
      const ended = worker.status;
      const at = main.requests.length + 1 + random.integer(20);
      const isRunning = await Promise.race([main.arrived(at).then(() => true), ended.then(() => false)]);
      if (isRunning) worker.kill("SIGKILL");
      await Promise.all([ended, worker.stdout.cancel(), worker.stderr.cancel()]);
    }
    const resumed = await finish(startWorker(runsDir, main, other));
    assertEquals([resumed.status, resumed.fallbacks], ["done", { ask: fallen }]);
    for (const path of ["stages/answers/manifest.json", "stages/answers/part-00000.jsonl"]) {
      const [a, b] = await Promise.all(
        [whole, resumed].map(({ run_dir }) => Deno.readTextFile(`${run_dir}/${path}`)),
      );
      assertEquals(a, b);
    }
  }));
