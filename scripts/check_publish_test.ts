import { assertEquals, assertStringIncludes } from "@std/assert";
import { checkPublish } from "./check_publish.ts";
import { withTree } from "./_fixture.ts";
import { formatProblem, sortProblems } from "./_problem.ts";

/** Runs the check over a workspace with one package, which keeps the type checker's part short. */
async function problemsOf(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  let found: readonly string[] = [];
  const tree = {
    "deno.json": `{ "workspace": ["./core"] }`,
    "core/LICENSE": "MIT\n",
    "core/deno.json": core(LISTS),
  };
  await withTree({ ...tree, ...files }, async (root) => {
    found = sortProblems(await checkPublish(root)).map(formatProblem);
  });
  return found;
}

const LISTS = { include: ["**/*.ts", "deno.json", "LICENSE"], exclude: ["**/*_test.ts"] };

/** A manifest of the package with the given publish lists. */
function core(publish: Readonly<Record<string, readonly string[]>>): string {
  const rest = { version: "0.1.0", license: "MIT", exports: { ".": "./mod.ts" }, publish };
  return JSON.stringify({ name: "@fastdistill/core", ...rest });
}

Deno.test("checkPublish() accepts a package that lists its files, and a tree without any", async () => {
  assertEquals(
    await problemsOf({
      "core/mod.ts": `/** Core. @module */\nexport { one } from "./one.ts";\n`,
      "core/one.ts": "/** One. */\nexport const one: number = 1;\n",
      "core/one_test.ts": "export {};\n",
    }),
    [],
  );
  await withTree({}, async (root) => assertEquals(await checkPublish(root), []));
});

Deno.test("checkPublish() reports slow types of a member", async () => {
  assertEquals(
    await problemsOf({
      "core/mod.ts": `/** Core. @module */\nexport { slow } from "./slow.ts";\n`,
      "core/slow.ts": "/** Slow. */\nexport function slow() {\n  return Math.max(1, 2);\n}\n",
    }),
    ["core/slow.ts:2: missing explicit return type in the public API (missing-explicit-return-type)"],
  );
});

Deno.test("checkPublish() reports what is uploaded too much and what is left behind", async () => {
  assertEquals(
    await problemsOf({
      "core/deno.json": core({
        include: ["**/*.ts", "deno.json", "deno.lock", "**/*.json"],
        exclude: ["worker.ts"],
      }),
      "core/mod.ts": `/** Core. @module */\nexport { worker } from "./pool.ts";\n`,
      "core/pool.ts": `/** Code. */\nexport const worker: URL = new URL("./worker.ts", import.meta.url);\n`,
      "core/worker.ts": "export {};\n",
      "core/one_test.ts": "export {};\n",
      "core/_fixtures/a.json": "{}\n",
      "core/deno.lock": "{}\n",
    }),
    [
      "core/deno.json: @fastdistill/core would upload core/_fixtures/a.json",
      "core/deno.json: @fastdistill/core would upload core/deno.lock",
      "core/deno.json: @fastdistill/core would upload core/one_test.ts",
      "core/deno.json: @fastdistill/core would upload no core/LICENSE",
      "core/pool.ts:2: imports core/worker.ts, which the package would not upload",
    ],
  );
});

Deno.test("checkPublish() hands on what else stops a publish", async () => {
  const [problem, ...rest] = await problemsOf({
    "core/mod.ts": `/** Core. @module */\nexport const a: number = "x";\n`,
  });
  assertEquals(rest, []);
  assertStringIncludes(problem ?? "", "core/deno.json: failed with code 1:");
  assertStringIncludes(problem ?? "", "Type 'string' is not assignable to type 'number'");
});
