import assert from "node:assert/strict";
import { test as nodeTest } from "node:test";
import { effectKey, type EffectRecord, type EffectStore, type Eventually } from "../effects/mod.ts";

/** A store that was opened for one case. */
export interface EffectStoreUnderTest {
  /** Empty at first; closed by the suite. */
  readonly store: EffectStore;
  /** Opens the same records again once the store was closed; absent where they end with it. */
  readonly reopen?: () => Eventually<EffectStore>;
  /** Called after the case. */
  readonly dispose?: () => void | PromiseLike<void>;
}

/** What {@linkcode testEffectStore} needs to know. */
export interface EffectStoreSuiteOptions {
  /** Opens an empty store. */
  readonly make: () => Eventually<EffectStoreUnderTest>;
  /** Registers a case. @default {test of node:test} */
  readonly test?: (name: string, run: () => Promise<void>) => unknown;
}

/**
 * Registers the tests that every effect store passes: what was put is there, the first record of a key wins, listing
 * goes through all records in the order of the keys, what is deleted is gone and only that, and what still waits is
 * written by `close`.
 *
 * @example
 * ```ts
 * import { memoryEffectStore } from "@fastdistill/core";
 * import { testEffectStore } from "@fastdistill/core/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const names: string[] = [];
 * testEffectStore("memory", {
 *   make: () => ({ store: memoryEffectStore() }),
 *   test: (name) => names.push(name),
 * });
 * assertEquals(names[0], "testEffectStore(memory) gives back what was put");
 * ```
 */
export function testEffectStore(name: string, options: EffectStoreSuiteOptions): void {
  const test = options.test ?? nodeTest;
  const add = (statement: string, run: (under: EffectStoreUnderTest) => Promise<void>) =>
    test(`testEffectStore(${name}) ${statement}`, async () => {
      const under = await options.make();
      try {
        await run(under);
      } finally {
        await under.dispose?.();
      }
    });
  add("gives back what was put", gettingCase);
  add("keeps the first record of a key", firstWinsCase);
  add("lists all records in the order of their keys", listingCase);
  add("deletes the records named and no other", deletingCase);
  add("lets records go while they are listed", deletingWhileListingCase);
  add("counts and weighs", weighingCase);
  add("writes what waits when it is closed", closingCase);
}

/** A record whose key is that of its request. */
function record(name: string, response = `answer to ${name}`): EffectRecord {
  const [kind, request] = ["test", { name, nested: { text: 'tab\tquote" \u{1f40b}\nline' } }];
  const meta = { started_at: "2026-01-01T00:00:00.000Z", duration_ms: 1, attempts: 1 };
  return { key: effectKey({ kind, fields: request }), kind, request, response, meta };
}

function records(count: number): readonly EffectRecord[] {
  return Array.from({ length: count }, (_, n) => record(`r${n}`));
}

async function gettingCase({ store }: EffectStoreUnderTest): Promise<void> {
  const all = records(3);
  await Promise.all(all.map((one) => store.put(one)));
  for (const one of all) assert.deepEqual(await store.get(one.key), one);
  assert.equal(await store.get(record("nobody").key), undefined);
  await store.close();
}

async function firstWinsCase({ store }: EffectStoreUnderTest): Promise<void> {
  await store.put(record("a", "first"));
  await store.put(record("a", "second"));
  await Promise.all([store.put(record("b", "first")), store.put(record("b", "second"))]);
  for (const name of ["a", "b"]) assert.equal((await store.get(record(name).key))?.response, "first");
  assert.equal(await store.count(), 2);
  await store.close();
}

async function listingCase({ store }: EffectStoreUnderTest): Promise<void> {
  assert.deepEqual(await Array.fromAsync(store.list()), []);
  const all = records(600);
  await Promise.all(all.map((one) => store.put(one)));
  const listed = await Array.fromAsync(store.list());
  assert.deepEqual(listed, all.toSorted((a, b) => a.key < b.key ? -1 : 1));
  await store.close();
}

async function deletingCase({ store }: EffectStoreUnderTest): Promise<void> {
  const all = records(5);
  await Promise.all(all.map((one) => store.put(one)));
  const gone = [all[1]!.key, all[3]!.key];
  assert.equal(await store.delete([...gone, record("nobody").key]), 2);
  assert.equal(await store.delete(gone), 0);
  assert.equal(await store.delete([]), 0);
  for (const { key } of all) assert.equal(await store.get(key) === undefined, gone.includes(key));
  await store.put({ ...all[1]!, response: "asked again" });
  assert.equal((await store.get(gone[0]!))?.response, "asked again");
  await store.close();
}

async function deletingWhileListingCase({ store }: EffectStoreUnderTest): Promise<void> {
  await Promise.all(records(600).map((one) => store.put(one)));
  let seen = 0;
  for await (const { key } of store.list()) {
    seen++;
    await store.delete([key]);
  }
  assert.deepEqual([seen, await store.count()], [600, 0]);
  await store.close();
}

async function weighingCase({ store }: EffectStoreUnderTest): Promise<void> {
  assert.equal(await store.count(), 0);
  const before = await store.bytes();
  const long = "x".repeat(100_000);
  await store.put(record("long", long));
  assert.equal(await store.count(), 1);
  assert.ok(await store.bytes() - before > 0.9 * long.length, "A long record must show in the bytes");
  await store.delete([record("long").key]);
  assert.ok(await store.bytes() - before < 0.5 * long.length, "A deleted record must not show in the bytes");
  await store.close();
}

async function closingCase({ store, reopen }: EffectStoreUnderTest): Promise<void> {
  const written = store.put(record("a"));
  await store.close();
  await written;
  if (reopen === undefined) return;
  const again = await reopen();
  assert.deepEqual(await again.get(record("a").key), record("a"));
  assert.equal(await again.count(), 1);
  await again.close();
}
