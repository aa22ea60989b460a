import { assertEquals } from "@std/assert";
import { checkDocsParity } from "./check_docs_parity.ts";
import { withTree } from "./_fixture.ts";
import { formatProblem, sortProblems } from "./_problem.ts";

/** Runs the check over some pages. */
async function problemsOf(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  let found: readonly string[] = [];
  await withTree(files, async (root) => {
    found = sortProblems(await checkDocsParity(root)).map(formatProblem);
  });
  return found;
}

const ENGLISH =
  "# Gates\n\nA gate.\n\n```ts\n// # not a heading\nconst a = 1;\n```\n\n## Why\n\n~~~~\n```\n~~~~\n";
const CHINESE = ENGLISH.replace("# Gates", "# 闸门").replace("A gate.", "闸门。").replace("Why", "为什么");

Deno.test("checkDocsParity() accepts twins that differ in words only", async () => {
  assertEquals(
    await problemsOf({
      "docs/concepts/gates.md": ENGLISH,
      "docs/zh/concepts/gates.md": CHINESE,
      "README.md": ENGLISH,
      "README.zh.md": CHINESE,
      "CHANGELOG.md": "# Changes\n",
    }),
    [],
  );
});

Deno.test("checkDocsParity() accepts a tree without docs", async () => {
  assertEquals(await problemsOf({}), []);
});

Deno.test("checkDocsParity() names a page that exists in one language only", async () => {
  assertEquals(await problemsOf({ "docs/a.md": "# A\n", "docs/zh/b.md": "# B\n", "README.zh.md": "# R\n" }), [
    "README.md: is missing: README.zh.md has no original",
    "docs/b.md: is missing: docs/zh/b.md has no original",
    "docs/zh/a.md: is missing: docs/a.md has no twin",
  ]);
});

Deno.test("checkDocsParity() names the first heading whose level differs, and a missing one", async () => {
  assertEquals(
    await problemsOf({
      "docs/a.md": "# A\n\n## B\n\n### C\n",
      "docs/zh/a.md": "# A\n\n### B\n\n## C\n",
      "docs/b.md": "# A\n\n## B\n",
      "docs/zh/b.md": "# A\n\n```\n## B\n```\n",
    }),
    [
      "docs/zh/a.md:3: heading 2 has level 3, but level 2 at docs/a.md:3",
      "docs/zh/b.md: has 1 code fences, but docs/b.md has 0",
      "docs/zh/b.md: has 1 headings, but docs/b.md has 2",
    ],
  );
});

Deno.test("checkDocsParity() names code that differs in a byte, an info string or its count", async () => {
  assertEquals(
    await problemsOf({
      "docs/a.md": ENGLISH,
      "docs/zh/a.md": CHINESE.replace("a = 1;", "a = 1; "),
      "docs/b.md": ENGLISH,
      "docs/zh/b.md": CHINESE.replace("```ts", "```ts ignore"),
      "README.md": ENGLISH,
      "README.zh.md": CHINESE.replace(/~~~~[^]*~~~~/, ""),
    }),
    [
      "README.zh.md: has 1 code fences, but README.md has 2",
      "docs/zh/a.md:5: code differs from docs/a.md:5",
      "docs/zh/b.md:5: code differs from docs/b.md:5",
    ],
  );
});
