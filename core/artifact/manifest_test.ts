import { assertEquals, assertRejects } from "@std/assert";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FastDistillError } from "../errors/mod.ts";
import { sha256 } from "../record/mod.ts";
import { temporaryFolder } from "./_fixtures/small_run.ts";
import { formatManifest, type Manifest, readManifest } from "./manifest.ts";

const manifest: Manifest = {
  schema: "fastdistill.manifest/1",
  hash_policy: "v1",
  run_id: "r1",
  name: "small",
  stage: "distilled",
  pipeline_signature: "sig",
  seed: 7,
  count: 0,
  columns: { a: "string" },
  parts: [{ path: "part-00000.jsonl", sha256: sha256(""), size: 0, rows: 0 }],
  merkle_root: sha256(""),
  min_sample_id: null,
  max_sample_id: null,
  parents: [],
  partial: false,
};

async function refusalOf(text: string): Promise<FastDistillError> {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "manifest.json");
  await writeFile(path, text);
  const error = await assertRejects(() => readManifest(path), FastDistillError);
  assertEquals(error.code, "data.invalid_manifest");
  return error;
}

Deno.test("formatManifest() is one line of canonical JSON", () => {
  const text = formatManifest(manifest);
  assertEquals(text.split("\n").length, 2);
  assertEquals(JSON.parse(text), manifest);
  assertEquals(text.startsWith('{"columns":{"a":"string"},"count":0,"hash_policy"'), true);
});

Deno.test("readManifest() names what is wrong", async () => {
  assertEquals((await refusalOf("{")).message.endsWith("it is not JSON"), true);
  const wrongs: readonly (readonly [Record<string, unknown>, string])[] = [
    [{ count: -1 }, "count"],
    [{ merkle_root: "x" }, "merkle_root"],
    [{ parts: [{ ...manifest.parts[0], path: "../x.jsonl" }] }, "parts.0.path"],
    [{ columns: { a: "text" } }, "columns.a"],
  ];
  for (const [wrong, place] of wrongs) {
    const { message } = await refusalOf(JSON.stringify({ ...manifest, ...wrong }));
    assertEquals(message.slice(message.lastIndexOf(" at ") + 4), place);
  }
});

Deno.test("readManifest() refuses unknown fields and schemas", async () => {
  await refusalOf(JSON.stringify({ ...manifest, extra: 1 }));
  await refusalOf(JSON.stringify({ ...manifest, schema: "fastdistill.manifest/2" }));
});

Deno.test("readManifest() says when there is no file", async () => {
  await using folder = await temporaryFolder();
  const error = await assertRejects(() => readManifest(join(folder.path, "none.json")), FastDistillError);
  assertEquals(error.code, "data.file_not_found");
});
