import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { FastDistillError } from "../errors/mod.ts";
import { canonicalJson, digest, MerkleTree, type Row, sha256 } from "../record/mod.ts";
import { envelopeOf, KEPT_ROWS, temporaryFolder } from "./_fixtures/small_run.ts";
import { type Manifest, manifestDigest, readManifest } from "./manifest.ts";
import { type RunLayout, runLayout } from "./run_layout.ts";
import { createStageWriter, type StageWriterOptions } from "./stage_writer.ts";

function optionsIn(runsDir: string, more: Partial<StageWriterOptions> = {}): StageWriterOptions {
  const layout = runLayout(runsDir, "r1");
  return { layout, stage: "distilled", name: "small", runId: "r1", signature: "sig", seed: 7, ...more };
}

async function writeStage(options: StageWriterOptions, rows: readonly Row[]): Promise<Manifest> {
  const writer = await createStageWriter(options);
  for (const [index, row] of rows.entries()) await writer.write(envelopeOf(row, index));
  return await writer.close({ partial: false });
}

async function stageText(layout: RunLayout, name: string): Promise<string> {
  return await readFile(join(layout.stageDir("distilled"), name), "utf8");
}

Deno.test("createStageWriter() writes canonical lines in parts, and a manifest that states them", async () => {
  await using folder = await temporaryFolder();
  const parents = [{ name: "questions.jsonl", digest: sha256("questions") }];
  const options = optionsIn(folder.path, { rowsPerPart: 3, parents });
  const manifest = await writeStage(options, KEPT_ROWS);
  const text = (from: number, to: number) =>
    KEPT_ROWS.slice(from, to).map((row) => canonicalJson(row) + "\n").join("");
  const parts = [text(0, 3), text(3, 6), text(6, 7)];
  for (const [index, part] of parts.entries()) {
    assertEquals(await stageText(options.layout, `part-0000${index}.jsonl`), part);
  }
  const tree = new MerkleTree();
  for (const row of KEPT_ROWS) tree.add(digest(row));
  const ids = KEPT_ROWS.map((row) => row["sample_id"] as string).sort();
  assertEquals(manifest, {
    schema: "fastdistill.manifest/1",
    hash_policy: "v1",
    run_id: "r1",
    name: "small",
    stage: "distilled",
    pipeline_signature: "sig",
    seed: 7,
    count: 7,
    columns: {
      exec_pass: "boolean",
      level: "string",
      note: "any",
      question: "string",
      sample_id: "string",
      score: "number",
    },
    parts: parts.map((part, index) => ({
      path: `part-0000${index}.jsonl`,
      sha256: sha256(part),
      size: new TextEncoder().encode(part).byteLength,
      rows: [3, 3, 1][index]!,
    })),
    merkle_root: tree.root(),
    min_sample_id: ids[0]!,
    max_sample_id: ids.at(-1)!,
    parents,
    partial: false,
  });
});

Deno.test("createStageWriter() leaves a manifest whose file has the manifest's digest", async () => {
  await using folder = await temporaryFolder();
  const options = optionsIn(folder.path);
  const manifest = await writeStage(options, KEPT_ROWS);
  assertEquals(sha256(await stageText(options.layout, "manifest.json")), manifestDigest(manifest));
  assertEquals(await readManifest(options.layout.stageManifest("distilled")), manifest);
});

Deno.test("createStageWriter() gives an empty stage an empty part", async () => {
  await using folder = await temporaryFolder();
  const manifest = await writeStage(optionsIn(folder.path), []);
  assertEquals(manifest.parts, [{ path: "part-00000.jsonl", sha256: sha256(""), size: 0, rows: 0 }]);
  assertEquals([manifest.count, manifest.min_sample_id, manifest.merkle_root], [0, null, sha256("")]);
});

Deno.test("createStageWriter() replaces an earlier stage, parts and all", async () => {
  await using folder = await temporaryFolder();
  const options = optionsIn(folder.path);
  await writeStage({ ...options, rowsPerPart: 1 }, KEPT_ROWS);
  await writeStage(options, KEPT_ROWS.slice(0, 2));
  assertEquals((await readdir(options.layout.stageDir("distilled"))).sort(), [
    "manifest.json",
    "part-00000.jsonl",
  ]);
  assertEquals(await readdir(options.layout.stagesDir), ["distilled"]);
});

Deno.test("createStageWriter() shows nothing before close, and abort leaves the earlier stage", async () => {
  await using folder = await temporaryFolder();
  const options = optionsIn(folder.path);
  const before = await writeStage(options, KEPT_ROWS);
  const writer = await createStageWriter(options);
  await writer.write(envelopeOf({ other: 1 }));
  assertEquals(await readManifest(options.layout.stageManifest("distilled")), before);
  await writer.abort();
  assertEquals(await readdir(options.layout.stagesDir), ["distilled"]);
  assertEquals(await readManifest(options.layout.stageManifest("distilled")), before);
});

Deno.test("createStageWriter() clears away what a writer that was cut off left", async () => {
  await using folder = await temporaryFolder();
  const options = optionsIn(folder.path);
  await mkdir(join(options.layout.stagesDir, ".distilled.1x2y.tmp", "part-00000.jsonl.3z.tmp"), {
    recursive: true,
  });
  await mkdir(join(options.layout.stagesDir, ".other.1x2y.tmp"));
  await writeStage(options, KEPT_ROWS);
  assertEquals((await readdir(options.layout.stagesDir)).sort(), [".other.1x2y.tmp", "distilled"]);
});

Deno.test("createStageWriter() takes the parents that are known at the end", async () => {
  await using folder = await temporaryFolder();
  const writer = await createStageWriter(optionsIn(folder.path, { parents: [{ name: "a", digest: "1" }] }));
  const manifest = await writer.close({ partial: true, parents: [{ name: "b", digest: "2" }] });
  assertEquals([manifest.parents, manifest.partial], [[{ name: "b", digest: "2" }], true]);
});

Deno.test("createStageWriter() refuses a row that is not JSON and goes on without it", async () => {
  await using folder = await temporaryFolder();
  const writer = await createStageWriter(optionsIn(folder.path));
  await writer.write(envelopeOf({ a: 1 }));
  const error = assertThrows(() => writer.write(envelopeOf({ a: NaN })), FastDistillError);
  assertEquals(error.code, "data.not_canonical");
  await writer.write(envelopeOf({ a: 2 }));
  assertEquals((await writer.close({ partial: false })).count, 2);
});

Deno.test("createStageWriter() refuses misuse", async () => {
  await using folder = await temporaryFolder();
  const options = optionsIn(folder.path, { rowsPerPart: 1 });
  await assertRejects(
    () => createStageWriter({ ...options, rowsPerPart: 0 }),
    RangeError,
    "at least one row: 0",
  );
  const writer = await createStageWriter(options);
  await writer.write(envelopeOf({ a: 1 }));
  const pending = writer.write(envelopeOf({ a: 2 }));
  assertThrows(() => writer.write(envelopeOf({ a: 3 })), TypeError, "waits for a file");
  await pending;
  assertEquals((await writer.close({ partial: false })).count, 2);
  await assertRejects(() => writer.close({ partial: false }), TypeError);
});
