import { join } from "node:path";
import { runProcess } from "./_process.ts";

const root = join(import.meta.dirname!, "..");

/** Programs from npm that tests run. */
export interface NodeReleases {
  /** Path of each Node, by its major version. */
  readonly nodes: Readonly<Record<string, string>>;
  /** Path of TypeScript's compiler, for Node. */
  readonly tsc: string;
  /** The folder of types that a consumer of the package would have. */
  readonly typeRoots: string;
}

/** How often the network gets a chance: a registry that fails once is no finding about this project. */
const ATTEMPTS = 3;

/** The first line of why npm cannot be used, or `undefined` when it can. */
export async function npmProblem(): Promise<string | undefined> {
  try {
    await withRetries(async () => {
      const { stdout } = await runProcess(["npm", "config", "get", "registry"], { cwd: root });
      const response = await fetch(stdout.trim(), { method: "HEAD", signal: AbortSignal.timeout(10_000) });
      await response.body?.cancel();
    });
    return undefined;
  } catch (error) {
    return `npm or its registry cannot be reached: ${String(error).split("\n")[0]}`;
  }
}

async function withRetries(action: () => Promise<void>): Promise<void> {
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    const isDone = await action().then(() => true, () => false);
    if (isDone) return;
  }
  await action();
}

/** The Nodes that the package promises to run on, kept in `.cache/node` between test runs. */
export async function nodeReleases(): Promise<NodeReleases> {
  const folder = join(root, ".cache/node");
  const modules = join(folder, "node_modules");
  const releases = {
    nodes: { 22: join(modules, "node22/bin/node"), 24: join(modules, "node24/bin/node") },
    tsc: join(modules, "typescript/bin/tsc"),
    typeRoots: join(modules, "@types"),
  };
  if (!await allExist([...Object.values(releases.nodes), releases.tsc, releases.typeRoots])) {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(join(folder, "package.json"), '{ "private": true }\n');
    const node = `npm:${nodePackage()}`;
    await npmInstall(folder, [`node22@${node}@22`, `node24@${node}@24`, "typescript@5.9", "@types/node@22"]);
  }
  return releases;
}

/** The package that holds Node for this machine: the package `node` fetches it by an install script; naming it needs none. */
export function nodePackage(): string {
  const { os, arch } = Deno.build;
  return `node-${os === "darwin" ? "bin-" : ""}${os}-${arch === "aarch64" ? "arm64" : "x64"}`;
}

/** Installs packages into a folder from npm's cache as far as it goes, without their scripts. */
export async function npmInstall(folder: string, packages: readonly string[]): Promise<void> {
  const flags = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--no-update-notifier"];
  const npm = Deno.build.os === "windows" ? "npm.cmd" : "npm";
  await withRetries(async () => {
    await runProcess([npm, "install", ...flags, ...packages], { cwd: folder });
  });
}

async function allExist(paths: readonly string[]): Promise<boolean> {
  const found = await Promise.all(paths.map((path) => Deno.stat(path).then(() => true, () => false)));
  return found.every(Boolean);
}
