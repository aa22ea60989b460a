import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "node:path";
import { type JsrStandIn, startJsrStandIn } from "../scripts/jsr_stand_in/jsr_stand_in.ts";
import { copyDemo, demoProblem, manifestDigests } from "./_demo.ts";
import { nodeReleases, npmProblem } from "./_node_releases.ts";
import { installTarball } from "./_npm_package.ts";
import { comparePlugins, GREETING, type Way } from "./_plugin_ways.ts";
import { type Finished, runProcess } from "./_process.ts";

const root = join(import.meta.dirname!, "..");
const SAMPLE = "examples/plugins/readability";
const MEMBERS = ["core", "providers", "steps", "."];

Deno.test("what is published installs from an empty cache and does what the clone does", async (t) => {
  await using registry = startJsrStandIn();
  const folder = await Deno.makeTempDir();
  try {
    await publishCompat(folder, registry);
    await publishMembers(registry);
    await t.step("the published code is complete and names no stand-in", () => checkPublished(registry));
    const stranger = await strangerIn(folder, registry);
    const remote = [Deno.execPath(), "run", "-A", "jsr:@fastdistill/cli"];
    await t.step("the command runs straight from the registry", () => compareHelp(stranger, remote));
    await t.step("the command runs installed", async () => compareHelp(stranger, await install(stranger)));
    await publishPlugins(stranger);
    await t.step("sandboxed plugins do the same, however the command is started", async () => {
      await comparePlugins(
        stranger.folder,
        await waysOf(stranger, await strangerIn(folder, registry, "elsewhere")),
      );
    });
    await t.step(
      "a new plugin's tests pass with the packages of the registry",
      () => testNewPlugin(stranger),
    );
    // deno-lint-ignore no-console -- the reason of a skipped step
    if (demoProblem()) console.warn(`the demo from the registry is skipped: ${demoProblem()}`);
    else await t.step("the demo leaves the same manifests", () => compareDemo(stranger, remote));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Someone with an empty folder and nothing cached but npm packages. */
interface Stranger {
  readonly folder: string;
  readonly run: (command: readonly string[], cwd?: string) => Promise<Finished>;
}

async function strangerIn(folder: string, registry: JsrStandIn, name = "home"): Promise<Stranger> {
  const { stdout } = await runProcess([Deno.execPath(), "info", "--json"], { cwd: root });
  const { npmCache } = JSON.parse(stdout) as { readonly npmCache: string };
  const home = join(folder, name);
  await Deno.mkdir(join(home, "deno_dir"), { recursive: true });
  await Deno.mkdir(npmCache, { recursive: true });
  await Deno.symlink(npmCache, join(home, "deno_dir/npm"), { type: "dir" });
  const env = {
    JSR_URL: registry.url,
    DENO_DIR: join(home, "deno_dir"),
    PATH: `${dirname(Deno.execPath())}:${Deno.env.get("PATH")}`,
    GREETING: "Hey",
  };
  return { folder: home, run: (command, cwd = home) => runProcess(command, { cwd, env }) };
}

/** The stand-ins for `@std/*` take the place of the genuine packages, which this registry does not have. */
async function publishCompat(folder: string, registry: JsrStandIn): Promise<void> {
  const workspace = join(folder, "compat");
  const { workspace: members, ...config } = await readJson(join(root, "deno.json"));
  const stood = (members as string[]).filter((member) => member.startsWith("./compat/std-"));
  for (const member of stood) {
    const target = join(workspace, member);
    await copySources(join(root, member), target);
    const { publish: _, ...own } = await readJson(join(root, member, "deno.json"));
    await writeJson(join(target, "deno.json"), { ...own, license: "MIT" });
  }
  const { imports, compilerOptions } = config;
  await writeJson(join(workspace, "deno.json"), { workspace: stood, imports, compilerOptions });
  await publish(workspace, registry);
  assertEquals(registry.published().length, stood.length);
}

async function publishMembers(registry: JsrStandIn): Promise<void> {
  const before = registry.published().length;
  for (const member of MEMBERS) await publish(join(root, member), registry);
  const expected = await Promise.all(MEMBERS.map(async (member) => {
    const { name, version } = await readJson(join(root, member, "deno.json"));
    return `${name}@${version}`;
  }));
  assertEquals(registry.published().slice(before), expected);
}

/** Types are checked by `deno check` and by the dry run of a publication, so not a third time here. */
async function publish(folder: string, registry: JsrStandIn): Promise<void> {
  const flags = ["--allow-dirty", "--no-check", "--no-provenance", "--token", "of-the-stand-in"];
  await runProcess([Deno.execPath(), "publish", ...flags], { cwd: folder, env: { JSR_URL: registry.url } });
}

function checkPublished(registry: JsrStandIn): void {
  for (const id of registry.published().filter((it) => it.startsWith("@fastdistill/"))) {
    const paths = registry.paths(id);
    assert(paths.includes("/LICENSE") && paths.includes("/deno.json"), `${id} lacks LICENSE or deno.json`);
    assertEquals(paths.filter((path) => /_test\.|_bench\.|_fixtures|compat\//.test(path)), [], id);
    // What the scaffold writes holds imports of the plugins that it makes, as text.
    for (const path of paths.filter((it) => it.endsWith(".ts") && !it.startsWith("/cli/scaffold/_"))) {
      const code = registry.readText(id, path).replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, "");
      assertEquals(/\bfrom "(?!\.|node:|jsr:|npm:)[^"]*"/.exec(code)?.[0], undefined, `${id}${path}`);
    }
  }
}

async function install(stranger: Stranger): Promise<readonly string[]> {
  const target = ["--root", join(stranger.folder, "installed"), "-n", "fastdistill", "jsr:@fastdistill/cli"];
  await stranger.run([Deno.execPath(), "install", "-g", "-A", ...target]);
  return [join(stranger.folder, "installed/bin/fastdistill")];
}

async function compareHelp(stranger: Stranger, command: readonly string[]): Promise<void> {
  const { stdout } = await stranger.run([...command, "--help"]);
  const clone = await stranger.run([Deno.execPath(), "run", "-A", join(root, "cli.ts"), "--help"]);
  assertStringIncludes(stdout, "fastdistill");
  assertEquals(stdout, clone.stdout);
}

async function compareDemo(stranger: Stranger, remote: readonly string[]): Promise<void> {
  const commands = [[Deno.execPath(), "run", "-A", join(root, "cli.ts")], remote];
  const [clone, published] = await Promise.all(commands.map(async (command, index) => {
    const copy = join(stranger.folder, `demo${index}`);
    await stranger.run([...command, "run", await copyDemo(copy)], copy);
    return await manifestDigests(copy);
  }));
  assertNotEquals(clone, {});
  assertEquals(published, clone);
}

/** A plugin of the examples and one that asks for a permission, published as their authors would. */
async function publishPlugins(stranger: Stranger): Promise<void> {
  const target = join(stranger.folder, "sample");
  await copySources(join(root, SAMPLE), target);
  const { publish: _, ...config } = await readJson(join(target, "deno.json"));
  const flags = ["--allow-dirty", "--no-check", "--no-provenance", "--token", "of-the-stand-in"];
  await writeJson(join(target, "deno.json"), config);
  await stranger.run([Deno.execPath(), "publish", ...flags], target);
  await writeJson(join(target, "deno.json"), { ...config, name: "@fastdistill-examples/greeting" });
  await Deno.writeTextFile(join(target, "mod.ts"), GREETING);
  await stranger.run([Deno.execPath(), "publish", ...flags], target);
}

/** From the registry first; then all others, one of them on a machine that has not fetched anything yet. */
async function waysOf({ folder: home, run }: Stranger, elsewhere: Stranger): Promise<readonly Way[]> {
  const remote = [Deno.execPath(), "run", "-A", "jsr:@fastdistill/cli"];
  const ways: Way[] = [
    { name: "from JSR", command: remote, run },
    { name: "from a clone", command: [Deno.execPath(), "run", "-A", join(root, "cli.ts")], run },
    { name: "installed", command: [join(home, "installed/bin/fastdistill")], run },
    { name: "on another machine", command: remote, run: elsewhere.run },
  ];
  const problem = await npmProblem();
  // deno-lint-ignore no-console -- the reason of what is left out
  if (problem !== undefined) console.warn(`the npm package is left out: ${problem}`);
  if (problem !== undefined) return ways;
  const [{ nodes }, consumer] = [await nodeReleases(), await installTarball(home)];
  const bin = join(consumer, "node_modules/.bin/fastdistill");
  for (const [version, node] of Object.entries(nodes)) {
    ways.push({ name: `npm under Node ${version}`, command: [node, bin], run });
  }
  return ways;
}

/** As an author begins: the repository is made by the installed command, and nothing in it is changed. */
async function testNewPlugin(stranger: Stranger): Promise<void> {
  const installed = join(stranger.folder, "installed/bin/fastdistill");
  await stranger.run([installed, "plugin", "new", "word_tally", "--scope", "acme"]);
  const { stdout } = await stranger.run(
    [Deno.execPath(), "task", "test"],
    join(stranger.folder, "word-tally"),
  );
  assertStringIncludes(stdout, "3 passed | 0 failed");
}

async function copySources(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isFile } of Deno.readDir(from)) {
    if (isFile && !name.endsWith("_test.ts")) await Deno.copyFile(join(from, name), join(to, name));
  }
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await Deno.readTextFile(path)) as Record<string, unknown>;
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await Deno.writeTextFile(path, JSON.stringify(value));
}
