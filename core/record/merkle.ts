import { createHash } from "node:crypto";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/**
 * A Merkle tree root over a stream of row digests, in memory that grows with the logarithm of their number.
 *
 * Source: RFC 6962, section 2.1 (leaf prefix 0x00, node prefix 0x01, an unbalanced tree splits at the largest power
 * of two). Leaves are the 32 bytes of each digest.
 *
 * @example
 * ```ts
 * import { MerkleTree, sha256 } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * const tree = new MerkleTree();
 * for (const text of ["a", "b", "c"]) tree.add(sha256(text));
 * assertEquals(tree.count, 3);
 * assertEquals(tree.root().length, 64);
 * ```
 */
export class MerkleTree {
  /** Roots of complete subtrees, largest first; `undefined` where that power of two is absent. */
  readonly #levels: (Uint8Array | undefined)[] = [];
  #count = 0;

  /** How many digests were added. */
  get count(): number {
    return this.#count;
  }

  /** Adds the next digest: 64 hex digits. */
  add(digestHex: string): void {
    let node = sha256Of(LEAF, hexBytes(digestHex));
    let level = 0;
    while (this.#levels[level] !== undefined) {
      node = sha256Of(NODE, this.#levels[level]!, node);
      this.#levels[level] = undefined;
      level++;
    }
    this.#levels[level] = node;
    this.#count++;
  }

  /** The root so far, as 64 hex digits; of no digests at all it is the SHA-256 of nothing. */
  root(): string {
    let node: Uint8Array | undefined;
    for (const subtree of this.#levels) {
      if (subtree === undefined) continue;
      node = node === undefined ? subtree : sha256Of(NODE, subtree, node);
    }
    return bytesHex(node ?? sha256Of());
  }
}

function sha256Of(...parts: readonly Uint8Array[]): Uint8Array {
  const hasher = createHash("sha256");
  for (const part of parts) hasher.update(part);
  return hasher.digest();
}

function hexBytes(hex: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(hex)) throw new TypeError(`A row digest is 64 lower-case hex digits: ${hex}`);
  const bytes = new Uint8Array(32);
  for (let index = 0; index < 32; index++) {
    bytes[index] = Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16);
  }
  return bytes;
}

function bytesHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
