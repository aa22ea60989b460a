import type { RunSummary } from "@fastdistill/core";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { type CliOptions, runCli, withFiles } from "./_cli.ts";
import { completion, type OpenAIServer, startOpenAIServer } from "./_servers/openai_server.ts";

const PIPELINE = `version: 1
name: tiny
providers:
  teacher:
    use: openai_compatible
    with: { base_url: "http://127.0.0.1:1/v1", model: shout }
budget: { requests: 100 }
steps:
  words: { use: read_jsonl, with: { path: words.jsonl } }
  shout: { use: text_generation, provider: teacher, with: { template: "{{ word }}" } }
  out: { use: write_jsonl, with: { path: out.jsonl, columns: [word, generation] } }
`;
const WORDS = ["one", "two", "three", "four"].map((word) => JSON.stringify({ word })).join("\n");
const FILES = {
  "pipeline.yaml": PIPELINE,
  "words.jsonl": WORDS,
  "overlay.yaml": "steps: { shout: { with: { temperature: 0.5 } } }\n",
};

interface Stopped {
  readonly folder: string;
  readonly server: OpenAIServer;
  readonly cli: (words: readonly string[], options?: CliOptions) => ReturnType<typeof runCli>;
  /** The run that was given up. */
  readonly summary: RunSummary;
  readonly edit: (file: string, from: string, to: string) => Promise<void>;
}

/** A run of three of the rows with an overlay and a setting, given up with one answer recorded. */
async function withStopped(check: (stopped: Stopped) => Promise<void>): Promise<void> {
  let isHanging = true;
  await using server = await startOpenAIServer(({ text, order }) =>
    isHanging && order > 0 ? { failure: "hang" } : completion([text.includes("0.5") ? "WARM" : "COLD"])
  );
  await withFiles(FILES, async (folder) => {
    const cli: Stopped["cli"] = (words, options) =>
      runCli([...words, "--runs-dir", join(folder, "runs")], { folder, ...options });
    const edit: Stopped["edit"] = async (file, from, to) => {
      const text = await Deno.readTextFile(join(folder, file));
      assert(text.includes(from));
      await Deno.writeTextFile(join(folder, file), text.replace(from, to));
    };
    const onReady = (interrupt: () => void) =>
      void server.arrived(3).then(() => {
        interrupt();
        interrupt();
      });
    const { code, stdout } = await cli([
      "run",
      join(folder, "pipeline.yaml"),
      "--set",
      `providers.teacher.with.base_url=${server.baseUrl}`,
      "--overlay",
      join(folder, "overlay.yaml"),
      "--limit",
      "3",
      "--json",
    ], { onReady });
    assertEquals(code, 130);
    isHanging = false;
    await check({ folder, server, cli, summary: JSON.parse(stdout), edit });
  });
}

Deno.test("fastdistill resume goes on with the run, with the layers and flags that it had", () =>
  withStopped(async ({ folder, cli, summary }) => {
    const { code, stdout } = await cli(["resume", "--json"]);
    const resumed = JSON.parse(stdout) as RunSummary;
    assertEquals([code, resumed.run_id, resumed.status], [0, summary.run_id, "done"]);
    assertEquals([resumed.rows.read, resumed.rows.kept, resumed.origin?.limit], [3, 3, 3]);
    const path = join(folder, "runs", resumed.run_id, "exports/out.jsonl");
    assertEquals((await Deno.readTextFile(path)).match(/WARM/g)?.length, 3);
    assertEquals((await cli(["verify", "latest"])).code, 0);
  }));

Deno.test("fastdistill resume goes on with a run whose process died", () =>
  withStopped(async ({ folder, cli, summary }) => {
    await Deno.remove(join(folder, "runs", summary.run_id, "run.json"));
    const { code, stdout } = await cli(["resume", "tiny", "--json"]);
    assertEquals([code, JSON.parse(stdout).run_id], [0, summary.run_id]);
  }));

Deno.test("fastdistill resume says that a complete run is complete, and does nothing", () =>
  withStopped(async ({ cli, server }) => {
    assertEquals((await cli(["resume", "latest"])).code, 0);
    const before = server.requests.length;
    const { code, stdout } = await cli(["resume"]);
    assertEquals([code, server.requests.length], [0, before]);
    assertMatch(
      stdout,
      /^tiny-\w+ done: 3 kept of 3, .*\nThe run is complete: there is nothing to resume\n$/,
    );
  }));

Deno.test("fastdistill resume refuses where pipeline or inputs have changed, and says which", () =>
  withStopped(async ({ cli, summary, edit, server }) => {
    const asked = server.requests.length;
    await edit("pipeline.yaml", "{{ word }}", "Say {{ word }}");
    await edit("words.jsonl", "one", "ten");
    const { code, stderr } = await cli(["resume"]);
    assertEquals([code, server.requests.length], [1, asked]);
    assertStringIncludes(
      stderr,
      `error[run.changed]: Cannot resume ${summary.run_id}: steps.shout.with.template, the input words.jsonl changed`,
    );
  }));

Deno.test("fastdistill resume takes a larger budget, which changes no row", () =>
  withStopped(async ({ cli, summary, edit }) => {
    await edit("pipeline.yaml", "requests: 100", "requests: 200");
    const { code, stdout } = await cli(["resume", "--json"]);
    assertEquals([code, JSON.parse(stdout).run_id], [0, summary.run_id]);
  }));

Deno.test("fastdistill resume refuses where a setting was a secret, which is not on disk", async () => {
  await withFiles(FILES, async (folder) => {
    const runs = ["--runs-dir", join(folder, "runs")];
    const secret = "providers.teacher.with.api_key=a-secret-of-mine";
    const words = ["run", join(folder, "pipeline.yaml"), "--offline", "--set", secret, ...runs];
    const failed = await runCli(words, { folder });
    assertEquals(failed.code === 0, false);
    for await (const { name, isDirectory } of Deno.readDir(join(folder, "runs"))) {
      if (!isDirectory) continue;
      const written = await Deno.readTextFile(join(folder, "runs", name, "invocation.json"));
      assertEquals(written.includes("a-secret-of-mine"), false);
    }
    const { code, stderr } = await runCli(["resume", ...runs], { folder });
    assertEquals(code, 1);
    assertStringIncludes(stderr, "the value of --set providers.teacher.with.api_key was not recorded");
  });
});

Deno.test("fastdistill resume says that a run of a program cannot be resumed, and suggests names", () =>
  withStopped(async ({ folder, cli, summary }) => {
    await Deno.remove(join(folder, "runs", summary.run_id, "invocation.json"));
    const { code, stderr } = await cli(["resume"]);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "error[run.not_resumable]");
    assertStringIncludes((await cli(["resume", "tinny"])).stderr, 'did you mean "tiny"?');
    assertEquals((await cli(["resume", "a", "b"])).code, 2);
  }));
