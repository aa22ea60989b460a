/** Runs Python programs in a helper process: see `_code_runner.ts` for who asks. @module */
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { deflateRawSync } from "node:zlib";
import type { CodeReply, CodeRequest, LoadRequest, WorkerTools } from "./_code_protocol.ts";
import { makeSnapshot, PythonSandbox } from "./_python_sandbox.ts";

/** Asks for the memory of an interpreter that is ready for its first program. */
export interface SnapshotRequest {
  readonly do: "snapshot";
  /** Absolute path of the package `pyodide`. */
  readonly folder: string;
}

class PythonWorker {
  #sandbox: PythonSandbox | undefined;

  async answer(
    request: SnapshotRequest | LoadRequest | CodeRequest,
    tools: WorkerTools,
  ): Promise<CodeReply | string | true> {
    if (request.do === "snapshot") return await snapshotText(request.folder);
    if (request.do === "load") {
      const { parts, memory_mb } = request;
      this.#sandbox = await PythonSandbox.open(urlOf(parts.pyodide!), {
        snapshot: await readFile(parts.snapshot!),
        memoryBytesMax: memory_mb * 2 ** 20,
        timeLimit: tools.timeLimit,
      });
      return true;
    }
    if (this.#sandbox === undefined) {
      throw new TypeError("A program was sent before its interpreter was asked for");
    }
    return { ...this.#sandbox.run(request), is_worn: this.#sandbox.isWorn };
  }
}

/** Replies are lines of text, and not longer than some. */
async function snapshotText(folder: string): Promise<string> {
  const snapshot = await makeSnapshot(urlOf(folder));
  return deflateRawSync(snapshot, { level: 1 }).toString("base64");
}

function urlOf(folder: string): string {
  return `${pathToFileURL(folder).href}/`;
}

const worker = new PythonWorker();

/** Answers one request. */
export default function answer(
  request: SnapshotRequest | LoadRequest | CodeRequest,
  tools: WorkerTools,
): Promise<CodeReply | string | true> {
  return worker.answer(request, tools);
}
