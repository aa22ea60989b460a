import { type RunSummary, seededRandom } from "@fastdistill/core";
import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import {
  completion,
  type OpenAIServer,
  type ServedRequest,
  startOpenAIServer,
} from "./_servers/openai_server.ts";

const WORKER = fileURLToPath(new URL("./_crash_worker.ts", import.meta.url));
const KILLS = 8;

function startWorker(runsDir: string, { baseUrl }: OpenAIServer): Deno.ChildProcess {
  const args = ["run", "-A", "--no-check", WORKER, runsDir, baseUrl];
  return new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "piped" }).spawn();
}

async function finish(worker: Deno.ChildProcess): Promise<RunSummary> {
  const { code, stdout, stderr } = await worker.output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** What was recorded when a run was killed, and how many requests the server had seen by then. */
interface Remains {
  readonly prompts: ReadonlySet<string>;
  readonly requests: number;
}

async function remainsOf(runsDir: string, server: OpenAIServer): Promise<Remains> {
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(`${runsDir}/effects.sqlite`);
  const check = database.prepare("PRAGMA integrity_check").get() as { integrity_check: string };
  assertEquals(check.integrity_check, "ok");
  const rows = database.prepare("SELECT request FROM effects").all() as { request: string }[];
  database.close();
  const samples = rows.map(({ request }) => JSON.parse(request)).map(({ request, sample }) =>
    `${sample} ${request.messages[0].content}`
  );
  return { prompts: new Set(samples), requests: server.requests.length };
}

function promptOf({ body }: ServedRequest): string {
  return (body.messages as { content: string }[])[0]!.content;
}

async function filesOf(summary: RunSummary): Promise<readonly string[]> {
  const paths = [
    "stages/answers/manifest.json",
    "stages/halves/manifest.json",
    "ledger/unique.jsonl",
    "ledger/halves.jsonl",
    "reports/quality.json",
  ];
  return await Promise.all(paths.map((path) => Deno.readTextFile(`${summary.run_dir}/${path}`)));
}

Deno.test("a run that is killed again and again ends with the bytes of one that never was, and pays for nothing twice", async () => {
  const folder = await Deno.makeTempDir();
  await using server = await startOpenAIServer((request) => {
    const texts = [0, 1].map((sample) => `answer ${sample} to ${promptOf(request)}`);
    return { ...completion(texts.slice(0, Number(request.body.n ?? 1))), latencyMs: 4 };
  });
  try {
    const whole = await finish(startWorker(`${folder}/whole`, server));
    assertEquals(whole.status, "done");
    const random = seededRandom("crash");
    const runsDir = `${folder}/killed`;
    const kept: Remains[] = [];
    let at = server.requests.length;
    for (let kill = 0; kill < KILLS; kill++) {
      at += 1 + random.integer(14);
      const worker = startWorker(runsDir, server);
      const ended = worker.status;
      const isRunning = await Promise.race([server.arrived(at).then(() => true), ended.then(() => false)]);
      if (isRunning) worker.kill("SIGKILL");
      await Promise.all([ended, worker.stdout.cancel(), worker.stderr.cancel()]);
      kept.push(await remainsOf(runsDir, server));
      at = server.requests.length;
    }
    const resumed = await finish(startWorker(runsDir, server));
    assertEquals(resumed.status, "done");
    assertEquals(await filesOf(resumed), await filesOf(whole));
    assert(kept.at(-1)!.prompts.size > 0, "nothing was recorded before a kill");
    for (const { prompts, requests } of kept) {
      for (const request of server.requests.slice(requests)) {
        assert(
          !prompts.has(`0 ${promptOf(request)}`) || !prompts.has(`1 ${promptOf(request)}`),
          promptOf(request),
        );
      }
    }
    assertEquals(resumed.effects.performed + resumed.effects.reused, 200);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
