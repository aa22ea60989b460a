import { assertEquals } from "@std/assert";
import { checkDocLint } from "./check_doc_lint.ts";
import { withTree, WORKSPACE } from "./_fixture.ts";
import { formatProblem, sortProblems } from "./_problem.ts";

/** Runs the check over our kind of workspace with some files more. */
async function problemsOf(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  let found: readonly string[] = [];
  await withTree({ ...WORKSPACE, ...files }, async (root) => {
    found = sortProblems(await checkDocLint(root)).map(formatProblem);
  });
  return found;
}

Deno.test("checkDocLint() accepts documented packages and a tree without any", async () => {
  assertEquals(await problemsOf({}), []);
  await withTree({}, async (root) => assertEquals(await checkDocLint(root), []));
});

Deno.test("checkDocLint() reports undocumented symbols and private types of every package", async () => {
  assertEquals(
    await problemsOf({
      "core/mod.ts": `/** Core. @module */\nexport { bare } from "./x.ts";\n`,
      "core/x.ts": "export const bare: number = 1;\n",
      "steps/mod.ts": `/** Steps. @module */\nexport { open } from "./x.ts";\n`,
      "steps/x.ts": "interface Hidden {}\n/** Opens. */\nexport function open(_x: Hidden): void {}\n",
    }),
    [
      "core/x.ts:1: exported symbol is missing JSDoc documentation (missing-jsdoc)",
      "steps/x.ts:3: public type 'open' references private type 'Hidden' (private-type-ref)",
    ],
  );
});
