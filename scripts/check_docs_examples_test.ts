import { assertEquals, assertStringIncludes } from "@std/assert";
import { checkDocsExamples } from "./check_docs_examples.ts";
import { withTree } from "./_fixture.ts";
import { formatProblem, sortProblems } from "./_problem.ts";

/** Runs the check over a workspace with one package and some files more. */
async function problemsOf(
  files: Readonly<Record<string, string>>,
  options: { readonly ignoredMax?: number } = {},
): Promise<readonly string[]> {
  let found: readonly string[] = [];
  const core = JSON.stringify({ name: "@fastdistill/core", version: "0.1.0", exports: "./mod.ts" });
  const tree = { "deno.json": `{ "workspace": ["./core"] }`, "core/deno.json": core };
  await withTree({ ...tree, ...files }, async (root) => {
    found = sortProblems(await checkDocsExamples(root, options)).map(formatProblem);
  });
  return found;
}

const MOD = `/**
 * Core.
 *
 * \`\`\`ts
 * import { one } from "@fastdistill/core";
 * if (one !== 1) throw new Error("not one");
 * \`\`\`
 *
 * @module
 */
/** One. */
export const one = 1;
`;

const PAGE =
  '# Page\n\n```ts\nimport { one } from "@fastdistill/core";\nif (one !== 1) throw new Error("no");\n```\n\n' +
  "```sh\nls\n```\n\n- In a list:\n\n  ```js\n  1;\n  ```\n";

Deno.test("checkDocsExamples() accepts examples that run, in comments and in both languages", async () => {
  assertEquals(
    await problemsOf({
      "core/mod.ts": MOD,
      "docs/page.md": PAGE,
      "docs/zh/page.md": PAGE,
      "README.md": PAGE,
    }),
    [],
  );
});

Deno.test("checkDocsExamples() accepts a tree without examples", async () => {
  assertEquals(await problemsOf({ "core/mod.ts": "export const one = 1;\n" }), []);
});

Deno.test("checkDocsExamples() reports an example that throws and shows what it threw", async () => {
  const [problem, ...rest] = await problemsOf({
    "core/mod.ts": MOD,
    "docs/page.md": PAGE.replace("!== 1", "=== 1 as 1"),
  });
  assertEquals(rest, []);
  assertStringIncludes(problem ?? "", "deno test --doc failed:");
  assertStringIncludes(problem ?? "", "docs/page.md#3-7.ts");
  assertStringIncludes(problem ?? "", "Error: no");
});

Deno.test("checkDocsExamples() reports an example in a comment that does not compile", async () => {
  const broken = MOD.replace("import { one }", "import { two }");
  const [problem] = await problemsOf({ "core/mod.ts": broken });
  assertStringIncludes(problem ?? "", "TS2305");
});

Deno.test("checkDocsExamples() holds the number of ignored examples", async () => {
  const page = { "docs/page.md": "```ts ignore\nnonsense(\n```\n" };
  assertEquals(await problemsOf(page), ["docs/page.md:1: ignored example: 1 in all, at most 0"]);
  assertEquals(await problemsOf(page, { ignoredMax: 1 }), []);
  assertEquals(await problemsOf({}, { ignoredMax: 1 }), [
    "scripts/check_docs_examples.ts: 0 examples are ignored: lower IGNORED_MAX from 1 to that",
  ]);
});

Deno.test("checkDocsExamples() reports fences that the runner passes over in silence", async () => {
  assertEquals(
    await problemsOf({
      "README.md": "```\nlet me = 1;\n```\n\n~~~ts\n1;\n~~~\n",
      "docs/page.md": "```ts\n1;\n```\n\n<!--\n```ts\n2;\n```\n-->\n",
    }),
    [
      "README.md: has 1 examples, but 0 of them ran",
      "README.md:1: fence names no language, so it never runs: say ts, sh or text",
      "README.md:5: fence of ~~~ never runs: use backticks",
      "docs/page.md: has 2 examples, but 1 of them ran",
    ],
  );
});
