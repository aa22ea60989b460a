import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  discoverComponents,
  FastDistillError,
  Grants,
  loadPipeline,
  planRun,
  type PluginPolicy,
  Registry,
  type RunEvent,
  runPipeline,
} from "@fastdistill/core";
import { builtinSteps } from "@fastdistill/steps/builtin";
import { stageRows } from "../_run_outputs.ts";
import { BATCH, MODEL, pluginModule, RATE, SOURCE, WORDS } from "./_plugin_sources.ts";

const PIPELINE = `
version: 1
name: sandboxed
seed: 7
providers:
  model: { use: echo_model, with: {} }
steps:
  read: { use: three_words, with: { count: 6 } }
  size: { use: word_size, with: { column: word } }
  total: { use: batch_total, with: {} }
  rate: { use: rate_word, provider: model, with: {}, stage: rated }
`;

const FILES = {
  three_words: SOURCE,
  word_size: WORDS,
  batch_total: BATCH,
  rate_word: RATE,
  echo_model: MODEL,
};
const KINDS = {
  three_words: "step",
  word_size: "step",
  batch_total: "step",
  rate_word: "task",
  echo_model: "provider",
};

interface Project {
  readonly root: string;
  readonly run: (policy?: PluginPolicy) => ReturnType<typeof runPipeline>;
  readonly plan: (policy?: PluginPolicy) => ReturnType<typeof planRun>;
  readonly events: RunEvent[];
}

