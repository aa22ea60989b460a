import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "node:path";
import type { TestOutcome, TestPlan } from "../scripts/compat/run_tests.ts";
import { copyDemo, demoProblem, manifestDigests } from "./_demo.ts";
import { nodeReleases, npmInstall, npmProblem } from "./_node_releases.ts";
import { installTarball } from "./_npm_package.ts";
import { pluginModule, WORDS } from "./plugins/_plugin_sources.ts";
import { runProcess } from "./_process.ts";

const root = join(import.meta.dirname!, "..");
const problem = await npmProblem();
// deno-lint-ignore no-console -- the reason of an ignored test
if (problem) console.warn(`tests/npm_build_test.ts is skipped: ${problem}`);

Deno.test({
  name: "the npm package installs from its tarball and does under Node what it does under Deno",
  ignore: problem !== undefined,
  fn: async (t) => {
    const folder = await Deno.makeTempDir();
    try {
      const { nodes, tsc, typeRoots } = await nodeReleases();
      const consumer = await installTarball(folder);
      await t.step(
        "a consumer's types are checked against the declarations",
        () => checkTypes(consumer, tsc, typeRoots),
      );
      for (const [version, node] of Object.entries(nodes)) {
        await t.step(`Node ${version} imports what Deno imports`, () => compareExports(consumer, node));
        await t.step(`Node ${version} runs the command`, () => compareHelp(consumer, node));
        await t.step(
          `Node ${version} runs a plugin in a sandbox of Deno, and without Deno only where it is trusted`,
          () => runPlugin(join(folder, `plugin-${version}`), consumer, node),
        );
        await t.step(
          `Node ${version} runs a plugin of the examples, in a sandbox and trusted`,
          () => runSample(join(folder, `sample-${version}`), consumer, node),
        );
      }
      await t.step(
        "a plugin that npm installed does the same under each Node and from a clone",
        () => compareInstalled(folder, consumer, Object.values(nodes)),
      );
      await t.step(
        "no hostile plugin succeeds under Node, in a sandbox of Deno or without one",
        () => attackAll(consumer, Object.values(nodes)),
      );
      await t.step(
        "a sandbox is run by the deno of npm too, and by one that a script starts",
        () => findPrograms(join(folder, "programs"), consumer, nodes[22]!),
      );
      // deno-lint-ignore no-console -- the reason of a skipped step
      if (demoProblem()) console.warn(`the demo under Node is skipped: ${demoProblem()}`);
      else {await t.step("the demo leaves the same manifests", () =>
          compareDemo(folder, consumer, Object.values(nodes)));}
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** The export paths of the package, with the name that each has in this workspace. */
async function exportPaths(
  consumer: string,
): Promise<readonly (readonly [npm: string, workspace: string])[]> {
  const text = await Deno.readTextFile(join(consumer, "node_modules/fastdistill/package.json"));
  const { exports } = JSON.parse(text) as { readonly exports: Readonly<Record<string, unknown>> };
  return Object.keys(exports).map((path) => [
    `fastdistill${path.slice(1)}`,
    path === "." ? new URL("../mod.ts", import.meta.url).href : `@fastdistill/${path.slice(2)}`,
  ]);
}

async function compareExports(consumer: string, node: string): Promise<void> {
  const paths = await exportPaths(consumer);
  const program = `
    const found = {};
    for (const path of ${
    JSON.stringify(paths.map(([path]) => path))
  }) found[path] = Object.keys(await import(path));
    console.log(JSON.stringify(found));
  `;
  const { stdout, stderr } = await runProcess([node, "--input-type=module", "--eval", program], {
    cwd: consumer,
  });
  const found = JSON.parse(stdout) as Record<string, string[]>;
  assertEquals(stderr, "");
  for (const [path, name] of paths) {
    const expected = Object.keys(await import(name) as Record<string, unknown>);
    assertEquals(found[path]!.toSorted(), expected.toSorted(), path);
  }
}

/** The declarations hold together, and let a consumer's type error through to the consumer. */
async function checkTypes(consumer: string, tsc: string, typeRoots: string): Promise<void> {
  const good = [
    'import * as fd from "fastdistill";',
    'import { FastDistillError } from "fastdistill/core";',
    "export const library: object = fd;",
    'export const code: string = new FastDistillError("internal.invariant", "text").code;',
  ];
  await Deno.writeTextFile(join(consumer, "good.ts"), good.join("\n"));
  const planted = [...good, "export const planted: number = code;"];
  await Deno.writeTextFile(join(consumer, "planted.ts"), planted.join("\n"));
  const compilerOptions = {
    ...{ module: "nodenext", target: "es2023", lib: ["esnext"], strict: true, noEmit: true, types: ["node"] },
    ...{ typeRoots: [typeRoots], skipLibCheck: false, skipDefaultLibCheck: true },
  };
  const config = { compilerOptions, files: ["good.ts", "planted.ts"] };
  await Deno.writeTextFile(join(consumer, "tsconfig.json"), JSON.stringify(config));
  const { stdout } = await runProcess(["node", tsc], { cwd: consumer, mayFail: true });
  assertEquals(
    stdout.trim(),
    "planted.ts(5,14): error TS2322: Type 'string' is not assignable to type 'number'.",
  );
}

async function compareHelp(consumer: string, node: string): Promise<void> {
  const bin = join(consumer, "node_modules/.bin/fastdistill");
  const underNode = await runProcess([node, bin, "--help"], { cwd: consumer });
  const underDeno = await runProcess([Deno.execPath(), "run", "-A", join(root, "cli.ts"), "--help"], {
    cwd: consumer,
  });
  assertStringIncludes(underNode.stdout, "fastdistill");
  assertEquals(underNode, underDeno);
  const misused = await runProcess([node, bin, "no-such-command"], { cwd: consumer, mayFail: true });
  assertEquals(misused.code, 2);
}

async function runPlugin(project: string, consumer: string, node: string): Promise<void> {
  const bin = join(consumer, "node_modules/.bin/fastdistill");
  await Deno.mkdir(project);
  const files = {
    "deno.json": JSON.stringify({
      imports: { "fastdistill-step-word-size": "./word_size.js" },
      fastdistill: { plugins: { word_size: { sandbox: true } } },
    }),
    "package.json": '{ "type": "module" }',
    "word_size.js": pluginModule(WORDS),
    "pipeline.yaml": `version: 1
name: plugin
steps:
  read: { use: rows, with: { rows: [{ word: be }] } }
  size: { use: word_size, with: { column: word }, stage: sized }
`,
  };
  for (const [path, text] of Object.entries(files)) await Deno.writeTextFile(join(project, path), text);
  const run = (path: string, ...flags: string[]) =>
    runProcess([node, bin, "run", "pipeline.yaml", "--json", ...flags], {
      cwd: project,
      env: { PATH: path },
      mayFail: true,
    });
  const refused = await run(project);
  assertNotEquals(refused.code, 0);
  assertStringIncludes(refused.stdout, "plugin.no_sandbox");
  assertStringIncludes(refused.stdout, "--trust-plugin word_size");
  const sandboxed = await run(dirname(Deno.execPath()));
  assertEquals(
    [sandboxed.code, JSON.parse(sandboxed.stdout).plugins?.[0].name],
    [0, "word_size"],
    sandboxed.stderr,
  );
  const trusted = await run(project, "--trust-plugin", "word_size");
  assertEquals(
    [trusted.code, JSON.parse(trusted.stdout).plugins?.[0].name],
    [0, "word_size"],
    trusted.stderr,
  );
}

/** The attempts of the suite that Deno runs, with the package as the host. */
async function attackAll(consumer: string, nodes: readonly string[]): Promise<void> {
  const files = [join(root, "core/plugin/hostile_plugins_test.ts")];
  const plan: TestPlan = { files, npm: { consumer, tools: join(root, ".cache/node") } };
  await Promise.all(nodes.map(async (node) => {
    const runner = [node, "--experimental-strip-types", "--no-warnings", "scripts/compat/run_tests.ts"];
    const env = { PATH: `${dirname(Deno.execPath())}:${Deno.env.get("PATH")}` };
    const { stdout } = await runProcess([...runner, JSON.stringify(plan)], { cwd: root, env });
    const outcomes = stdout.trim().split("\n").map((line) => JSON.parse(line) as TestOutcome);
    assertEquals(outcomes.flatMap(({ problems }) => problems), []);
    assertEquals(outcomes.map(({ steps }) => steps > 100), [true, false]);
  }));
}

/** Doubles of what npm and version managers install: scripts that start the program as a child of theirs. */
async function findPrograms(folder: string, consumer: string, node: string): Promise<void> {
  const installed = join(consumer, "node_modules/deno");
  for (const path of [join(folder, "old"), join(folder, "empty"), installed]) {
    await Deno.mkdir(path, { recursive: true });
  }
  const script = async (path: string, text: string) => await Deno.writeTextFile(path, text, { mode: 0o755 });
  await script(join(folder, "deno"), `#!/bin/sh\n"${Deno.execPath()}" "$@"\n`);
  await script(join(folder, "old/deno"), `#!/bin/sh\necho '{"path":"/old/deno","version":"2.9.3"}'\n`);
  const program = `
    const { findDenos } = await import("fastdistill/core/runtime");
    console.log(JSON.stringify(await Array.fromAsync(findDenos())));
  `;
  const found = async (...folders: readonly string[]) => {
    const env = { PATH: folders.map((path) => join(folder, path)).join(":") };
    const command = [node, "--input-type=module", "--eval", program];
    return JSON.parse((await runProcess(command, { cwd: consumer, env })).stdout);
  };
  const own = { path: Deno.execPath(), version: Deno.version.deno };
  const old = { path: "/old/deno", version: "2.9.3" };
  assertEquals(await found("empty"), []);
  assertEquals(await found("old", "."), [old, own]);
  const launcher = `require("node:child_process").spawnSync(${
    JSON.stringify(Deno.execPath())
  }, process.argv.slice(2),
    { stdio: "inherit" });`;
  await script(join(installed, "bin.cjs"), launcher);
  assertEquals(await found("empty"), [own]);
  assertEquals(await found("old"), [old, own]);
  await Deno.remove(installed, { recursive: true });
}

/** The plugin as its author would put it on npm: one file of JavaScript. */
async function runSample(project: string, consumer: string, node: string): Promise<void> {
  const bin = join(consumer, "node_modules/.bin/fastdistill");
  const sample = join(root, "examples/plugins/readability");
  await Deno.mkdir(project);
  const bundled = join(project, "readability.js");
  await runProcess([Deno.execPath(), "bundle", "-q", join(sample, "mod.ts"), "-o", bundled], { cwd: root });
  const imports = { "fastdistill-step-readability": "./readability.js" };
  const plugins = { readability: { sandbox: true } };
  await Deno.writeTextFile(join(project, "deno.json"), JSON.stringify({ imports, fastdistill: { plugins } }));
  await Deno.writeTextFile(join(project, "package.json"), '{ "type": "module" }');
  await Deno.copyFile(join(sample, "pipeline.yaml"), join(project, "pipeline.yaml"));
  const run = async (path: string, ...flags: string[]) => {
    const command = [node, bin, "run", "pipeline.yaml", "--json", ...flags];
    const { stdout } = await runProcess(command, { cwd: project, env: { PATH: path } });
    const { rows, plugins } = JSON.parse(stdout);
    return [rows, plugins?.[0].name];
  };
  const rows = { read: 3, kept: 2, rejected: { too_hard: 1 }, failed: {} };
  assertEquals(await run(dirname(Deno.execPath())), [rows, "readability"]);
  assertEquals(await run(project, "--trust-plugin", "readability"), [rows, "readability"]);
}

/** A plugin as its author writes it for npm: it imports the package, and zod. */
const COUNT_WORDS = `import { defineStep, pass } from "fastdistill/core/define";
import { z } from "zod";
import { count } from "./count.js";

export default defineStep({
  kind: "row",
  name: "count_words",
  version: 1,
  summary: "Counts words",
  permissions: {},
  config: z.strictObject({ field: z.string() }),
  columns: ({ field }) => ({ requires: [{ column: field, type: "string" }], adds: { words: "number" } }),
  open: ({ field }) => ({ process: (row) => pass({ ...row, words: count(row[field]) }) }),
});
`;

/** The project's package.json names the plugin; nothing else does. */
async function compareInstalled(folder: string, consumer: string, nodes: readonly string[]): Promise<void> {
  const plugin = join(folder, "count-words");
  await Deno.mkdir(plugin);
  const manifest = {
    name: "fastdistill-step-count-words",
    version: "1.3.0",
    type: "module",
    exports: "./mod.js",
    dependencies: { zod: "^4.6.0" },
    peerDependencies: { fastdistill: "*" },
  };
  await Deno.writeTextFile(join(plugin, "package.json"), JSON.stringify(manifest));
  await Deno.writeTextFile(join(plugin, "mod.js"), COUNT_WORDS);
  await Deno.writeTextFile(
    join(plugin, "count.js"),
    `export const count = (text) => text.split(" ").length;\n`,
  );
  const packed = await runProcess(["npm", "pack", "--json", "--pack-destination", folder], { cwd: plugin });
  await npmInstall(consumer, [join(folder, JSON.parse(packed.stdout)[0].filename)]);
  await Deno.writeTextFile(
    join(consumer, "pipeline.yaml"),
    `version: 1
name: installed
steps:
  read: { use: rows, with: { rows: [{ text: to be or not }] } }
  count: { use: count_words, with: { field: text }, stage: counted }
`,
  );
  const bin = join(consumer, "node_modules/.bin/fastdistill");
  const commands = [...nodes.map((node) => [node, bin]), [
    Deno.execPath(),
    "run",
    "-A",
    join(root, "cli.ts"),
  ]];
  const found: unknown[] = [];
  for (const command of commands) {
    const { stdout } = await runProcess([...command, "run", "pipeline.yaml", "--json"], {
      cwd: consumer,
      env: { PATH: `${dirname(Deno.execPath())}:${Deno.env.get("PATH")}` },
    });
    const { plugins, rows } = JSON.parse(stdout);
    const lock = await Deno.readTextFile(join(consumer, "fastdistill.lock"));
    assertEquals([plugins[0].name, plugins[0].version, rows.kept], ["count_words", "1.3.0", 1]);
    found.push([plugins, lock, await manifestDigests(consumer)]);
    await Deno.remove(join(consumer, "runs"), { recursive: true });
  }
  for (const one of found.slice(1)) assertEquals(one, found[0]);
}

async function compareDemo(folder: string, consumer: string, nodes: readonly string[]): Promise<void> {
  const bin = join(consumer, "node_modules/.bin/fastdistill");
  const commands = [
    [Deno.execPath(), "run", "-A", join(root, "cli.ts")],
    ...nodes.map((node) => [node, bin]),
  ];
  const digests = await Promise.all(commands.map(async (command, index) => {
    const copy = join(folder, `demo${index}`);
    const pipeline = await copyDemo(copy);
    await runProcess([...command, "run", pipeline], { cwd: copy });
    return await manifestDigests(copy);
  }));
  assertNotEquals(digests[0], {});
  for (const found of digests.slice(1)) assertEquals(found, digests[0]);
}
