import { accessSync, constants, statSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import process from "node:process";
import { runProgram } from "./programs.ts";

const START_TIMEOUT_MS = 20_000;
const OUTPUT_CHARS_MAX = 64 * 1024;
const QUESTION = "console.log(JSON.stringify({ path: Deno.execPath(), version: Deno.version.deno }))";

/** A `deno` on this machine. */
export interface DenoProgram {
  /** The program itself, also where a script of the same name starts it. */
  readonly path: string;
  /** Such as `2.9.6`. */
  readonly version: string;
}

/**
 * The `deno` that runs this. Under Node: those on the PATH, in its order, then the one of the npm package `deno` where
 * that is installed beside this one. Each is started once and says where it is, since what npm and version managers
 * put on the PATH is a script, and ending a script does not end what it started.
 *
 * @param only asks this program and no other
 */
export async function* findDenos(only?: string): AsyncGenerator<DenoProgram> {
  const { deno: version } = process.versions as Readonly<Record<string, string | undefined>>;
  if (version !== undefined && (only === undefined || only === process.execPath)) {
    return yield { path: process.execPath, version };
  }
  for (const command of only === undefined ? commandsUnderNode() : [[only]]) {
    const found = await ask(command);
    if (found !== undefined) yield found;
  }
}

function commandsUnderNode(): readonly (readonly string[])[] {
  const name = process.platform === "win32" ? "deno.exe" : "deno";
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const paths = [...new Set(folders)].map((folder) => join(folder, name)).filter(isExecutable);
  return [...paths.map((path) => [path]), ...commandOfPackage()];
}

/** Its launcher finds the program for this machine, also where npm was not allowed to run its install script. */
function commandOfPackage(): readonly (readonly string[])[] {
  try {
    return [[process.execPath, createRequire(import.meta.url).resolve("deno/bin.cjs")]];
  } catch {
    return []; // It is not installed.
  }
}

async function ask([file, ...args]: readonly string[]): Promise<DenoProgram | undefined> {
  const { code, stdout } = await runProgram(file!, [...args, "eval", "--no-config", "--no-lock", QUESTION], {
    timeoutMs: START_TIMEOUT_MS,
    outputCharsMax: OUTPUT_CHARS_MAX,
  });
  return code === 0 ? programIn(stdout) : undefined;
}

function programIn(stdout: string): DenoProgram | undefined {
  try {
    const { path, version } = JSON.parse(stdout) as Partial<DenoProgram>;
    return typeof path === "string" && typeof version === "string" ? { path, version } : undefined;
  } catch {
    return undefined; // Something else bears its name.
  }
}

function isExecutable(path: string): boolean {
  try {
    if (!statSync(path).isFile()) return false;
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // It is not there.
  }
}
