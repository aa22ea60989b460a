/**
 * Digests with the API of the JSR package `@std/crypto`, over `node:crypto`.
 *
 * @example Hash a text
 * ```ts
 * import { crypto } from "@std/crypto";
 * import { assertEquals } from "@std/assert";
 *
 * const digest = crypto.subtle.digestSync("SHA-256", new TextEncoder().encode("abc"));
 * assertEquals(new Uint8Array(digest).slice(0, 3), new Uint8Array([0xba, 0x78, 0x16]));
 * ```
 *
 * @module
 */
export {
  crypto,
  DIGEST_ALGORITHM_NAMES,
  type DigestAlgorithm,
  type DigestAlgorithmName,
  type DigestAlgorithmObject,
  type StdCrypto,
  type StdSubtleCrypto,
} from "./crypto.ts";
export { timingSafeEqual } from "./timing_safe_equal.ts";
