import { sha256 } from "./digest.ts";

/** Longer data is hashed faster by the runtime itself. */
const SHORT_MAX = 1_024;

/** Takes the SHA-256 of one piece of data after another. */
export interface TextHasher {
  /** As the function of this name does. */
  readonly sha256: (data: string | Uint8Array) => string;
}

/**
 * A hasher for many short texts. The runtime's own leaves an object in native memory for each, until the garbage collector
 * comes by, which it has little reason to: with ten million rows that is hundreds of megabytes.
 */
export async function openTextHasher(): Promise<TextHasher> {
  const { createSHA256 } = await import("hash-wasm");
  const hasher = await createSHA256();
  return {
    sha256: (data) => data.length > SHORT_MAX ? sha256(data) : hasher.init().update(data).digest("hex"),
  };
}

/** The runtime's own. */
export const NATIVE_HASHER: TextHasher = { sha256 };
