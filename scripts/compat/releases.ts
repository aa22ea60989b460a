import { join } from "node:path";
import { isAbsolute } from "node:path";
import { ROOT } from "../_tree.ts";

/** How a program ended. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where a program runs. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program to its end, without the variables that npm and npx set for what they start. */
export async function run(
  command: readonly string[],
  { cwd = ROOT, env }: RunOptions = {},
): Promise<Finished> {
  const inherited = Object.entries(Deno.env.toObject()).filter(([name]) => !/^npm_/i.test(name));
  const { code, stdout, stderr } = await new Deno.Command(command[0]!, {
    args: command.slice(1),
    cwd,
    clearEnv: true,
    env: { ...Object.fromEntries(inherited), NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...env },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** The same. @throws {Error} with all that it wrote, when it ends with another code than 0 */
export async function runOrThrow(command: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const done = await run(command, options);
  if (done.code === 0) return done;
  throw new Error(`${command.slice(0, 3).join(" ")} ended with ${done.code}:\n${done.stdout}${done.stderr}`);
}

/** Installs packages of npm into a folder, from npm's cache as far as it goes, without their scripts. */
export async function npmInstall(folder: string, packages: readonly string[]): Promise<void> {
  const flags = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--no-update-notifier"];
  const npm = Deno.build.os === "windows" ? "npm.cmd" : "npm";
  await runOrThrow([npm, "install", ...flags, ...packages], { cwd: folder });
}

/** The program of a version of Deno or Node: this Deno, a path that is given, or a package of npm kept in `.cache/`. */
export async function releaseOf(runtime: "deno" | "node", version: string): Promise<string> {
  if (runtime === "deno" && version === Deno.version.deno) return Deno.execPath();
  if (isAbsolute(version)) return version;
  const folder = join(ROOT, ".cache/compat", `${runtime}-${version}`);
  const program = programIn(join(folder, "node_modules/release"), runtime);
  if (await exists(program)) return program;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(join(folder, "package.json"), '{ "private": true }\n');
  await npmInstall(folder, [`release@npm:${packageOf(runtime)}@${version}`]);
  if (!await exists(program)) throw new Error(`${packageOf(runtime)}@${version} has no ${program}`);
  return program;
}

function programIn(folder: string, runtime: "deno" | "node"): string {
  const ending = Deno.build.os === "windows" ? ".exe" : "";
  return join(folder, runtime === "node" ? `bin/node${ending}` : `deno${ending}`);
}

/** The packages `deno` and `node` fetch these by an install script; naming them needs none. */
function packageOf(runtime: "deno" | "node"): string {
  const { os, arch } = Deno.build;
  const cpu = arch === "aarch64" ? "arm64" : "x64";
  if (runtime === "node") return os === "darwin" ? `node-bin-darwin-${cpu}` : `node-${os}-${cpu}`;
  return `@deno/${os === "windows" ? "win32" : os}-${cpu}${os === "linux" ? "-glibc" : ""}`;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
