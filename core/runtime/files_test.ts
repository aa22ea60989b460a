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
  readTextFile,
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
    await Deno.writeTextFile(`${folder}/questions.jsonl`, "");
    await Deno.writeTextFile(`${folder}/.env`, "");
    const near = await assertRejects(() => linesOf(`${folder}/question.jsonl`), FastDistillError);
    assert(near.message.endsWith('it does not exist; did you mean "questions.jsonl"?'), near.message);
    const hidden = await assertRejects(() => linesOf(`${folder}/env`), FastDistillError);
    assert(hidden.message.endsWith("env: it does not exist"), hidden.message);
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

Deno.test("createFile() takes text and bytes in turn, and gets its name at the end", () =>
  inFolder(async (folder) => {
    const file = await createFile(`${folder}/part-{count}`);
    await file.write("a");
    await file.write(new Uint8Array([98, 99]));
    await file.write("d");
    await file.finish();
    assertEquals([...Deno.readDirSync(folder)].filter(({ name }) => !name.endsWith(".tmp")), []);
    const expected = { path: `${folder}/part-1`, sha256: sha256("abcd"), size: 4 };
    assertEquals(await file.commit("part-1"), expected);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["part-1"]);
    const other = await createFile(`${folder}/inside`);
    assertEquals((await other.commit("../outside")).path, `${folder}/outside`);
  }));

Deno.test("inputFilesOf() reads bytes whole and in part, and says how many there are", () =>
  inFolder(async (folder) => {
    await writeTextFile(`${folder}/a.bin`, "0123456789".repeat(20_000));
    const files = inputFilesOf(folder);
    const read = async (range?: { readonly start: number; readonly end: number }) => {
      let text = "";
      for await (const chunk of files.readBytes("a.bin", range)) text += new TextDecoder().decode(chunk);
      return text;
    };
    assertEquals([await files.size("a.bin"), (await read()).length], [200_000, 200_000]);
    const parts = [{ start: 3, end: 6 }, { start: 199_998, end: 300_000 }, { start: 5, end: 5 }];
    assertEquals(await Promise.all(parts.map(read)), ["345", "89", ""]);
  }));

Deno.test("inputFilesOf() lists the files of a folder, of a pattern, or the file itself", () =>
  inFolder(async (folder) => {
    for (
      const name of ["set [1]/b.csv", "set [1]/a.csv", "set [1]/deep/c.csv", "set [1]/.hidden", "d.jsonl"]
    ) {
      await writeTextFile(`${folder}/${name}`, "x");
    }
    const files = inputFilesOf(folder);
    const cases: readonly (readonly [string, readonly string[]])[] = [
      ["set [1]", ["set [1]/a.csv", "set [1]/b.csv", "set [1]/deep/c.csv"]],
      ["set [1]/a.csv", ["set [1]/a.csv"]],
      ["**/*.{csv,jsonl}", ["d.jsonl", "set [1]/a.csv", "set [1]/b.csv", "set [1]/deep/c.csv"]],
      ["*.jsonl", ["d.jsonl"]],
      ["absent.csv", ["absent.csv"]],
      [`${folder}/*.jsonl`, [`${folder}/d.jsonl`]],
    ];
    for (const [path, names] of cases) assertEquals(await files.list(path), names, path);
    const error = await assertRejects(() => files.list("*.parquet"), FastDistillError);
    assertEquals(error.code, "data.file_not_found");
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

Deno.test({
  name:
    "readTextFile() refuses a pipe with a name, for which nobody may ever write; readLines() reads it to its end",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/pipe.yaml`;
      assert((await new Deno.Command("mkfifo", { args: [path] }).output()).success);
      const error = await assertRejects(() => readTextFile(path), FastDistillError);
      assertEquals(error.message, `Read a file, found a device or a pipe: ${path}`);
      const lines = Array.fromAsync(readLines(path));
      const writer = new Deno.Command("sh", { args: ["-c", `printf 'a\\nb' > "$0"`, path] }).output();
      assertEquals((await Promise.all([lines, writer]))[0], ["a", "b"]);
    }),
});
