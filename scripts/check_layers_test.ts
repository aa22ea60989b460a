import { assertEquals } from "@std/assert";
import { checkLayers } from "./check_layers.ts";
import { withTree, WORKSPACE } from "./_fixture.ts";
import { formatProblem, sortProblems } from "./_problem.ts";

/** Runs the check over our kind of workspace with some files more. */
async function problemsOf(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  let found: readonly string[] = [];
  await withTree({ ...WORKSPACE, ...files }, async (root) => {
    found = sortProblems(await checkLayers(root)).map(formatProblem);
  });
  return found;
}

const LEGAL = {
  "core/errors.ts": "export const a = 1;\n",
  "core/record/row.ts": `import { a } from "../errors.ts";\nexport type Row = typeof a;\n`,
  "core/step/step.ts": `import type { Row } from "../record/row.ts";\nexport type Step = Row;\n`,
  "core/provider/provider.ts": `import type { Step } from "../step/step.ts";\nexport type P = Step;\n`,
  "core/runtime/files.ts": `import { a } from "../errors.ts";\nexport const b = a;\n`,
  "core/config/load.ts": `import { b } from "../runtime/files.ts";\nexport const c = b;\n`,
  "core/run/run.ts": `import { c } from "../config/load.ts";\nexport const d = c;\n`,
  "core/testing/fake.ts": `import { d } from "../run/run.ts";\nexport const e = d;\n`,
  "core/mod.ts": `/** Core. @module */\nexport { d } from "./run/run.ts";\n`,
  "core/config/yaml.ts": `import { parse } from "@std/yaml";\nparse;\n`,
  "core/record/row_test.ts":
    `import "@std/yaml";\nimport { e } from "../testing/fake.ts";\nimport "@fastdistill/core";\ne;\n`,
  "providers/replay/chat.ts":
    `import { d } from "@fastdistill/core";\nimport { s } from "../_shared/sse.ts";\nd; s;\n`,
  "providers/_shared/sse.ts": `export const s = 1;\n`,
  "providers/builtin.ts": `export const load = () => import("./replay/chat.ts");\n`,
  "steps/read/jsonl.ts": `import { z } from "zod";\nimport { d } from "@fastdistill/core";\nd; z;\n`,
  "cli/run.ts": `import { d } from "@fastdistill/core";\nexport const run = () => d;\n`,
  "cli.ts": `import { run } from "./cli/run.ts";\nimport "@fastdistill/steps";\nrun;\n`,
};

Deno.test("checkLayers() accepts imports that go down the layers", async () => {
  assertEquals(await problemsOf(LEGAL), []);
});

Deno.test("checkLayers() accepts a tree with nothing in it", async () => {
  await withTree({}, async (root) => assertEquals(await checkLayers(root), []));
});

Deno.test("checkLayers() rejects core importing another package, in tests and in types", async () => {
  assertEquals(
    await problemsOf({
      "core/record/row.ts": `export const x = 1;\nexport type T = import("@fastdistill/steps").T;\n`,
      "core/record/row_test.ts": `import "../../cli/run.ts";\nimport "../../compat/std-yaml/mod.ts";\n`,
      "cli/run.ts": "export {};\n",
    }),
    [
      "core/record/row.ts:2: core imports steps/mod.ts, but may import nothing of ours",
      "core/record/row_test.ts:1: core imports nothing of ours, in tests too, but this imports cli/run.ts",
      "core/record/row_test.ts:2: core imports nothing of ours, in tests too, but this imports compat/std-yaml/mod.ts",
    ],
  );
});

Deno.test("checkLayers() rejects a type-only import against the order inside core", async () => {
  const order =
    "errors -> record, statistics -> component -> step, provider -> plugin -> registry, config, " +
    "graph, expression -> effects, gateway, artifact, report, observe -> run -> proof";
  assertEquals(
    await problemsOf({
      "core/record/row.ts": `import type { G } from "../graph/graph.ts";\nexport type R = G;\n`,
      "core/graph/graph.ts": "export type G = 1;\n",
      "core/step/step.ts": `import { now } from "../runtime/clock.ts";\nnow;\n`,
      "core/runtime/clock.ts": `import type { S } from "../config/schema.ts";\nexport const now = 1 as S;\n`,
      "core/config/schema.ts": "export type S = 1;\n",
    }),
    [
      `core/record/row.ts:1: core/record imports core/graph/graph.ts, which is to the right of it: ${order}`,
      "core/runtime/clock.ts:1: core/runtime imports core/config/schema.ts, but may import errors, record, component",
      `core/step/step.ts:1: core/step imports core/runtime/clock.ts, which is to the right of it: ${order}`,
    ],
  );
});

