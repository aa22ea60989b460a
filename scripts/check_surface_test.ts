import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { checkSurface, updateSurface } from "./check_surface.ts";
import { withTree, WORKSPACE } from "./_fixture.ts";
import { formatProblem, sortProblems } from "./_problem.ts";

const SOURCE = `/** Größe – with characters of several bytes. @module */
/** Doubles. */
export function double(n: number): number {
  return n * 2;
}
/** Shape. */
export interface Shape {
  /** Side. */
  readonly side: number;
}
/** Kinds. */
export type Kind = "a" | "b";
/** Limits. */
export const LIMITS = { rows: 10 } as const;
/** Box. */
export class Box implements Shape {
  readonly #secret = 1;
  readonly side: number = 2;
  /** Opens. */
  open(): number {
    return this.#secret;
  }
}
`;

const TREE = {
  ...WORKSPACE,
  "core/graph/x.ts": SOURCE,
  "core/mod.ts":
    `/** Core. @module */\nexport { Box, double as twice, type Kind, LIMITS, type Shape } from "./graph/x.ts";\n`,
  "mod.ts": `/** All. @module */\nexport { twice } from "@fastdistill/core";\n`,
};

/** Takes the snapshot, applies edits, and runs the check. */
async function problemsAfter(edits: Readonly<Record<string, string>>): Promise<readonly string[]> {
  let found: readonly string[] = [];
  await withTree(TREE, async (root) => {
    assertEquals(await updateSurface(root), []);
    for (const [path, text] of Object.entries(edits)) await writeFile(join(root, path), text);
    found = sortProblems(await checkSurface(root)).map(formatProblem);
  });
  return found;
}

const ADVICE = "run deno task surface:update if it is meant";

Deno.test("checkSurface() accepts a surface that is as committed", async () => {
  assertEquals(await problemsAfter({}), []);
});

Deno.test("checkSurface() ignores bodies, comments and private members", async () => {
  const edited = SOURCE.replace("n * 2", "n + n").replace("/** Opens. */", "").replaceAll(
    "#secret",
    "#hidden",
  );
  assertEquals(await problemsAfter({ "core/graph/x.ts": edited }), []);
});

Deno.test("checkSurface() reports changed values and types", async () => {
  const edited = SOURCE.replace("double(n: number)", "double(n: number, m?: number)")
    .replace("readonly side: number;", "readonly side?: number;").replace(`"b"`, `"c"`)
    .replace("rows: 10", "rows: 11").replace("open(): number", "open(): unknown");
  const file = "scripts/surface/core.txt";
  assertEquals(await problemsAfter({ "core/graph/x.ts": edited }), [
    `${file}: changed class @fastdistill/core Box: was "open(): number;", is "open(): unknown;": ${ADVICE}`,
    `${file}: changed function @fastdistill/core twice: was "function double(n: number): number;", ` +
    `is "function double(n: number, m?: number): number;": ${ADVICE}`,
    `${file}: changed interface @fastdistill/core Shape: was "readonly side: number;", ` +
    `is "readonly side?: number;": ${ADVICE}`,
    `${file}: changed typeAlias @fastdistill/core Kind: was "type Kind = "a" | "b";", ` +
    `is "type Kind = "a" | "c";": ${ADVICE}`,
    `${file}: changed variable @fastdistill/core LIMITS: was "readonly rows: 10;", is "readonly rows: 11;": ${ADVICE}`,
  ]);
});

Deno.test("checkSurface() reports added and removed names, and what the root shows", async () => {
  assertEquals(
    await problemsAfter({
      "core/mod.ts": `/** Core. @module */\nexport { double as twice, double } from "./graph/x.ts";\n`,
      "mod.ts": `/** All. @module */\nexport {};\n`,
    }),
    [
      `scripts/surface/cli.txt: removed function @fastdistill/cli/mod twice: ${ADVICE}`,
      `scripts/surface/core.txt: added function @fastdistill/core double: ${ADVICE}`,
      `scripts/surface/core.txt: removed class @fastdistill/core Box: ${ADVICE}`,
      `scripts/surface/core.txt: removed interface @fastdistill/core Shape: ${ADVICE}`,
      `scripts/surface/core.txt: removed typeAlias @fastdistill/core Kind: ${ADVICE}`,
      `scripts/surface/core.txt: removed variable @fastdistill/core LIMITS: ${ADVICE}`,
    ],
  );
});

Deno.test("checkSurface() reports public types that only inference could tell", async () => {
  const inferred = SOURCE.replace("double(n: number): number {", "double(n: number) {");
  const [first] = await problemsAfter({ "core/graph/x.ts": inferred });
  assertStringIncludes(first ?? "", "core/graph/x.ts:3: Function must have an explicit return type");
});

Deno.test("updateSurface() writes declarations that a person can read", async () => {
  await withTree(TREE, async (root) => {
    await updateSurface(root);
    const text = await readFile(join(root, "scripts/surface/core.txt"), "utf8");
    assertStringIncludes(
      text,
      `
@fastdistill/core Shape (interface)
    interface Shape {
        readonly side: number;
    }
`,
    );
    const cli = await readFile(join(root, "scripts/surface/cli.txt"), "utf8");
    assertStringIncludes(cli, "@fastdistill/cli/mod twice (function)\n    from @fastdistill/core\n");
  });
});
