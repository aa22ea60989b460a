import assert from "node:assert/strict";
import { test as nodeTest } from "node:test";
import type { BlobInfo, BlobStore } from "../artifact/mod.ts";
import { isFastDistillError } from "../errors/mod.ts";

/** A store that was opened for one case. */
export interface BlobStoreUnderTest {
  /** Holds nothing yet. */
  readonly store: BlobStore;
  /** Called after the case. */
  readonly dispose?: () => void | PromiseLike<void>;
}

/** What {@linkcode testBlobStore} needs to know. */
export interface BlobStoreSuiteOptions {
  /** Opens an empty store. */
  readonly make: () => BlobStoreUnderTest | Promise<BlobStoreUnderTest>;
  /** Registers a case. @default {test of node:test} */
  readonly test?: (name: string, run: () => Promise<void>) => unknown;
}

/**
 * Registers the tests that every blob store passes: what is put is got, whole or in part, and of any size; what fails half-way
 * leaves what was there; listing is by prefix and in order; a missing file is told from one that is empty.
 *
 * @example
 * ```ts
 * import { fileBlobStore } from "@fastdistill/core";
 * import { testBlobStore } from "@fastdistill/core/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const names: string[] = [];
 * testBlobStore("folder", {
 *   make: async () => ({ store: fileBlobStore(await Deno.makeTempDir()) }),
 *   test: (name) => names.push(name), // Left out in a real test.
 * });
 * assertEquals(names[0], "testBlobStore(folder) gives back what was put, by any name");
 * ```
 */
export function testBlobStore(name: string, options: BlobStoreSuiteOptions): void {
  const test = options.test ?? nodeTest;
  const add = (statement: string, run: (store: BlobStore) => Promise<void>) =>
    test(`testBlobStore(${name}) ${statement}`, async () => {
      const under = await options.make();
      try {
        await run(under.store);
      } finally {
        await under.dispose?.();
      }
    });
  add("gives back what was put, by any name", roundTripCase);
  add("gives a part of a file, also where it ends early", rangeCase);
  add("takes a file larger than what is held in memory", largeCase);
  add("puts a file in place of one of the same name", replaceCase);
  add("leaves what was there when the bytes fail half-way", atomicCase);
  add("lists by prefix, in the order of UTF-8", listCase);
  add("tells a missing file from an empty one", missingCase);
  add("deletes a file, and one that is not there", deleteCase);
  add("refuses names that no file can have", keyCase);
}

async function* bytesOf(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text);
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of bytes) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

async function roundTripCase(store: BlobStore): Promise<void> {
  for (const key of ["a.txt", "deep/er/b c+d&e=f%20'(é😀)~*!.txt", "..x/y."]) {
    assert.deepEqual(await store.put(key, bytesOf("hello ", "", "wörld")), { key, size: 12 });
    assert.equal(await textOf(store.get(key)), "hello wörld");
    assert.deepEqual(await store.head(key), { key, size: 12 });
  }
}

async function rangeCase(store: BlobStore): Promise<void> {
  await store.put("r", bytesOf("0123456789"));
  const part = (start: number, end: number) => textOf(store.get("r", { start, end }));
  assert.deepEqual([await part(0, 1), await part(3, 7), await part(8, 100), await part(5, 5)], [
    "0",
    "3456",
    "89",
    "",
  ]);
}

async function largeCase(store: BlobStore): Promise<void> {
  const chunk = new Uint8Array(1_000_000).map((_, index) => index % 251);
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < 20; index++) yield chunk;
  }
  assert.deepEqual(await store.put("large", bytes()), { key: "large", size: 20_000_000 });
  let at = 0;
  for await (const piece of store.get("large")) {
    for (let index = 0; index < piece.length; index += 997) {
      assert.equal(piece[index], ((at + index) % 1_000_000) % 251);
    }
    at += piece.length;
  }
  assert.equal(at, 20_000_000);
}

async function replaceCase(store: BlobStore): Promise<void> {
  await store.put("k", bytesOf("a long text"));
  await store.put("k", bytesOf("short"));
  assert.equal(await textOf(store.get("k")), "short");
}

async function atomicCase(store: BlobStore): Promise<void> {
  const reason = new Error("the source broke");
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(9_000_000);
    throw reason;
  }
  await store.put("kept", bytesOf("as it was"));
  for (const key of ["kept", "new"]) {
    await assert.rejects(store.put(key, broken()), (thrown) => thrown === reason);
  }
  assert.equal(await textOf(store.get("kept")), "as it was");
  assert.equal(await store.head("new"), undefined);
  assert.deepEqual((await Array.fromAsync(store.list(""))).map(({ key }) => key), ["kept"]);
}

async function listCase(store: BlobStore): Promise<void> {
  for (const key of ["b/2", "b/10", "b", "a/é", "a/z", "a/\uffee", "a/😀", "ab"]) {
    if (key !== "b") await store.put(key, bytesOf(key));
  }
  const keys = async (prefix: string) =>
    (await Array.fromAsync(store.list(prefix))).map((info: BlobInfo) => info.key);
  assert.deepEqual(await keys("a/"), ["a/z", "a/é", "a/\uffee", "a/😀"]);
  assert.deepEqual(await keys("a"), ["a/z", "a/é", "a/\uffee", "a/😀", "ab"]);
  assert.deepEqual(await keys("b/1"), ["b/10"]);
  assert.deepEqual([(await keys("")).length, await keys("none")], [7, []]);
}

async function missingCase(store: BlobStore): Promise<void> {
  await store.put("empty", bytesOf());
  assert.deepEqual([await store.head("empty"), await textOf(store.get("empty"))], [
    { key: "empty", size: 0 },
    "",
  ]);
  assert.equal(await store.head("absent"), undefined);
  await assert.rejects(
    textOf(store.get("absent")),
    (thrown) => isFastDistillError(thrown) && thrown.code === "data.file_not_found",
  );
}

async function deleteCase(store: BlobStore): Promise<void> {
  await store.put("x/y", bytesOf("1"));
  await store.delete("x/y");
  await store.delete("x/y");
  assert.equal(await store.head("x/y"), undefined);
}

async function keyCase(store: BlobStore): Promise<void> {
  for (const key of ["", "/a", "a/", "a//b", "../a", "a/./b", "a\\b", "a\0b", "x".repeat(1025)]) {
    await assert.rejects(store.put(key, bytesOf("1")), RangeError);
  }
}
