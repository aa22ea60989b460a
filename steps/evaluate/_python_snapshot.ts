import { FastDistillError, type Json } from "@fastdistill/core/authoring";
import { startModuleProcess } from "@fastdistill/core/runtime";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { inflateRaw } from "node:zlib";
import { PYTHON_BOOTSTRAP } from "./_python_bootstrap.ts";
import type { SnapshotRequest } from "./_python_worker.ts";

const MEMORY_MB = 1024;
const TIMEOUT_MS = 120_000;

/** Where a snapshot is made from, and where it is kept. */
export interface SnapshotPlace {
  /** Absolute path of the package `pyodide`. */
  readonly folder: string;
  /** Version of the package. */
  readonly version: string;
  /** Folder for files that may be thrown away. */
  readonly cacheDir: string;
}

/**
 * Absolute path of the memory of an interpreter that is ready for its first program: all processes start from the same
 * state, and in a tenth of the time. It is made once for each version of the package and of the runtime.
 *
 * @throws {FastDistillError} `step.failed` when the interpreter cannot be started
 */
export async function pythonSnapshot({ folder, version, cacheDir }: SnapshotPlace): Promise<string> {
  const parts = [version, PYTHON_BOOTSTRAP, process.versions.deno ?? null, process.version];
  const digest = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  const home = join(cacheDir, "python");
  const target = join(home, `${digest.slice(0, 32)}.snapshot`);
  if (await stat(target).then(() => true, () => false)) return target;
  await mkdir(home, { recursive: true });
  const workplace = await mkdtemp(join(home, "build-"));
  try {
    const draft = join(workplace, "snapshot");
    await writeFile(draft, await makeIn(folder));
    await rename(draft, target);
  } finally {
    await rm(workplace, { recursive: true, force: true });
  }
  return target;
}

async function makeIn(folder: string): Promise<Uint8Array> {
  await using started = await startModuleProcess({
    module: new URL("./_python_worker.ts", import.meta.url),
    read: [folder],
    memoryMbMax: MEMORY_MB,
  });
  const request: SnapshotRequest = { do: "snapshot", folder };
  const reply = await started.request(request as unknown as Json, { timeoutMs: TIMEOUT_MS });
  if (reply.kind === "answer") return await promisify(inflateRaw)(Buffer.from(String(reply.value), "base64"));
  const reason = "message" in reply ? reply.message : `it ${reply.kind.replaceAll("_", " ")}`;
  throw new FastDistillError("step.failed", `Cannot start the Python interpreter: ${reason}`);
}
