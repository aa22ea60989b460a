import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { createHash } from "node:crypto";
import { sha256 } from "./digest.ts";
import { MerkleTree } from "./merkle.ts";

/** RFC 6962, section 2.1, written as it is defined: recursive, over all leaves. */
function rootByDefinition(leaves: readonly Uint8Array[]): Uint8Array {
  const hash = (...parts: readonly Uint8Array[]) => {
    const hasher = createHash("sha256");
    for (const part of parts) hasher.update(part);
    return new Uint8Array(hasher.digest());
  };
  if (leaves.length === 0) return hash();
  if (leaves.length === 1) return hash(Uint8Array.of(0), leaves[0]!);
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return hash(
    Uint8Array.of(1),
    rootByDefinition(leaves.slice(0, split)),
    rootByDefinition(leaves.slice(split)),
  );
}

const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const bytes = (text: string) =>
  Uint8Array.from({ length: 32 }, (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16));

Deno.test("MerkleTree has the root that RFC 6962 defines, for every small number of leaves", () => {
  const tree = new MerkleTree();
  const digests: string[] = [];
  for (let count = 0; count < 70; count++) {
    assertEquals(tree.root(), hex(rootByDefinition(digests.map(bytes))), `${count} leaves`);
    digests.push(sha256(`row ${count}`));
    tree.add(digests.at(-1)!);
  }
});

Deno.test("MerkleTree depends on the order of rows", () => {
  const [one, two] = [new MerkleTree(), new MerkleTree()];
  for (const text of ["a", "b", "c"]) one.add(sha256(text));
  for (const text of ["b", "a", "c"]) two.add(sha256(text));
  assertNotEquals(one.root(), two.root());
});

Deno.test("MerkleTree refuses what is not a digest", () => {
  assertThrows(() => new MerkleTree().add("abc"), TypeError, "A row digest is 64 lower-case hex digits: abc");
});
