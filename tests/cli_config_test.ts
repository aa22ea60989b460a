import { parseYaml } from "@fastdistill/core";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { runCli, withFiles } from "./_cli.ts";

const FILES = {
  "pipeline.yaml": `version: 1
name: tiny
variables: { model: small }
providers:
  teacher:
    use: openai_compatible
    with: { base_url: "http://127.0.0.1:1/v1", model: "\${var:model}", api_key: "\${env:KEY_OF_TEST:-none-so-far}" }
steps:
  read: { use: rows, with: { rows: [{ word: one }] } }
  ask: { use: text_generation, provider: teacher, with: { template: "Say {{ word }}" } }
`,
};

const withTiny = (check: (file: string, folder: string) => Promise<void>) =>
  withFiles(FILES, (folder) => check(join(folder, "pipeline.yaml"), folder));

Deno.test("fastdistill config show prints the merged file as it is written, without secrets", () =>
  withTiny(async (file) => {
    const { code, stdout } = await runCli(["config", "show", file, "--set", "seed=3"]);
    assertEquals(code, 0);
    const shown = parseYaml(stdout) as Record<string, unknown>;
    assertEquals([shown.seed, shown.variables], [3, { model: "small" }]);
    assertStringIncludes(stdout, "${var:model}");
    assertStringIncludes(stdout, "${env:KEY_OF_TEST:-[redacted]}");
  }));

Deno.test("fastdistill config show --resolved fills in defaults and variables, and no secret", () =>
  withTiny(async (file) => {
    const { stdout } = await runCli(["config", "show", file, "--resolved", "--json"]);
    const { config, origins } = JSON.parse(stdout);
    assertEquals(config.providers.teacher.with.model, "small");
    assertEquals(config.providers.teacher.limits.attempts, 5);
    assert(!stdout.includes("none-so-far"));
    const of = (path: string) => origins.find((origin: { path: string }) => origin.path === path);
    assertEquals(of("providers.teacher.limits.attempts"), {
      path: "providers.teacher.limits.attempts",
      value: 5,
      layer: "default",
    });
    assertEquals([of("name").layer, of("name").line, of("name").column], ["base", 2, 1]);
  }));

Deno.test("fastdistill config show --origin lists layer, file and line of each value", () =>
  withTiny(async (file, folder) => {
    const { stdout } = await runCli(["config", "show", file, "--origin", "--set", "seed=3"], { folder });
    assertMatch(stdout, /^key +value +layer +from\n/);
    assertMatch(stdout, /\nseed +3 +set +--set\n/);
    assertMatch(stdout, /\nsteps\.read\.with\.rows\.0\.word +"one" +base +pipeline\.yaml:9:39\n/);
  }));

Deno.test("fastdistill config show says what is wrong with a file as run does", () =>
  withFiles({ "pipeline.yaml": "version: 1\nname: x\nsteps: { a: { usee: rows } }\n" }, async (folder) => {
    const { code, stderr } = await runCli(["config", "show", join(folder, "pipeline.yaml")], { folder });
    assertEquals(code, 2);
    assertMatch(stderr, /Unknown key "usee" at steps\.a; did you mean "use"\?\n {2}at pipeline\.yaml:3:15/);
  }));

Deno.test("fastdistill config schema writes a schema with the keys of the components", () =>
  withFiles({}, async (folder) => {
    const file = join(folder, "pipeline.schema.json");
    const { code, stdout } = await runCli(["config", "schema", "--output", file]);
    assertEquals(code, 0);
    assertStringIncludes(stdout, `# yaml-language-server: $schema=${file}`);
    const text = await Deno.readTextFile(file);
    assertEquals(JSON.parse(text).$schema, "https://json-schema.org/draft/2020-12/schema");
    assertStringIncludes(text, "float_tolerance");
    const layer = JSON.parse((await runCli(["config", "schema", "--layer"])).stdout);
    assertEquals([layer.$ref, Object.keys(layer.$defs).includes("pipeline")], ["#/$defs/layer", false]);
  }));

Deno.test("fastdistill config schema locks every plugin of the project, none over another", async () => {
  const names = ["first", "second", "third"];
  const settings = Object.fromEntries(names.map((name) => [name, { sandbox: true }]));
  const imports = Object.fromEntries(names.map((name) => [`fastdistill-step-${name}`, `./${name}.ts`]));
  const moduleOf = (name: string) =>
    `export default { component: "step", definition: {
      name: "${name}", kind: "row", version: 1, summary: "Does nothing", columns: () => ({}),
      config: { "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) } },
      open: () => ({ process: (row: unknown) => ({ kind: "pass", row }) }),
    } };`;
  const files = {
    "deno.json": JSON.stringify({ imports, fastdistill: { plugins: settings } }),
    ...Object.fromEntries(names.map((name) => [`${name}.ts`, moduleOf(name)])),
  };
  await withFiles(files, async (folder) => {
    const { code, stderr } = await runCli(["config", "schema", "--config", join(folder, "deno.json")]);
    assertEquals([code, stderr], [0, ""]);
    const { plugins } = JSON.parse(await Deno.readTextFile(join(folder, "fastdistill.lock")));
    assertEquals(Object.keys(plugins), names);
  });
});

Deno.test("fastdistill config template writes YAML that is a pipeline, and names what it does not know", async () => {
  const { stdout } = await runCli(["config", "template", "pipeline"]);
  await withFiles({ "pipeline.yaml": stdout, "questions.jsonl": '{"question":"a"}\n' }, async (folder) => {
    const { code, stderr } = await runCli(["validate", join(folder, "pipeline.yaml")]);
    assertEquals([code, stderr], [0, ""]);
  });
  const required = (await runCli(["config", "template", "dedup_exact"])).stdout;
  assertEquals((parseYaml(required) as { steps: unknown }).steps, {
    my_step: { use: "dedup_exact", with: { on: "..." } },
  });
  const step = (await runCli(["config", "template", "sql_exec"])).stdout;
  assertEquals((parseYaml(step) as { steps: unknown }).steps, { my_step: { use: "sql_exec" } });
  assertMatch(step, /\n {6}# database: "\.\.\."\n/);
  assertMatch(step, /\n {6}# Milliseconds that one query may take .*\n {6}# timeout_ms: 2000\n/);
  const { code, stderr } = await runCli(["config", "template", "sql_exek"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, 'No component is named "sql_exek"; did you mean "sql_exec"?');
});
