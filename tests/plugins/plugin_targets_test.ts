import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { startJsrStandIn } from "../../scripts/jsr_stand_in/jsr_stand_in.ts";
import { runProcess } from "../_process.ts";
import { startNpmStandIn } from "../_servers/npm_stand_in.ts";
import { pluginModule, WORDS } from "./_plugin_sources.ts";

const PIPELINE = `version: 1
name: targets
steps:
  read: { use: rows, with: { rows: [{ word: plum }] } }
  size: { use: word_size, with: { column: word }, stage: sized }
`;
/** The plugin takes the work from a module or package beside it. */
const moduleWith = (beside: string) =>
  `import { measure } from "${beside}";\n${
    pluginModule(WORDS).replace("() => row[column].length", "() => measure(row[column])")
  }`;
const measure = (note = "") => `export const measure = (word) => word.length;${note}\n`;

interface Locked {
  readonly specifier: string;
  readonly version?: string;
  readonly integrity: string;
}

interface Target {
  readonly specifier: string;
  readonly version?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Puts other code where the plugin, or what it imports, was. */
  readonly change: () => Promise<void>;
}

interface Found {
  readonly rows?: readonly Readonly<Record<string, unknown>>[];
  readonly plugins?: readonly (Locked & { readonly name: string })[];
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
}

async function inFolder(test: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.writeTextFile(`${root}/pipeline.yaml`, PIPELINE);
    await test(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** Runs the project with nothing of the plugin in the cache, from another folder than the project's. */
async function runFresh(root: string, { env = {} }: Pick<Target, "env">): Promise<Found> {
  const script = fileURLToPath(new URL("_run_project.ts", import.meta.url));
  const cwd = fileURLToPath(new URL("../../", import.meta.url));
  const variables = JSON.stringify({ ...env, DENO_DIR: await Deno.makeTempDir({ dir: root }) });
  const command = [Deno.execPath(), "run", "-A", script, root, variables];
  return JSON.parse((await runProcess(command, { cwd })).stdout) as Found;
}

async function lockOf(root: string): Promise<Locked> {
  return JSON.parse(await Deno.readTextFile(`${root}/fastdistill.lock`)).plugins.word_size as Locked;
}

/** The plugin is found, locked and named by the run; on a machine that fetched nothing it is the same; then it changes. */
async function checkTarget(root: string, target: Target): Promise<Found> {
  const imports = { "fastdistill-step-word-size": target.specifier };
  const fastdistill = { plugins: { word_size: { sandbox: true } } };
  await Deno.writeTextFile(`${root}/deno.json`, JSON.stringify({ imports, fastdistill }));
  const found = await runFresh(root, target);
  assertEquals(found.rows?.map(({ word, size }) => [word, size]), [["plum", 4]], found.message);
  const locked = await lockOf(root);
  assertEquals([locked.specifier, locked.version], [target.specifier, target.version]);
  assertMatch(locked.integrity, /^sha256-[0-9a-f]{64}$/);
  assertEquals(found.plugins, [{ name: "word_size", ...locked }]);
  assertEquals(await runFresh(root, target), found);
  await target.change();
  return await runFresh(root, target);
}

function assertRefused({ code, message, hint }: Found): void {
  assertEquals(code, "plugin.changed", message);
  assertStringIncludes(hint!, "fastdistill plugins grant word_size");
}

Deno.test("a plugin from npm is locked with the bytes of its package and of those that it needs", () =>
  inFolder(async (root) => {
    await using registry = startNpmStandIn();
    const publishMeasure = (note?: string) =>
      registry.publish({
        name: "@acme/word-measure",
        version: "1.0.0",
        manifest: { exports: "./index.js" },
        files: { "index.js": measure(note) },
      });
    await publishMeasure();
    await registry.publish({
      name: "fastdistill-step-word-size",
      version: "1.2.0",
      manifest: { exports: "./mod.js", dependencies: { "@acme/word-measure": "^1.0.0" } },
      files: { "mod.js": moduleWith("@acme/word-measure") },
    });
    await Deno.writeTextFile(`${root}/.npmrc`, `registry=${registry.url}\n`);
    const target = { specifier: "npm:fastdistill-step-word-size@^1", version: "1.2.0" };
    assertRefused(await checkTarget(root, { ...target, change: () => publishMeasure(" // changed") }));
  }));

Deno.test("a registry of npm that the environment names is where a plugin comes from", () =>
  inFolder(async (root) => {
    await using registry = startNpmStandIn();
    const publish = (version: string) =>
      registry.publish({
        name: "@acme/fastdistill-step-word-size",
        version,
        manifest: { exports: "./mod.js" },
        files: { "mod.js": pluginModule(WORDS) },
      });
    await publish("1.0.0");
    const found = await checkTarget(root, {
      specifier: "npm:@acme/fastdistill-step-word-size@^1",
      version: "1.0.0",
      env: { NPM_CONFIG_REGISTRY: registry.url },
      change: () => publish("1.1.0"),
    });
    assertRefused(found);
    assertStringIncludes(found.message!, "locked is 1.0.0, found 1.1.0");
  }));

Deno.test("a plugin from JSR is locked, and another version of it is refused", () =>
  inFolder(async (root) => {
    await using registry = startJsrStandIn();
    const env = { JSR_URL: registry.url };
    const publish = async (version: string) => {
      const folder = await Deno.makeTempDir({ dir: root });
      const config = { name: "@acme/word-size", version, license: "MIT", exports: "./mod.js" };
      await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(config));
      await Deno.writeTextFile(`${folder}/mod.js`, moduleWith("./measure.js"));
      await Deno.writeTextFile(`${folder}/measure.js`, measure());
      const flags = [
        "--allow-dirty",
        "--no-check",
        "--allow-slow-types",
        "--no-provenance",
        "--token",
        "none",
      ];
      await runProcess([Deno.execPath(), "publish", ...flags], { cwd: folder, env });
    };
    await publish("1.0.0");
    const target = { specifier: "jsr:@acme/word-size@^1", version: "1.0.0", env };
    const found = await checkTarget(root, { ...target, change: () => publish("1.0.1") });
    assertRefused(found);
    assertStringIncludes(found.message!, "locked is 1.0.0, found 1.0.1");
  }));

Deno.test("a plugin at an address is locked with the bytes of every module that it imports", () =>
  inFolder(async (root) => {
    const files = { "/a@1.0.0/mod.js": moduleWith("./measure.js"), "/a@1.0.0/measure.js": measure() };
    await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, ({ url }) => {
      const text = files[new URL(url).pathname as keyof typeof files];
      // A header that is never the same again, as servers send many.
      const headers = { "content-type": "text/javascript", "x-request": crypto.randomUUID() };
      return new Response(text, { headers });
    });
    const specifier = `http://127.0.0.1:${server.addr.port}/a@1.0.0/mod.js`;
    const change = () => {
      files["/a@1.0.0/measure.js"] = measure(" // changed");
      return Promise.resolve();
    };
    assertRefused(await checkTarget(root, { specifier, version: "1.0.0", change }));
  }));

Deno.test("a plugin that is a file is locked anew when it changes, since it is code of the project", () =>
  inFolder(async (root) => {
    const write = (note?: string) => Deno.writeTextFile(`${root}/measure.js`, measure(note));
    await write();
    await Deno.writeTextFile(`${root}/word_size.js`, moduleWith("./measure.js"));
    const specifier = "./word_size.js";
    const found = await checkTarget(root, { specifier, change: () => write(" // changed") });
    assertEquals(found.rows?.length, 1, found.message);
    assertEquals(found.plugins, [{ name: "word_size", ...await lockOf(root) }]);
  }));
