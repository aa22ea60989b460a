import { FastDistillError } from "@fastdistill/core/authoring";
import { createHash } from "node:crypto";
import type { InputStore } from "./_input_file.ts";

/** Whether a path is the address of a file on the web. */
export function isWebAddress(path: string): boolean {
  return /^https?:\/\//i.test(path);
}

/** Files on the web, by their address. What is read twice is fetched twice. */
export const webFiles: InputStore = {
  list: (address) => Promise.resolve([address]),
  readBytes: async function* (address, range) {
    const headers: Record<string, string> = range === undefined
      ? {}
      : { range: `bytes=${range.start}-${range.end - 1}` };
    const response = await ask(address, { headers });
    if (range !== undefined && response.status !== 206) {
      await response.body?.cancel();
      throw failed(
        address,
        "the server gives no parts of files, which Parquet needs",
        "Download the file first",
      );
    }
    yield* response.body ?? [];
  },
  size: async (address) => {
    const response = await ask(address, { method: "HEAD" });
    await response.body?.cancel();
    const size = Number(response.headers.get("content-length") ?? NaN);
    if (Number.isSafeInteger(size) && size >= 0) return size;
    throw failed(address, "the server does not say how large the file is", "Download the file first");
  },
  fingerprint: async (address) => {
    const hasher = createHash("sha256");
    let size = 0;
    for await (const chunk of webFiles.readBytes(address)) {
      hasher.update(chunk);
      size += chunk.byteLength;
    }
    return { sha256: hasher.digest("hex"), size };
  },
};

async function ask(address: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    // Compressed on the way, a part of a file would be a part of something else.
    response = await fetch(address, { ...init, headers: { "accept-encoding": "identity", ...init.headers } });
  } catch (cause) {
    throw failed(address, "the server cannot be reached", "Check the address", cause);
  }
  if (response.ok) return response;
  await response.body?.cancel();
  if (response.status === 404) {
    throw new FastDistillError(
      "data.file_not_found",
      `Cannot read ${shown(address)}: the server does not have it`,
    );
  }
  throw failed(
    address,
    `the server answered ${response.status}`,
    "Check the address, and that it needs no credentials",
  );
}

function failed(address: string, found: string, hint: string, cause?: unknown): FastDistillError {
  return new FastDistillError("data.storage", `Cannot read ${shown(address)}: ${found}`, { hint, cause });
}

/** An address may carry a signature after its path. */
export function shown(address: string): string {
  const url = URL.parse(address);
  return url === null ? address : `${url.origin}${url.pathname}`;
}
