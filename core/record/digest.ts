import { hash } from "node:crypto";
import { canonicalJson } from "./canonical_json.ts";

/**
 * Name of the hashing policy that manifests state: RFC 8785 canonical JSON over NFC text, SHA-256, lower-case hex.
 * `docs/hashing.md` describes it so that another language can reproduce it.
 */
export const HASH_POLICY = "v1";

/** SHA-256 of a text's UTF-8 bytes, or of bytes, as 64 lower-case hex digits. */
export function sha256(data: string | Uint8Array): string {
  return hash("sha256", data, "hex");
}

/**
 * The digest of a JSON value under hashing policy v1.
 *
 * @example
 * ```ts
 * import { digest } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(digest({ a: 1, b: 2 }), digest({ b: 2, a: 1 }));
 * ```
 */
export function digest(value: unknown): string {
  return sha256(canonicalJson(value, { nfc: true }));
}
