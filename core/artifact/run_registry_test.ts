import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FastDistillError } from "../errors/mod.ts";
import { temporaryFolder, writeSmallRun } from "./_fixtures/small_run.ts";
import { findRun } from "./run_index.ts";
import { listRegistered, registerRun, tagRun, untagRun } from "./run_registry.ts";
import { readTags } from "./run_tags.ts";

async function writeThree(runsDir: string): Promise<void> {
  for (
    const [runId, name, day] of [["aa11", "text2sql", 1], ["aa22", "text2sql", 3], [
      "bb33",
      "gsm8k",
      2,
    ]] as const
  ) {
    const { dir } = await writeSmallRun({ runsDir, runId, name, startedAt: `2026-01-0${day}T00:00:00.000Z` });
    await registerRun(dir);
  }
}

async function refusal(work: () => Promise<unknown>): Promise<FastDistillError> {
  return await assertRejects(work, FastDistillError);
}

Deno.test("findRun() finds a run by its tag, of one pipeline or of several", async () => {
  await using folder = await temporaryFolder();
  const runs = folder.path;
  await writeThree(runs);
  assertEquals((await tagRun(runs, "aa11", { tag: "prod" })).moved_from, null);
  assertEquals((await findRun(runs, "prod")).run_id, "aa11");
  await tagRun(runs, "gsm8k", { tag: "prod" });
  assertEquals((await findRun(runs, "text2sql@prod")).run_id, "aa11");
  assertEquals((await findRun(runs, "gsm8k@prod")).run_id, "bb33");
  assertEquals((await findRun(runs, "gsm8k@latest")).run_id, "bb33");
  const several = await refusal(() => findRun(runs, "prod"));
  assertEquals([several.message, several.hint], [
    '"prod" is a tag of 2 pipelines',
    "Write one of gsm8k@prod, text2sql@prod",
  ]);
  assertEquals((await tagRun(runs, "aa22", { tag: "prod" })).moved_from, "aa11");
  assertEquals((await findRun(runs, "text2sql@prod")).run_id, "aa22");
  await untagRun(runs, "gsm8k@prod");
  assertEquals((await findRun(runs, "prod")).run_id, "aa22");
  assertStringIncludes((await refusal(() => findRun(runs, "prd"))).message, 'did you mean "prod"?');
  assertStringIncludes((await refusal(() => untagRun(runs, "prd"))).message, 'did you mean "prod"?');
});

Deno.test("tagRun() refuses what is no tag or stands for something else", async () => {
  await using folder = await temporaryFolder();
  await writeThree(folder.path);
  for (const tag of ["", "latest", "a b", "../x", "-x", "x@y", "text2sql", "aa11", "x".repeat(65)]) {
    assertEquals((await refusal(() => tagRun(folder.path, "aa11", { tag }))).code, "config.usage", tag);
  }
  assertEquals((await refusal(() => tagRun(folder.path, "zz", { tag: "prod" }))).code, "data.run_not_found");
  await mkdir(join(folder.path, "cut", "stages"), { recursive: true });
  assertEquals((await refusal(() => tagRun(folder.path, "cut", { tag: "prod" }))).code, "run.incomplete");
});

Deno.test("findRun() does not choose between a tag and a pipeline of the same name", async () => {
  await using folder = await temporaryFolder();
  await writeThree(folder.path);
  await tagRun(folder.path, "aa11", { tag: "prod" });
  await writeSmallRun({ runsDir: folder.path, runId: "cc44", name: "prod" });
  const error = await refusal(() => findRun(folder.path, "prod"));
  assertEquals(error.hint, "Write prod@latest or text2sql@prod");
  assertEquals((await findRun(folder.path, "prod@latest")).run_id, "cc44");
});

Deno.test("listRegistered() says where the index and the folders disagree", async () => {
  await using folder = await temporaryFolder();
  await writeThree(folder.path);
  for (const [run, tag] of [["aa11", "a"], ["aa22", "b"], ["bb33", "c"]] as const) {
    await tagRun(folder.path, run, { tag });
  }
  const shown = async () =>
    (await listRegistered(folder.path)).map(({ run_id, state, tags, stale_tags }) =>
      [run_id, state, tags.join(), stale_tags.join()].join(" ")
    );
  assertEquals(await shown(), ["aa22 as_registered b ", "bb33 as_registered c ", "aa11 as_registered a "]);
  const path = join(folder.path, "aa22", "run.json");
  await writeFile(path, (await readFile(path, "utf8")).replace('"kept": 7', '"kept": 8'));
  await rename(join(folder.path, "bb33"), join(folder.path, "moved"));
  await writeSmallRun({
    runsDir: folder.path,
    runId: "aa11",
    name: "text2sql",
    startedAt: "2026-02-01T00:00:00.000Z",
  });
  assertEquals((await shown()).sort(), [
    "aa11 changed a ",
    "aa22 changed b b",
    "bb33 gone c ",
    "bb33 unregistered  ",
  ]);
  await rm(join(folder.path, "moved"), { recursive: true });
  assertStringIncludes((await refusal(() => findRun(folder.path, "c"))).message, "its folder is gone");
});

Deno.test("tagRun() and registerRun() lose nothing when several processes write at once", async () => {
  await using folder = await temporaryFolder();
  await writeThree(folder.path);
  await rm(join(folder.path, "index.sqlite"));
  const script = join(folder.path, "writer.ts");
  await writeFile(
    script,
    `import { registerRun, tagRun } from ${JSON.stringify(import.meta.resolve("./run_registry.ts"))};
    const [runs, name] = Deno.args;
    for (let n = 0; n < 8; n++) {
      await registerRun(runs + "/" + ["aa11", "aa22", "bb33"][n % 3]);
      await tagRun(runs, "text2sql", { tag: name + n });
      await tagRun(runs, "gsm8k", { tag: "shared" });
    }`,
  );
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const ends = await Promise.all(["a", "b", "c"].map((name) =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--config", config, script, folder.path, name],
      stdout: "null",
    }).output()
  ));
  assertEquals(ends.map(({ code }) => code), [0, 0, 0]);
  assertEquals((await readTags(folder.path)).length, 3 * 8 + 1);
  assertEquals((await listRegistered(folder.path)).map(({ state }) => state), Array(3).fill("as_registered"));
});

Deno.test("readTags() reports an index that is no database, and finds none where there is none", async () => {
  await using folder = await temporaryFolder();
  assertEquals(await readTags(folder.path), []);
  await writeFile(join(folder.path, "index.sqlite"), "no database, but long enough to be one".repeat(50));
  assertEquals((await refusal(() => readTags(folder.path))).code, "store.unavailable");
});
