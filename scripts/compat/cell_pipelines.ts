import { createHash } from "node:crypto";
import { basename, dirname, join, relative } from "node:path";
import { runProcess } from "../../tests/_process.ts";
import { ROOT } from "../_tree.ts";
import type { Cell } from "./cells.ts";
import type { Installation } from "./installations.ts";

/** Deno before this runs no plugin in a sandbox. */
const SANDBOX_DENO = "2.9.4";

interface Found {
  readonly status: "passed" | "failed" | "refused";
  readonly detail: string;
}

/** Runs the demo and verifies the run; what is found is a digest of the manifests of its stages. */
export async function runDemo({ cli }: Installation, folder: string): Promise<Found> {
  await copyFolder(join(ROOT, "examples/text2sql"), folder);
  const runDir = await runPipeline(cli, folder);
  await Deno.symlink(runDir, join(folder, "run"));
  await runProcess([...cli, "verify", basename(runDir)], { cwd: folder });
  return { status: "passed", detail: `stages ${await stagesDigest(runDir)}, verified` };
}

/**
 * Runs a sample plugin in a sandbox, and then trusted; both have to leave the same rows. Where the cell has no sandbox,
 * the first has to be refused.
 */
export async function runPlugin(
  { cli }: Installation,
  { name, cell, folder }: { readonly name: string; readonly cell: Cell; readonly folder: string },
): Promise<Found> {
  await copyPlugin(name, cell, folder);
  const deno = join(folder, "..", "no-deno");
  await Deno.mkdir(deno, { recursive: true });
  const withDeno = { PATH: `${dirname(Deno.execPath())}:${Deno.env.get("PATH")}` };
  const trust = ["--trust-plugin", name];
  const trusted = await rowsOf(cli, folder, { env: { PATH: deno }, flags: trust });
  const isRefused = cell.runtime === "deno" && isOlder(cell, SANDBOX_DENO);
  const refusals = [
    ...(cell.runtime === "node" ? [await refusalOf(cli, folder, { PATH: deno })] : []),
    ...(isRefused ? [await refusalOf(cli, folder, withDeno)] : []),
  ];
  if (refusals.some((code) => code !== "plugin.no_sandbox")) {
    return { status: "failed", detail: `it is not refused without a sandbox: ${refusals.join()}` };
  }
  if (isRefused) return { status: "refused", detail: `rows ${trusted}, trusted only: plugin.no_sandbox` };
  const sandboxed = await rowsOf(cli, folder, { env: withDeno, flags: [] });
  return sandboxed === trusted
    ? { status: "passed", detail: `rows ${trusted}, in a sandbox and trusted` }
    : { status: "failed", detail: `rows ${sandboxed} in a sandbox, ${trusted} trusted` };
}

interface PluginRun {
  readonly env: Readonly<Record<string, string>>;
  readonly flags: readonly string[];
}

/** A digest of what the stages hold; their manifests name the plugin, whose files differ between runtimes. */
async function rowsOf(cli: readonly string[], folder: string, { env, flags }: PluginRun): Promise<string> {
  const runDir = await runPipeline(cli, folder, { env, flags });
  await runProcess([...cli, "verify", basename(runDir)], { cwd: folder, env });
  const digest = await digestOf(join(runDir, "stages"), (path) => !path.endsWith("manifest.json"));
  await Deno.remove(join(folder, "runs"), { recursive: true });
  return digest;
}

async function refusalOf(cli: readonly string[], folder: string, env: PluginRun["env"]): Promise<string> {
  const options = { cwd: folder, env, mayFail: true };
  const { code, stdout } = await runProcess([...cli, "run", "pipeline.yaml", "--json"], options);
  return code === 0 ? "it ran" : /"code": ?"([a-z_.]+)"/.exec(stdout)?.[1] ?? stdout;
}

async function runPipeline(
  cli: readonly string[],
  folder: string,
  { env = {}, flags = [] }: Partial<PluginRun> = {},
): Promise<string> {
  const { stdout } = await runProcess([...cli, "run", "pipeline.yaml", "--json", ...flags], {
    cwd: folder,
    env,
  });
  const { run_dir, status } = JSON.parse(stdout) as { readonly run_dir: string; readonly status: string };
  if (status !== "done") throw new Error(`The run ended as ${status}`);
  return run_dir;
}

/** A digest of the manifests, which hold the digests of the stages' files. */
function stagesDigest(runDir: string): Promise<string> {
  return digestOf(join(runDir, "stages"), (path) => path.endsWith("manifest.json"));
}

async function digestOf(folder: string, keep: (path: string) => boolean): Promise<string> {
  const paths = (await Array.fromAsync(filesBelow(folder))).filter(keep).sort();
  if (paths.length === 0) throw new Error(`There is nothing in ${folder}`);
  const hash = createHash("sha256");
  for (const path of paths) hash.update(`${relative(folder, path)}\n`).update(await Deno.readFile(path));
  return hash.digest("hex").slice(0, 12);
}

/** Under Node a plugin is what its author would put on npm: one file of JavaScript for each module. */
async function copyPlugin(name: string, { runtime }: Cell, folder: string): Promise<void> {
  const sample = join(ROOT, "examples/plugins", name);
  await copyFolder(sample, folder);
  await Deno.remove(join(folder, "mod_test.ts"));
  const { imports, fastdistill } = JSON.parse(await Deno.readTextFile(join(sample, "deno.json")));
  const own = Object.entries(imports as Readonly<Record<string, string>>).filter(([, to]) =>
    /^\.\//.test(to)
  );
  await Deno.writeTextFile(join(folder, "package.json"), '{ "type": "module" }\n');
  for (const [, target] of own) {
    const bundled = join(folder, target.replace(/\.ts$/, ".js"));
    await runProcess([Deno.execPath(), "bundle", "-q", join(sample, target), "-o", bundled], { cwd: ROOT });
  }
  const mapped = Object.fromEntries(own.map(([key, target]) => [key, target.replace(/\.ts$/, ".js")]));
  await Deno.writeTextFile(join(folder, "deno.json"), JSON.stringify({ imports: mapped, fastdistill }));
  if (runtime === "node") {
    for (const [, target] of own) await Deno.remove(join(folder, target));
  }
}

function isOlder({ version }: Cell, least: string): boolean {
  const [found, wanted] = [version, least].map((text) => text.split(".").map(Number));
  const at = wanted!.findIndex((part, index) => part !== found![index]);
  return at >= 0 && found![at]! < wanted![at]!;
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory, isFile } of Deno.readDir(from)) {
    if (isDirectory && name !== "runs" && name !== ".fastdistill") {
      await copyFolder(join(from, name), join(to, name));
    }
    if (isFile && name !== "fastdistill.lock") await Deno.copyFile(join(from, name), join(to, name));
  }
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* filesBelow(path);
    else yield path;
  }
}
