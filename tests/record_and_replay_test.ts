import { discoverComponents, loadPipeline, Registry, runPipeline, type RunSummary } from "@fastdistill/core";
import { builtinProviders } from "@fastdistill/providers";
import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { byAttempt, deterministic, failure, startOpenAIServer } from "./_servers/openai_server.ts";

const KEY = "no-known-vendor-9876543210";

const QUESTIONS = `
import { defineStep } from "@fastdistill/core";
import { z } from "zod";
export default defineStep({
  kind: "source",
  name: "questions",
  version: 1,
  summary: "Some questions",
  config: z.strictObject({ count: z.int() }),
  inspect: () => Promise.resolve({ columns: { question: "string" } }),
  columns: () => ({ adds: { question: "string" } }),
  open: ({ count }) => ({
    rows: async function* () {
      for (let n = 0; n < count; n++) yield { question: "Question " + n };
    },
  }),
});
`;

const ASK = `
import { defineTask } from "@fastdistill/core";
import { z } from "zod";
export default defineTask({
  name: "ask_it",
  version: 1,
  promptVersion: 1,
  summary: "Asks the question",
  config: z.strictObject({}),
  columns: () => ({ requires: [{ column: "question", type: "string" }], adds: { answer: "string" } }),
  open: () => ({
    prompt: (row) => ({ messages: [{ role: "user", content: row.question }] }),
    parse: (text) => ({ answer: text }),
  }),
});
`;

function pipelineOf(provider: string): string {
  return `version: 1
name: recorded
providers:
  teacher: ${provider}
steps:
  questions: { use: questions, with: { count: 12 } }
  ask: { use: ask_it, provider: teacher, with: { n: 3, seed: 5 }, stage: out }
`;
}

async function inProject(test: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  const imports = {
    "fastdistill-step-questions": "./questions.ts",
    "fastdistill-task-ask-it": "./ask_it.ts",
  };
  try {
    await Deno.writeTextFile(`${root}/deno.json`, JSON.stringify({ imports }));
    await Deno.writeTextFile(`${root}/questions.ts`, QUESTIONS);
    await Deno.writeTextFile(`${root}/ask_it.ts`, ASK);
    await test(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function run(
  root: string,
  { provider, runs, set = [] }: {
    readonly provider: string;
    readonly runs: string;
    readonly set?: readonly string[];
  },
): Promise<RunSummary> {
  await Deno.writeTextFile(`${root}/pipeline.yaml`, pipelineOf(provider));
  const env = (name: string) => name === "TEST_KEY" ? KEY : undefined;
  const pipeline = await loadPipeline({ file: `${root}/pipeline.yaml`, set, readEnv: env });
  const registry = new Registry([...builtinProviders, ...await discoverComponents({ from: root })]);
  return await runPipeline({ pipeline, registry, runsDir: `${root}/${runs}`, env });
}

async function outOf({ run_dir }: RunSummary): Promise<string> {
  return await Deno.readTextFile(`${run_dir}/stages/out/part-00000.jsonl`);
}

async function everyFileBelow(folder: string): Promise<string> {
  const texts: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    texts.push(
      isDirectory ? await everyFileBelow(path) : new TextDecoder().decode(await Deno.readFile(path)),
    );
  }
  return texts.join("\n");
}

Deno.test("runPipeline() records what an endpoint answered, and replays it without the endpoint to the same rows", () =>
  inProject(async (root) => {
    await using server = await startOpenAIServer(
      byAttempt(failure(503, "busy", { headers: { "retry-after-ms": "1" } }), deterministic),
    );
    const live = `{ use: openai_compatible, record: teacher.jsonl, with: { base_url: "${server.baseUrl}", ` +
      `model: tiny, api_key: "\${env:TEST_KEY}", max_choices: 2 } }`;
    const first = await run(root, { provider: live, runs: "live" });
    assertEquals([first.status, first.rows.kept], ["done", 36]);
    assertEquals(server.requests[0]!.headers.authorization, `Bearer ${KEY}`);
    // Two calls for three samples of 12 questions, each answered at its second attempt.
    assertEquals(server.requests.length, 12 * 2 * 2);

    const asked = server.requests.length;
    const replay = "{ use: replay, with: { recording: teacher.jsonl } }";
    const second = await run(root, { provider: replay, runs: "replayed" });
    assertEquals([second.status, second.rows.kept, server.requests.length], ["done", 36, asked]);
    assertEquals(await outOf(second), await outOf(first));
    assertNotEquals(await outOf(second), "");
    assertEquals((await everyFileBelow(root)).includes(KEY), false);
  }));

Deno.test("runPipeline() fails the replayed rows whose request was changed, and says how", () =>
  inProject(async (root) => {
    await using server = await startOpenAIServer();
    const live =
      `{ use: openai_compatible, record: teacher.jsonl, with: { base_url: "${server.baseUrl}", model: tiny } }`;
    await run(root, { provider: live, runs: "live" });
    const replay = "{ use: replay, with: { recording: teacher.jsonl } }";
    const changed = await run(root, {
      provider: replay,
      runs: "replayed",
      set: ["steps.ask.with.temperature=0.3"],
    });
    assertEquals(changed.rows.kept, 0);
    assertEquals(Object.keys(changed.rows.failed), ["provider.recording_missing"]);
    assertStringIncludes(await everyFileBelow(changed.run_dir), "temperature (none recorded, 0.3 asked)");
  }));