Deno.test("checkLayers() rejects one provider importing another and one verb importing another", async () => {
  assertEquals(
    await problemsOf({
      "providers/a/chat.ts": "export const a = 1;\n",
      "providers/b/chat.ts": `export const load = () => import("../a/chat.ts");\n`,
      "steps/read/x.ts": `import "../write/y.ts";\n`,
      "steps/write/y.ts": "export {};\n",
    }),
    [
      "providers/b/chat.ts:1: providers/b imports providers/a/chat.ts, but may import itself, providers/_shared and core",
      "steps/read/x.ts:1: steps/read imports steps/write/y.ts, but may import itself, steps/_shared and core",
    ],
  );
});

Deno.test("checkLayers() rejects reaching into another package by path", async () => {
  assertEquals(
    await problemsOf({ "cli/run.ts": `import "../core/mod.ts";\n` }),
    ["cli/run.ts:1: imports core/mod.ts by path, which is not published with it: import it as @fastdistill/core"],
  );
});

Deno.test("checkLayers() rejects product code importing core/testing, scripts or the root from inside", async () => {
  assertEquals(
    await problemsOf({
      "core/run/run.ts": `import "../testing/fake.ts";\n`,
      "core/testing/fake.ts": "export {};\n",
      "cli/run.ts": `import "../scripts/tool.ts";\n`,
      "scripts/tool.ts": "export {};\n",
      "core/graph/graph.ts": `import "../mod.ts";\n`,
    }),
    [
      "cli/run.ts:1: cli imports scripts/tool.ts, but may import core, providers, steps, mod.ts",
      "core/graph/graph.ts:1: imports core/mod.ts: inside core, import the part itself",
      "core/run/run.ts:1: imports core/testing/fake.ts, but core/testing is for tests only",
    ],
  );
});

Deno.test("checkLayers() prints the path of a cycle that only types close", async () => {
  assertEquals(
    await problemsOf({
      "cli/a.ts": `import { b } from "./b.ts";\nexport type A = typeof b;\n`,
      "cli/b.ts": `import "./c.ts";\nexport const b = 1;\n`,
      "cli/c.ts": `export const c = 1;\nexport type C = import("./a.ts").A;\n`,
    }),
    ["cli/a.ts:1: import cycle: cli/a.ts -> cli/b.ts -> cli/c.ts -> cli/a.ts"],
  );
});

Deno.test("checkLayers() rejects two parts of one layer that import each other through different files", async () => {
  assertEquals(
    await problemsOf({
      "core/config/a.ts": `import "../graph/a.ts";\n`,
      "core/graph/a.ts": "export {};\n",
      "core/graph/b.ts": `import "../config/b.ts";\n`,
      "core/config/b.ts": "export {};\n",
    }),
    [
      "core/config: parts of one layer import each other both ways: config -> graph -> config " +
      "(core/config/a.ts:1, core/graph/b.ts:1)",
    ],
  );
});

Deno.test("checkLayers() rejects inline specifiers, missing files and parts that the table does not know", async () => {
  assertEquals(
    await problemsOf({
      "steps/read/x.ts":
        `import "npm:zod@4";\nexport * from "jsr:@std/yaml";\nimport("https://example.test/x.ts");\n`,
      "core/graph/x.ts": `import "./gone.ts";\n`,
      "core/extra/x.ts": "export {};\n",
    }),
    [
      "core/extra/x.ts: core/extra has no place in the layers of scripts/check_layers.ts",
      "core/graph/x.ts:1: imports core/graph/gone.ts, which does not exist",
      `steps/read/x.ts:1: imports "npm:zod@4" inline: give it a name in the imports of deno.json`,
      `steps/read/x.ts:2: imports "jsr:@std/yaml" inline: give it a name in the imports of deno.json`,
      `steps/read/x.ts:3: imports "https://example.test/x.ts" inline: give it a name in the imports of deno.json`,
    ],
  );
});