async function inProject(test: (project: Project) => Promise<void>): Promise<void> {
  const root = await Deno.realPath(await Deno.makeTempDir());
  try {
    const imports = Object.fromEntries(
      Object.entries(KINDS).map(([name, kind]) => [
        `fastdistill-${kind}-${name.replaceAll("_", "-")}`,
        `./plugins/${name}.js`,
      ]),
    );
    const plugins = Object.fromEntries(Object.keys(KINDS).map((name) => [name, { sandbox: true }]));
    await Deno.mkdir(`${root}/plugins`);
    await Deno.writeTextFile(`${root}/deno.json`, JSON.stringify({ imports, fastdistill: { plugins } }));
    await Deno.writeTextFile(`${root}/pipeline.yaml`, PIPELINE);
    for (const [name, source] of Object.entries(FILES)) {
      await Deno.writeTextFile(`${root}/plugins/${name}.js`, pluginModule(source));
    }
    const events: RunEvent[] = [];
    const inputOf = async (plugins: PluginPolicy = {}) => ({
      pipeline: await loadPipeline({ file: `${root}/pipeline.yaml` }),
      registry: new Registry([...builtinSteps, ...await discoverComponents({ from: root, plugins })]),
    });
    await test({
      root,
      events,
      plan: async (policy) => await planRun(await inputOf(policy)),
      run: async (policy) =>
        await runPipeline({
          ...await inputOf(policy),
          runsDir: `${root}/runs`,
          onEvent: (event) => events.push(event),
        }),
    });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("a pipeline of sandboxed components of every kind gives the rows that they would give in process", () =>
  inProject(async ({ root, run, events }) => {
    const summary = await run();
    assertEquals([summary.status, summary.rows], ["done", { read: 6, kept: 6, rejected: {}, failed: {} }]);
    const rows = await stageRows(summary, "rated");
    assertEquals(rows.map(({ word, size, total, rating }) => [word, size, total, rating]), [
      ["word 0", 6, 6, "answer to word 0"],
      ["word 1", 6, 6, "answer to word 1"],
      ["word 2", 6, 6, "answer to word 2"],
      ["word 3", 6, 6, "answer to word 3"],
      ["word 4", 6, 6, "answer to word 4"],
      ["word 5", 6, 6, "answer to word 5"],
    ]);
    assertEquals(summary.plugins?.map(({ name }) => name), Object.keys(FILES).sort());
    for (const { integrity } of summary.plugins!) assertMatch(integrity, /^sha256-[0-9a-f]{64}$/);
    assert(events.some((event) => event.type === "step_log" && event.message === "opened word_size"));
    const lock = JSON.parse(await Deno.readTextFile(`${root}/fastdistill.lock`));
    assertEquals(Object.keys(lock.plugins), Object.keys(FILES).sort());
    assertEquals(lock.plugins.word_size.specifier, "./plugins/word_size.js");
    const again = await run();
    assertEquals([again.run_id, again.effects], [summary.run_id, { performed: 0, reused: 12 }]);
    assertEquals(await stageRows(again, "rated"), rows);
  }));

Deno.test("a changed plugin performs its own effects again, and nothing else", () =>
  inProject(async ({ root, run }) => {
    const before = await run();
    assertEquals(before.effects, { performed: 12, reused: 0 });
    await Deno.writeTextFile(`${root}/plugins/word_size.js`, `${pluginModule(WORDS)}// changed\n`);
    const after = await run();
    assertNotEquals(after.run_id, before.run_id);
    assertEquals(after.effects, { performed: 6, reused: 6 });
  }));

Deno.test("a changed task asks again, a changed provider is asked again, and a changed source costs nothing", () =>
  inProject(async ({ root, run }) => {
    await run();
    const change = async (name: keyof typeof FILES) => {
      await Deno.writeTextFile(`${root}/plugins/${name}.js`, `${pluginModule(FILES[name])}// changed\n`);
      return (await run()).effects;
    };
    assertEquals(await change("three_words"), { performed: 0, reused: 12 });
    assertEquals(await change("rate_word"), { performed: 6, reused: 6 });
    assertEquals(await change("echo_model"), { performed: 6, reused: 6 });
    // The code that was there before finds what it recorded.
    await Deno.writeTextFile(`${root}/plugins/rate_word.js`, pluginModule(RATE));
    await Deno.writeTextFile(`${root}/plugins/echo_model.js`, pluginModule(MODEL));
    assertEquals((await run()).effects, { performed: 0, reused: 12 });
  }));

Deno.test("a plugin that ends its process on one row fails that row, and the run goes on", () =>
  inProject(async ({ root, run, events }) => {
    const bad = WORDS.replace("ROW", `*/ if (row.word === "word 3") process.exit(9); /*`);
    await Deno.writeTextFile(`${root}/plugins/word_size.js`, pluginModule(bad));
    const text = PIPELINE.replace("column: word }", "column: word }, on_error: skip, max_failure_rate: 1");
    await Deno.writeTextFile(`${root}/pipeline.yaml`, text.replace("on_error: skip, ", ""));
    const summary = await run();
    assertEquals([summary.status, summary.rows.kept, summary.rows.failed], ["done", 5, {
      "plugin.crashed": 1,
    }]);
    const failed = events.flatMap((event) => event.type === "row_failed" ? [event.message] : []);
    assertEquals(failed.length, 1);
    assertStringIncludes(failed[0]!, "exit code 9");
    assert(events.some((event) => event.type === "step_log" && event.level === "error"));
  }));

Deno.test("a plugin that declares permissions is refused until they are granted, and again when it changes", () =>
  inProject(async ({ root, plan }) => {
    const file = `${root}/plugins/word_size.js`;
    const declared = WORDS.replace("permissions: {}", 'permissions: { net: ["127.0.0.1:1"], env: ["KEY"] }');
    await Deno.writeTextFile(file, pluginModule(declared));
    const refused = await assertRejects(() => plan(), FastDistillError);
    assertEquals(refused.code, "plugin.not_granted");
    assertStringIncludes(refused.message, "net 127.0.0.1:1; env KEY");
    const asked: string[] = [];
    const ask: PluginPolicy["ask"] = ({ name, declared }) => {
      asked.push(name);
      return Promise.resolve({ net: declared.net ?? [] });
    };
    await plan({ ask });
    await plan();
    assertEquals(asked, ["word_size"]);
    const grant = (await Grants.open(root)).get("word_size");
    assertEquals([grant?.net, grant?.env], [["127.0.0.1:1"], undefined]);
    await Deno.writeTextFile(file, `${pluginModule(declared)}// changed\n`);
    const changed = await assertRejects(() => plan(), FastDistillError);
    assertStringIncludes(changed.message, "its grant is for other code");
    await plan({ allow: new Map([["word_size", "declared"]]) });
  }));

Deno.test("a plugin may take the place of a built-in component where the project says so, and the run records it", () =>
  inProject(async ({ root, plan }) => {
    const config = JSON.parse(await Deno.readTextFile(`${root}/deno.json`));
    config.imports["fastdistill-step-sort"] = "./plugins/sort.js";
    await Deno.writeTextFile(`${root}/deno.json`, JSON.stringify(config));
    await Deno.writeTextFile(`${root}/plugins/sort.js`, pluginModule(WORDS.replaceAll("word_size", "sort")));
    const collision = await assertRejects(() => plan(), FastDistillError);
    assertEquals(collision.code, "registry.duplicate");
    assertStringIncludes(collision.message, "built-in");
    assertStringIncludes(collision.message, `${root}/deno.json ("fastdistill-step-sort")`);
    config.fastdistill.plugins.sort = { sandbox: true, override: true };
    await Deno.writeTextFile(`${root}/deno.json`, JSON.stringify(config));
    await Deno.writeTextFile(`${root}/pipeline.yaml`, PIPELINE.replace("use: word_size", "use: sort"));
    const { steps } = await plan();
    assertEquals(steps.get("size")?.component.plugin?.override, true);
  }));
