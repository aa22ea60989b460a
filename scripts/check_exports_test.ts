import { assertEquals } from "@std/assert";
import { checkExports } from "./check_exports.ts";
import { withTree, WORKSPACE } from "./_fixture.ts";
import { formatProblem, sortProblems } from "./_problem.ts";

/** Runs the check over our kind of workspace with some files more. */
async function problemsOf(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  let found: readonly string[] = [];
  await withTree({ ...WORKSPACE, ...files }, async (root) => {
    found = sortProblems(await checkExports(root)).map(formatProblem);
  });
  return found;
}

Deno.test("checkExports() accepts named re-exports below a module comment", async () => {
  assertEquals(
    await problemsOf({
      "core/mod.ts": `/**\n * Contracts.\n *\n * @module\n */\nexport { a, type B } from "./graph/mod.ts";\n`,
      "core/graph/mod.ts":
        `/** Graph. @module */\nexport type { B } from "./x.ts";\nexport { default as a } from "./x.ts";\n`,
      "core/graph/x.ts": "export default 1;\nexport type B = 1;\n",
      "providers/replay/mod.ts": `/** Component. @module */\nexport { default } from "./replay.ts";\n`,
      "scripts/mod.ts": "console.log(1);\n",
    }),
    [],
  );
});

Deno.test("checkExports() accepts a tree with nothing in it", async () => {
  await withTree({}, async (root) => assertEquals(await checkExports(root), []));
});

Deno.test("checkExports() rejects stars, logic, defaults, imports and own names in mod.ts", async () => {
  assertEquals(
    await problemsOf({
      "core/mod.ts": `/** Core. @module */
export * from "./a.ts";
export * as b from "./b.ts";
export const c = 1;
import { d } from "./d.ts";
export { d };
export { e as default } from "./e.ts";
export default 1;
if (c) throw new Error("x");
`,
    }),
    [
      "core/mod.ts:2: re-exports with *: list the names",
      "core/mod.ts:3: re-exports with *: list the names",
      "core/mod.ts:4: holds more than named re-exports: export const c = 1;",
      `core/mod.ts:5: holds more than named re-exports: import { d } from "./d.ts";`,
      "core/mod.ts:6: exports names of its own: re-export them with from",
      "core/mod.ts:7: has a default export: give it a name",
      "core/mod.ts:8: holds more than named re-exports: export default 1;",
      `core/mod.ts:9: holds more than named re-exports: if (c) throw new Error("x");`,
    ],
  );
});

Deno.test("checkExports() rejects a default export outside the modules of components", async () => {
  const mod = `/** Parts. @module */\nexport { default } from "./x.ts";\n`;
  assertEquals(
    await problemsOf({ "providers/mod.ts": mod, "providers/_shared/mod.ts": mod, "core/graph/mod.ts": mod }),
    [
      "core/graph/mod.ts:2: has a default export: give it a name",
      "providers/_shared/mod.ts:2: has a default export: give it a name",
      "providers/mod.ts:2: has a default export: give it a name",
    ],
  );
});

Deno.test("checkExports() wants a module comment in mod.ts and in every exported file", async () => {
  assertEquals(
    await problemsOf({
      "cli.ts": "export {};\n",
      "core/mod.ts": "/** Not a module comment. */\nexport {};\n",
      "steps/mod.ts": "/** @module */\nexport {};\n",
    }),
    [
      "cli.ts:1: has no module doc comment (/** ... @module */)",
      "core/mod.ts:1: has no module doc comment (/** ... @module */)",
      "steps/mod.ts:1: has no module doc comment (/** ... @module */)",
    ],
  );
});

Deno.test("checkExports() rejects an export path whose file is missing", async () => {
  const core = JSON.stringify({ name: "@fastdistill/core", exports: { ".": "./mod.ts", "./x": "./x.ts" } });
  assertEquals(await problemsOf({ "core/deno.json": core }), [
    "core/x.ts: is an export path in deno.json, but does not exist",
  ]);
});
