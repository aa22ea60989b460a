import { assertEquals, assertRejects } from "@std/assert";
import { FastDistillError } from "../errors/mod.ts";
import type { EffectRecord } from "./effect_store.ts";
import { openSqliteEffectStore } from "./sqlite_effect_store.ts";

const record = (key: string, response = "answer"): EffectRecord => ({
  key,
  kind: "test",
  request: { name: key },
  response,
  meta: { started_at: "2026-01-01T00:00:00.000Z", duration_ms: 1, attempts: 1 },
});

async function inFolder(test: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(`${folder}/deep/effects.sqlite`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("openSqliteEffectStore() keeps records across openings", () =>
  inFolder(async (path) => {
    const store = await openSqliteEffectStore(path);
    await Promise.all(["a", "b", "c"].map((key) => store.put(record(key))));
    assertEquals(await store.count(), 3);
    await store.close();
    const again = await openSqliteEffectStore(path);
    assertEquals(await again.get("b"), record("b"));
    assertEquals(await again.get("nothing"), undefined);
    await again.close();
  }));

Deno.test("openSqliteEffectStore() keeps the first record of a key", () =>
  inFolder(async (path) => {
    const store = await openSqliteEffectStore(path);
    await store.put(record("a", "first"));
    await store.put(record("a", "second"));
    assertEquals((await store.get("a"))?.response, "first");
    await store.close();
  }));

Deno.test("openSqliteEffectStore() lets two hold it at once", () =>
  inFolder(async (path) => {
    const [one, two] = [await openSqliteEffectStore(path), await openSqliteEffectStore(path)];
    await Promise.all(
      Array.from({ length: 200 }, (_, index) => (index % 2 ? one : two).put(record(`k${index % 120}`))),
    );
    assertEquals(await one.count(), 120);
    assertEquals((await two.get("k7"))?.key, "k7");
    await one.close();
    await two.close();
  }));

Deno.test("openSqliteEffectStore() writes what waits when it is closed", () =>
  inFolder(async (path) => {
    const store = await openSqliteEffectStore(path);
    const written = store.put(record("a"));
    await store.close();
    await written;
    const again = await openSqliteEffectStore(path);
    assertEquals(await again.count(), 1);
    await again.close();
  }));

Deno.test("openSqliteEffectStore() reports a damaged store and never rebuilds it", () =>
  inFolder(async (path) => {
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(
      path,
      "this is no database at all, but long enough to be read as one".repeat(20),
    );
    const error = await assertRejects(() => openSqliteEffectStore(path), FastDistillError);
    assertEquals(error.code, "store.corrupt");
    assertEquals((await Deno.readTextFile(path)).startsWith("this is no database"), true);
  }));
