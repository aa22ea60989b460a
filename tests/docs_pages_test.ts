import { loadPipeline } from "@fastdistill/core";
import { assertEquals } from "@std/assert";
import { dirname, join } from "node:path";
import { readMarkdown } from "../scripts/_markdown.ts";
import { allPages, fencesOf, readPage, ROOT } from "./_docs.ts";

/** The text of a page without its code. */
function prose(text: string): string {
  return text.replace(/^(`{3,})[^]*?^\1$/gm, "").replace(/`[^`\n]*`/g, "");
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(new URL(path, ROOT)).then(() => true, () => false);
}

/** The anchors that a page has, as GitHub makes them of its headings. */
async function anchorsOf(page: string): Promise<ReadonlySet<string>> {
  const text = await readPage(page);
  const lines = text.split("\n");
  const titles = readMarkdown(text).headings.map(({ line }) => lines[line - 1]!.replace(/^#+\s*/, ""));
  return new Set(
    titles.map((title) => title.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-")),
  );
}

Deno.test("every link of every page leads somewhere", async () => {
  const broken: string[] = [];
  for (const page of await allPages()) {
    for (const [, target = ""] of prose(await readPage(page)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? page : join(dirname(page), path);
      if (!await exists(file)) broken.push(`${page}: ${target}`);
      else if (anchor !== undefined && !(await anchorsOf(file)).has(decodeURIComponent(anchor))) {
        broken.push(`${page}: ${target} names no heading`);
      }
    }
  }
  assertEquals(broken, []);
});

Deno.test("every path that the architecture pages name exists", async () => {
  for (const page of ["docs/architecture.md", "docs/zh/architecture.md"]) {
    const text = (await readPage(page)).replace(/^(`{3,})[^]*?^\1$/gm, "");
    const paths = [...text.matchAll(/`((?:core|providers|steps|cli|scripts|tests|examples|compat)\/[^`]*)`/g)]
      .map(([, path]) => path!);
    const features = text.split("\n").filter((line) => /^\| .*`(?:core|providers|steps|cli)\//.test(line));
    assertEquals(features.length >= 25, true, page);
    const missing: string[] = [];
    for (const path of new Set(paths)) if (!await exists(path)) missing.push(path);
    assertEquals(missing, [], page);
  }
});

Deno.test("every whole pipeline in the docs is a valid pipeline file", async () => {
  const folder = await Deno.makeTempDir();
  let count = 0;
  try {
    for (const page of await allPages()) {
      for (const fence of await fencesOf(page, "yaml")) {
        if (!/^version: 1$/m.test(fence)) continue;
        const file = join(folder, "pipeline.yaml");
        await Deno.writeTextFile(file, fence);
        const { config } = await loadPipeline({ file, readEnv: () => "set" });
        assertEquals(config.version, 1, page);
        count++;
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  assertEquals(count > 0, true);
});
