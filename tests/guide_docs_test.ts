import type { RunSummary } from "@fastdistill/core";
import { assert, assertEquals } from "@std/assert";
import { dirname, join } from "node:path";
import { runCli } from "./_cli.ts";
import { fencesOf } from "./_docs.ts";

const PAGES = ["docs/guides/write-a-component.md", "docs/zh/guides/write-a-component.md"];

/** The files of the guide: a fence that names one in a comment holds it, up to the comment of the next one. */
async function filesOf(page: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const language of ["ts", "jsonc", "yaml"]) {
    for (const fence of await fencesOf(page, language)) {
      const name = /^(?:\/\/|#) ([\w/]+\.(?:ts|json|yaml))$/m.exec(fence)?.[1];
      if (name === undefined) continue;
      const end = fence.indexOf("\n// ", fence.indexOf(name));
      files.set(name, end === -1 ? fence : fence.slice(0, end));
    }
  }
  return files;
}

for (const page of PAGES) {
  Deno.test(`${page} holds a project that runs`, async () => {
    const files = await filesOf(page);
    assertEquals([...files.keys()].sort(), [
      "deno.json",
      "pipeline.yaml",
      "providers/echo.ts",
      "steps/grade.ts",
      "steps/word_count.ts",
    ]);
    const folder = await Deno.realPath(await Deno.makeTempDir());
    try {
      for (const [name, text] of files) {
        await Deno.mkdir(dirname(join(folder, name)), { recursive: true });
        await Deno.writeTextFile(join(folder, name), text);
      }
      const runsDir = join(folder, "runs");
      const { code, stdout, stderr } = await runCli([
        "run",
        join(folder, "pipeline.yaml"),
        "--runs-dir",
        runsDir,
        "--json",
      ]);
      assertEquals(code, 0, stderr + stdout);
      const summary: RunSummary = JSON.parse(stdout);
      assertEquals(summary.rows, { read: 2, kept: 1, rejected: { too_few_words: 1 }, failed: {} });
      assertEquals(summary.calls.performed, 1);
      assert(summary.gates[0]?.passed);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
