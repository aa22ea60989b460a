import { assertEquals } from "@std/assert";
import { readdir } from "node:fs/promises";
import { clearLeftovers } from "./clear_leftovers.ts";
import { runLayout } from "./run_layout.ts";

Deno.test("clearLeftovers() removes files that were not finished, and nothing else", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const layout = runLayout(folder, "r1");
    await clearLeftovers(layout);
    await Deno.mkdir(`${layout.exportsDir}/train`, { recursive: true });
    const kept = ["run.json", "exports/a.jsonl", "exports/a.tmp", "exports/train/b.tmp.jsonl"];
    const unfinished = ["run.json.1x9.tmp", "exports/a.jsonl.c1wvie.tmp", "exports/train/b.jsonl.0.tmp"];
    for (const path of [...kept, ...unfinished]) await Deno.writeTextFile(`${layout.dir}/${path}`, "x");
    await clearLeftovers(layout);
    const left = await readdir(layout.dir, { recursive: true, withFileTypes: true });
    const files = left.filter((entry) => entry.isFile()).map(({ parentPath, name }) =>
      `${parentPath}/${name}`
    );
    assertEquals(files.sort(), kept.map((path) => `${layout.dir}/${path}`).sort());
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
