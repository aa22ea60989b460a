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

/** Runs a program to its end, with bounds. */
export function runProgram(
  file: string,
  args: readonly string[],
  { timeoutMs, outputCharsMax }: { readonly timeoutMs: number; readonly outputCharsMax: number },
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const options = {
      timeout: timeoutMs,
      killSignal: "SIGKILL" as const,
      maxBuffer: outputCharsMax,
      windowsHide: true,
      env: { ...process.env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
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

/** The symbolic links in a folder and below; `undefined` when it has more than `entriesMax` entries. */
export async function linksOf(root: string, entriesMax: number): Promise<readonly string[] | undefined> {
  if (statSync(root).isFile()) return [];
  const links: string[] = [];
  const folders = [root];
  let count = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (++count > entriesMax) return undefined;
      const path = join(folder, entry.name);
      if (entry.isSymbolicLink()) links.push(path);
      else if (entry.isDirectory()) folders.push(path);
    }
  }
  return links;
}
