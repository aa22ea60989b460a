import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { FastDistillError } from "../errors/mod.ts";
import { testEffectStore } from "../testing/mod.ts";
import { prepareDatabase } from "./_sqlite_schema.ts";
import { effectKey } from "./effect_key.ts";
import { type EffectRecord, type EffectStore, memoryEffectStore } from "./effect_store.ts";
import { openSqliteEffectStore } from "./sqlite_effect_store.ts";

const CONFIG = new URL("../../deno.json", import.meta.url).pathname;

function record(name: string, response = "answer"): EffectRecord {
  const request = { name };
  return {
    key: effectKey({ kind: "test", fields: request }),
    kind: "test",
    request,
    response,
    meta: { started_at: "2026-01-01T00:00:00.000Z", duration_ms: 1, attempts: 1 },
  };
}

async function inFolder(test: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(`${folder}/deep/effects.sqlite`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Writes some records, and gives their keys. */
async function fill(path: string, count = 400): Promise<readonly string[]> {
  const store = await openSqliteEffectStore(path);
  const records = Array.from({ length: count }, (_, n) => record(`r${n}`, "x".repeat(500)));
  await Promise.all(records.map(store.put));
  await store.close();
  return records.map(({ key }) => key);
}

async function refusal(work: () => unknown): Promise<string> {
  const error = await assertRejects(async () => await work(), FastDistillError);
  return error.code;
}

async function readAll(store: EffectStore, keys: readonly string[]): Promise<void> {
  try {
    for (const key of keys) {
      if (await store.get(key) === undefined) throw new Error(`A record is gone without a word: ${key}`);
    }
  } finally {
    await store.close();
  }
}

testEffectStore("memory", { make: () => ({ store: memoryEffectStore() }), test: Deno.test });

testEffectStore("SQLite", {
  make: async () => {
    const folder = await Deno.makeTempDir();
    const reopen = () => openSqliteEffectStore(`${folder}/deep/effects.sqlite`);
    return { store: await reopen(), reopen, dispose: () => Deno.remove(folder, { recursive: true }) };
  },
  test: Deno.test,
});

Deno.test("openSqliteEffectStore() lets two hold it at once", () =>
  inFolder(async (path) => {
    const [one, two] = await Promise.all([openSqliteEffectStore(path), openSqliteEffectStore(path)]);
    await Promise.all(
      Array.from({ length: 200 }, (_, index) => (index % 2 ? one : two).put(record(`k${index % 120}`))),
    );
    assertEquals(await one.count(), 120);
    assertEquals((await two.get(record("k7").key))?.request, { name: "k7" });
    await one.close();
    await two.close();
    const beside = [...Deno.readDirSync(path.slice(0, path.lastIndexOf("/")))].map(({ name }) => name);
    assertEquals(beside, ["effects.sqlite"]);
  }));

Deno.test("openSqliteEffectStore() is safe to use from several processes, from the first moment on", () =>
  inFolder(async (path) => {
    const script = `
      import { openSqliteEffectStore } from ${
      JSON.stringify(import.meta.resolve("./sqlite_effect_store.ts"))
    };
      import { effectKey } from ${JSON.stringify(import.meta.resolve("./effect_key.ts"))};
      const [path, name] = Deno.args;
      const store = await openSqliteEffectStore(path);
      const meta = { started_at: "2026-01-01T00:00:00.000Z", duration_ms: 1, attempts: 1 };
      for (let from = 0; from < 400; from += 20) {
        await Promise.all(Array.from({ length: 20 }, (_, n) => {
          const request = { name: (from + n) % 2 === 0 ? "shared " + (from + n) : name + (from + n) };
          const key = effectKey({ kind: "test", fields: request });
          return store.put({ key, kind: "test", request, response: name, meta });
        }));
      }
      await store.close();
    `;
    const file = `${path.slice(0, path.indexOf("/deep"))}/writer.ts`;
    await Deno.writeTextFile(file, script);
    const ends = await Promise.all(["a", "b", "c"].map((name) =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-check", "--config", CONFIG, file, path, name],
        stdout: "null",
      }).output()
    ));
    assertEquals(ends.map(({ code }) => code), [0, 0, 0]);
    const store = await openSqliteEffectStore(path);
    assertEquals((await Array.fromAsync(store.list())).length, 200 + 3 * 200);
    await store.close();
  }));

Deno.test("openSqliteEffectStore() clears away what a killed process had begun, and nothing else", () =>
  inFolder(async (path) => {
    const folder = path.slice(0, path.lastIndexOf("/"));
    await Deno.mkdir(folder);
    for (const name of ["effects.sqlite.5yq803.new", "effects.sqlite.5yq803.new-journal", "my.sqlite.new"]) {
      await Deno.writeTextFile(`${folder}/${name}`, "");
    }
    await (await openSqliteEffectStore(path)).close();
    const beside = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assertEquals(beside, ["effects.sqlite", "my.sqlite.new"]);
  }));

