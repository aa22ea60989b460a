import { assert, assertEquals, assertRejects } from "@std/assert";
import { FastDistillError } from "../errors/mod.ts";
import { sha256 } from "../record/mod.ts";
import {
  createFile,
  fingerprintFile,
  inputFilesOf,
  outputFilesOf,
  pathExists,
  readLines,
  writeTextFile,
} from "./files.ts";
import { seededRandom } from "./random.ts";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function linesOf(path: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of readLines(path)) lines.push(line);
  return lines;
}

Deno.test("readLines() handles every line end, a byte order mark, and text across chunks", () =>
  inFolder(async (folder) => {
    const long = "é".repeat(300_000);
    await Deno.writeTextFile(`${folder}/a`, `\uFEFFone\r\ntwo\n\n${long}\nlast`);
    assertEquals(await linesOf(`${folder}/a`), ["one", "two", "", long, "last"]);
    await Deno.writeTextFile(`${folder}/empty`, "");
    assertEquals(await linesOf(`${folder}/empty`), []);
  }));

Deno.test("readLines() names a file that is missing, or a folder", () =>
  inFolder(async (folder) => {
    const missing = await assertRejects(() => linesOf(`${folder}/none.jsonl`), FastDistillError);
    assertEquals([missing.code, missing.message], [
      "data.file_not_found",
      `Cannot read ${folder}/none.jsonl: it does not exist`,
    ]);
    const isFolder = await assertRejects(() => linesOf(folder), FastDistillError);
    assertEquals(isFolder.message, `Read a file, found a folder: ${folder}`);
  }));

Deno.test("createFile() makes a file appear whole at commit, and not at all after abort", () =>
  inFolder(async (folder) => {
    const path = `${folder}/deep/out.txt`;
    const file = await createFile(path);
    await file.write("hello ");
    await file.write("wörld");
    assertEquals(await pathExists(path), false);
    assertEquals(await file.commit(), { path, sha256: sha256("hello wörld"), size: 12 });
    assertEquals(await Deno.readTextFile(path), "hello wörld");
    const other = await createFile(`${folder}/deep/never.txt`);
    await other.write("x".repeat(600_000));
    await other.abort();
    assertEquals([...Deno.readDirSync(`${folder}/deep`)].map(({ name }) => name), ["out.txt"]);
  }));

Deno.test("fingerprintFile() is the SHA-256 of the bytes", () =>
  inFolder(async (folder) => {
    await writeTextFile(`${folder}/a`, "some text");
    assertEquals(await fingerprintFile(`${folder}/a`), { sha256: sha256("some text"), size: 9 });
  }));

Deno.test("outputFilesOf() refuses a relative path that leaves its folder", () =>
  inFolder(async (folder) => {
    const error = await assertRejects(() => outputFilesOf(folder).create("../escape.txt"), FastDistillError);
    assertEquals(error.code, "data.write_failed");
    assert(!(await pathExists(`${folder}/../escape.txt`)));
  }));

Deno.test("inputFilesOf() resolves relative paths against its folder and limits whole reads", () =>
  inFolder(async (folder) => {
    await writeTextFile(`${folder}/a.txt`, "12345");
    const files = inputFilesOf(folder);
    assertEquals(await files.readText("a.txt"), "12345");
    const error = await assertRejects(() => files.readText("a.txt", { bytesMax: 4 }), FastDistillError);
    assertEquals(error.code, "data.malformed");
  }));

Deno.test("seededRandom() repeats for one seed, differs for another, and is spread evenly", () => {
  const [a, b, c] = [seededRandom("1"), seededRandom("1"), seededRandom("2")];
  const take = (random: typeof a) => Array.from({ length: 5 }, () => random.next());
  const [first, second, third] = [take(a), take(b), take(c)];
  assertEquals(first, second);
  assert(first.join() !== third.join());
  const buckets = Array.from({ length: 10 }, () => 0);
  for (let draw = 0; draw < 10_000; draw++) buckets[a.integer(10)]!++;
  assert(Math.min(...buckets) > 850 && Math.max(...buckets) < 1_150, buckets.join());
});
