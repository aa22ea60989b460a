import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { FastDistillError } from "../errors/mod.ts";

/** What a program did. */
export interface ProgramResult {
  /** `-1` when it could not be started, or was ended. */
  readonly code: number;
  /** What it printed. */
  readonly stdout: string;
  /** What it printed besides. */
  readonly stderr: string;
}

/** Bounds of a program, and what it finds. */
export interface ProgramOptions {
  /** Milliseconds after which it is ended. */
  readonly timeoutMs: number;
  /** Characters that it may print. */
  readonly outputCharsMax: number;
  /** Variables besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program to its end, with bounds. */
export function runProgram(
  file: string,
  args: readonly string[],
  { timeoutMs, outputCharsMax, env }: ProgramOptions,
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const options = {
      timeout: timeoutMs,
      killSignal: "SIGKILL" as const,
      maxBuffer: outputCharsMax,
      windowsHide: true,
      env: { ...process.env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...env },
    };
    execFile(file, [...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, stdout, stderr: stderr === "" && error !== null ? error.message : stderr });
    });
  });
}

/** Where a path really leads. @throws {FastDistillError} `data.file_not_found` */
export async function realPathOf(path: string): Promise<string> {
  return await realpath(path).catch((cause) => {
    throw new FastDistillError("data.file_not_found", `Cannot follow ${path}: it leads nowhere`, { cause });
  });
}

/** Bounds of a walk through a folder. */
export interface WalkOptions {
  /** Entries that it may have. */
  readonly entriesMax: number;
  /** Folders of this name are left out. @default {none are} */
  readonly without?: string | undefined;
}

/** The symbolic links in a folder and below; `undefined` when it has more than `entriesMax` entries. */
export async function linksOf(root: string, options: WalkOptions): Promise<readonly string[] | undefined> {
  return (await entriesOf(root, options))?.links;
}

/** The files in a folder and below, links not followed; `undefined` when it has more than `entriesMax` entries. */
export async function filesOf(root: string, options: WalkOptions): Promise<readonly string[] | undefined> {
  return (await entriesOf(root, options))?.files;
}

interface Entries {
  readonly files: readonly string[];
  readonly links: readonly string[];
}

async function entriesOf(
  root: string,
  { entriesMax, without }: WalkOptions,
): Promise<Entries | undefined> {
  if (statSync(root).isFile()) return { files: [root], links: [] };
  const [files, links, folders] = [[] as string[], [] as string[], [root]];
  let count = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (++count > entriesMax) return undefined;
      const path = join(folder, entry.name);
      if (entry.name === without) continue;
      if (entry.isSymbolicLink()) links.push(path);
      else if (entry.isDirectory()) folders.push(path);
      else files.push(path);
    }
  }
  return { files, links };
}
