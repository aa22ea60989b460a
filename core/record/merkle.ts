import { hash } from "node:crypto";

const DIGEST = /^[0-9a-f]{64}$/;
const DIGEST_BYTES = 32;
const NODE_PREFIX = 1;
/** Value of each hexadecimal digit by its character code. */
const HEX_VALUES: Uint8Array = Uint8Array.from(
  { length: 128 },
  (_, code) => Math.max(0, "0123456789abcdef".indexOf(String.fromCharCode(code))),
);

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
  /** Roots of complete subtrees by height; `undefined` where that power of two is absent. */
  readonly #levels: (string | undefined)[] = [];
  /** What is hashed, built in place: one-shot hashes of a buffer that is used again are several times faster. */
  readonly #leaf: Uint8Array = new Uint8Array(1 + DIGEST_BYTES);
  readonly #node: Uint8Array = new Uint8Array(1 + 2 * DIGEST_BYTES).fill(NODE_PREFIX, 0, 1);
  #count = 0;

  /** How many digests were added. */
  get count(): number {
    return this.#count;
  }

  /** Adds the next digest: 64 hex digits. */
  add(digestHex: string): void {
    if (!DIGEST.test(digestHex)) {
      throw new TypeError(`A row digest is 64 lower-case hex digits: ${digestHex}`);
    }
    putHex(digestHex, this.#leaf, 1);
    let node = hash("sha256", this.#leaf, "hex");
    let level = 0;
    while (this.#levels[level] !== undefined) {
      node = this.#nodeOf(this.#levels[level]!, node);
      this.#levels[level] = undefined;
      level++;
    }
    this.#levels[level] = node;
    this.#count++;
  }

  /** The root so far, as 64 hex digits; of no digests at all it is the SHA-256 of nothing. */
  root(): string {
    let node: string | undefined;
    for (const subtree of this.#levels) {
      if (subtree === undefined) continue;
      node = node === undefined ? subtree : this.#nodeOf(subtree, node);
    }
    return node ?? hash("sha256", "", "hex");
  }

  #nodeOf(left: string, right: string): string {
    putHex(left, this.#node, 1);
    putHex(right, this.#node, 1 + DIGEST_BYTES);
    return hash("sha256", this.#node, "hex");
  }
}

function putHex(hex: string, bytes: Uint8Array, at: number): void {
  for (let index = 0; index < DIGEST_BYTES; index++) {
    bytes[at + index] = HEX_VALUES[hex.charCodeAt(2 * index)]! << 4 |
      HEX_VALUES[hex.charCodeAt(2 * index + 1)]!;
  }
}
