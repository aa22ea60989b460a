import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { discoverComponents, FastDistillError, loadPipeline, Registry, runPipeline } from "@fastdistill/core";
import { builtinSteps } from "@fastdistill/steps/builtin";
import { stageRows } from "../_run_outputs.ts";
import { pluginModule, WORDS } from "./_plugin_sources.ts";

const PIPELINE = `version: 1
name: installed
steps:
  read: { use: rows, with: { rows: [{ word: plum }] } }
  size: { use: word_size, with: { column: word }, stage: sized }
`;
const PLUGIN = "node_modules/@acme/fastdistill-step-word-size";
/** What a plugin may see of the machine, it tells as the word's size. */
const TRIES =
  `const tried = async (work) => { try { return await work(); } catch (error) { return error.name; } };`;

/** A project as npm would leave it: a plugin, a package that it needs, and one that it does not. */
const FILES: Readonly<Record<string, string>> = {
  "pipeline.yaml": PIPELINE,
  "package.json": JSON.stringify({
    dependencies: { "@acme/fastdistill-step-word-size": "^1.0.0", "left": "^1.0.0" },
  }),
  "secret.json": '{ "key": "of-a-test" }',
  [`${PLUGIN}/package.json`]: JSON.stringify({
    name: "@acme/fastdistill-step-word-size",
    version: "1.4.0",
    type: "module",
    exports: { ".": { types: "./mod.d.ts", require: "./mod.cjs", import: "./lib/mod.js" } },
    dependencies: { "word-measure": "^2.0.0", "not-installed": "*" },
  }),
  [`${PLUGIN}/lib/mod.js`]: wordSize("() => measure(row[column])"),
  [`${PLUGIN}/node_modules/word-measure/package.json`]: JSON.stringify({
    name: "word-measure",
    version: "2.0.1",
    main: "index.cjs",
  }),
  [`${PLUGIN}/node_modules/word-measure/index.cjs`]: "exports.measure = (word) => word.length;\n",
  "node_modules/left/package.json": '{ "name": "left", "version": "1.0.0" }',
};

function wordSize(work: string): string {
  const code = pluginModule(WORDS).replace("() => row[column].length", work);
  return `import { measure } from "word-measure";\n${TRIES}\n${code}`;
}

interface Project {
  readonly root: string;
  readonly write: (path: string, text: string) => Promise<void>;
  readonly load: () => ReturnType<Registry["load"]>;
  readonly failure: () => Promise<FastDistillError>;
  readonly run: () => ReturnType<typeof runPipeline>;
}