Deno.test("openSqliteEffectStore() gives room back when records were deleted", () =>
  inFolder(async (path) => {
    const keys = await fill(path);
    const before = Deno.statSync(path).size;
    const store = await openSqliteEffectStore(path);
    assertEquals(await store.delete(keys.slice(10)), 390);
    await store.close();
    assertEquals(Deno.statSync(path).size < before / 4, true);
    await readAll(await openSqliteEffectStore(path), keys.slice(0, 10));
  }));

Deno.test("openSqliteEffectStore() brings a store of version 1 up to date", () =>
  inFolder(async (path) => {
    const keys = await fill(path, 3);
    const database = new DatabaseSync(path);
    database.exec("ALTER TABLE effects DROP COLUMN checksum; PRAGMA user_version = 1");
    database.close();
    await readAll(await openSqliteEffectStore(path), keys);
    const again = new DatabaseSync(path);
    again.exec('UPDATE effects SET request = \'{"name":"other"}\' WHERE id = 2');
    again.close();
    assertEquals(
      await refusal(async () => await readAll(await openSqliteEffectStore(path), keys)),
      "store.corrupt",
    );
  }));

Deno.test("openSqliteEffectStore() refuses a store of a later release, and a database that is no store", () =>
  inFolder(async (path) => {
    await fill(path, 1);
    for (const [version, code] of [[99, "store.unavailable"], [0, "store.corrupt"]] as const) {
      const database = new DatabaseSync(path);
      database.exec(`PRAGMA user_version = ${version}`);
      database.close();
      assertEquals(await refusal(() => openSqliteEffectStore(path)), code);
    }
  }));

Deno.test("openSqliteEffectStore() reports a damaged file, says what to do, and never rebuilds it", () =>
  inFolder(async (path) => {
    const keys = await fill(path);
    const whole = Deno.readFileSync(path);
    const middle = Math.floor(whole.length / 4096 / 2) * 4096;
    const garbage = whole.map((byte, at) => at >= middle && at < middle + 4096 ? (at * 7919) % 251 : byte);
    const flipped = whole.map((byte, at) => at === whole.length - 300 ? byte ^ 1 : byte);
    const damages: Readonly<Record<string, Uint8Array>> = {
      overwritten: new TextEncoder().encode("this is no database at all, but long enough".repeat(20)),
      "cut in half": whole.slice(0, Math.floor(whole.length / 2)),
      "cut inside of a page": whole.slice(0, whole.length - 1000),
      "cut to the header": whole.slice(0, 100),
      empty: new Uint8Array(),
      "a page of garbage": garbage,
      "a page of zeros": whole.map((byte, at) => at >= middle && at < middle + 4096 ? 0 : byte),
      "one bit": flipped,
    };
    for (const [what, bytes] of Object.entries(damages)) {
      Deno.writeFileSync(path, bytes);
      const error = await assertRejects(
        async () => await readAll(await openSqliteEffectStore(path), keys),
        FastDistillError,
        path,
        what,
      );
      assertEquals(error.code, "store.corrupt", what);
      assertStringIncludes(error.hint ?? "", "Move the file away");
      assertEquals(Deno.readFileSync(path), bytes, what);
    }
  }));

Deno.test("openSqliteEffectStore() finds a record that was changed", () =>
  inFolder(async (path) => {
    const [key] = await fill(path, 2);
    for (const change of ["response = '\"other\"'", "request = '{}'", "meta = '{}'", "checksum = 1"]) {
      const database = new DatabaseSync(path);
      database.exec(`UPDATE effects SET ${change} WHERE key = '${key}'`);
      database.close();
      const store = await openSqliteEffectStore(path);
      assertEquals(await refusal(() => store.get(key!)), "store.corrupt", change);
      assertEquals(await refusal(() => Array.fromAsync(store.list())), "store.corrupt", change);
      await store.close();
    }
  }));

Deno.test("prepareDatabase() sets how surely a record survives", () =>
  inFolder(async (path) => {
    const synchronous = { normal: 1, full: 2 };
    for (const durability of ["full", "normal"] as const) {
      const store = await openSqliteEffectStore(path, { durability });
      await store.put(record(durability));
      await store.close();
      const database = new DatabaseSync(path);
      prepareDatabase(database, path, durability);
      assertEquals(database.prepare("PRAGMA synchronous").get(), { synchronous: synchronous[durability] });
      assertEquals(database.prepare("PRAGMA journal_mode").get(), { journal_mode: "wal" });
      database.close();
    }
    await readAll(await openSqliteEffectStore(path), [record("full").key, record("normal").key]);
  }));