async function inProject(test: (project: Project) => Promise<void>): Promise<void> {
  const root = await Deno.realPath(await Deno.makeTempDir());
  const write = async (path: string, text: string) => {
    await Deno.mkdir(`${root}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(`${root}/${path}`, text);
  };
  const registry = async () => new Registry([...builtinSteps, ...await discoverComponents({ from: root })]);
  const load = async () => await (await registry()).load("step", "word_size");
  try {
    for (const [path, text] of Object.entries(FILES)) await write(path, text);
    await test({
      root,
      write,
      load,
      failure: () => assertRejects(load, FastDistillError),
      run: async () =>
        await runPipeline({
          pipeline: await loadPipeline({ file: `${root}/pipeline.yaml` }),
          registry: await registry(),
          runsDir: `${root}/runs`,
        }),
    });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("a plugin that package.json names runs from node_modules, with the packages that it needs", () =>
  inProject(async ({ root, run }) => {
    const summary = await run();
    assertEquals((await stageRows(summary, "sized")).map(({ word, size }) => [word, size]), [["plum", 4]]);
    const { plugins } = JSON.parse(await Deno.readTextFile(`${root}/fastdistill.lock`));
    const { specifier, version, integrity } = plugins.word_size;
    assertEquals([specifier, version], ["npm:@acme/fastdistill-step-word-size@^1.0.0", "1.4.0"]);
    assertMatch(integrity, /^sha256-[0-9a-f]{64}$/);
    assertEquals(summary.plugins, [{ name: "word_size", specifier, version, integrity }]);
    assertEquals((await run()).effects, { performed: 0, reused: 1 });
  }));

Deno.test("an installed plugin is refused when a file of it has changed", () =>
  inProject(async ({ write, load, failure }) => {
    await load();
    await write(`${PLUGIN}/lib/data.json`, "{}");
    assertEquals((await failure()).code, "plugin.changed");
  }));

Deno.test("an installed plugin is refused when a package that it needs has changed, until it is granted", () =>
  inProject(async ({ write, load, failure }) => {
    await load();
    await write(`${PLUGIN}/node_modules/word-measure/index.cjs`, "exports.measure = () => 1;\n");
    const { code, hint } = await failure();
    assertEquals(code, "plugin.changed");
    assertStringIncludes(hint!, "fastdistill plugins grant word_size");
  }));

Deno.test("a package that is installed under the name of the host's counts as one of the plugin's", () =>
  inProject(async ({ write, load, failure }) => {
    const manifest = JSON.parse(FILES[`${PLUGIN}/package.json`]!);
    const dependencies = { ...manifest.dependencies, fastdistill: "npm:other@^1.0.0" };
    await write(`${PLUGIN}/package.json`, JSON.stringify({ ...manifest, dependencies }));
    await write("node_modules/fastdistill/package.json", '{ "name": "other", "version": "1.0.0" }');
    await write("node_modules/fastdistill/index.js", "export {};");
    await load();
    await write("node_modules/fastdistill/index.js", "export const changed = true;");
    assertEquals((await failure()).code, "plugin.changed");
  }));

Deno.test("a package that a plugin does not need may change", () =>
  inProject(async ({ write, load }) => {
    const { plugin } = await load();
    await write("node_modules/left/index.js", "export {};");
    assertEquals((await load()).plugin, plugin);
  }));

Deno.test("an installed plugin runs in a sandbox: it reads no file, and imports nothing of the project", () =>
  inProject(async ({ write, run }) => {
    const work = `async () => [
      await tried(() => Deno.readTextFile(new URL("../../../../secret.json", import.meta.url))),
      await tried(() => import(new URL("../../../../secret.json", import.meta.url).href, { with: { type: "json" } })),
      await tried(() => Deno.readTextFile(new URL("../package.json", import.meta.url))),
      await tried(() => fetch("http://127.0.0.1:65000")),
      await tried(() => Deno.env.get("HOME")),
    ].join()`;
    await write(`${PLUGIN}/lib/mod.js`, wordSize(work));
    const summary = await run();
    const [row] = await stageRows(summary, "sized");
    assertEquals(row!.size, "NotCapable,TypeError,NotCapable,NotCapable,NotCapable");
  }));

Deno.test("an installed plugin that is a link to a folder of the workspace is locked anew when it changes", () =>
  inProject(async ({ root, write, load, run }) => {
    await Deno.rename(`${root}/${PLUGIN}`, `${root}/word-size`);
    await Deno.symlink(`${root}/word-size`, `${root}/${PLUGIN}`);
    const dependencies = { "@acme/fastdistill-step-word-size": "file:./word-size" };
    await write("package.json", JSON.stringify({ dependencies }));
    const { plugin } = await load();
    assertEquals(plugin?.specifier, "file:./word-size");
    assertEquals((await stageRows(await run(), "sized"))[0]!.size, 4);
    await write("word-size/lib/mod.js", wordSize("() => 5"));
    assertEquals((await stageRows(await run(), "sized"))[0]!.size, 5);
  }));

Deno.test("an installed plugin with a symbolic link in it is refused", () =>
  inProject(async ({ root, failure }) => {
    await Deno.symlink(`${root}/secret.json`, `${root}/${PLUGIN}/lib/secret.json`);
    const { code, message } = await failure();
    assertEquals(code, "plugin.refused");
    assertStringIncludes(message, "lib/secret.json");
  }));

Deno.test("a plugin that package.json names and that is not installed is an error that says so", () =>
  inProject(async ({ root, failure }) => {
    await Deno.remove(`${root}/${PLUGIN}`, { recursive: true });
    const { code, message, hint } = await failure();
    assertEquals(code, "registry.load_failed");
    assertStringIncludes(message, `"@acme/fastdistill-step-word-size" is not installed`);
    assertStringIncludes(hint!, "npm install");
  }));

Deno.test("what an import map names comes before what package.json names", () =>
  inProject(async ({ root, write }) => {
    await write("deno.json", '{ "imports": { "fastdistill-step-word-size": "jsr:@acme/other@1" } }');
    const entries = await discoverComponents({ from: root });
    assertEquals(entries.map(({ name, plugin }) => [name, plugin?.specifier]), [
      ["word_size", "jsr:@acme/other@1"],
    ]);
  }));
