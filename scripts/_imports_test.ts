import { assertEquals } from "@std/assert";
import { runDeno } from "./_deno.ts";
import { withTree } from "./_fixture.ts";
import { readImports } from "./_imports.ts";
import { parseSource } from "./_source.ts";

/** Every form in which a module can name another, one a line. */
const EVERY_FORM = `import { a } from "./a.ts";
import type { B } from "./b.ts";
import { type C } from "./c.ts";
import "./d.ts";
export { e } from "./e.ts";
export type { F } from "./f.ts";
export * from "./g.ts";
export const lazy = (): Promise<unknown> => import("./h.ts");
export type I = import("./i.ts").I;
export const all: [typeof a, B, C] = [a, 1, 1];
`;

interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly { readonly specifier: string }[];
}

Deno.test("readImports() sees every edge that deno info sees", async () => {
  const leaves = [..."abcdefghi"].map((name) => [
    `${name}.ts`,
    `export const ${name} = 1;\nexport type ${name.toUpperCase()} = 1;\n`,
  ]);
  await withTree({ ...Object.fromEntries(leaves), "main.ts": EVERY_FORM }, async (root) => {
    const { stdout } = await runDeno(["info", "--json", "--no-config", "main.ts"], root);
    const modules = (JSON.parse(stdout) as { modules: readonly Module[] }).modules;
    const main = modules.find((one) => one.specifier.endsWith("/main.ts"));
    const seen = (main?.dependencies ?? []).map((one) => one.specifier).sort();
    assertEquals(seen.length, 9);
    assertEquals(readImports(parseSource("main.ts", EVERY_FORM)).map((one) => one.specifier).sort(), seen);
  });
});

Deno.test("readImports() tells value, type and dynamic references apart and counts lines", () => {
  assertEquals(
    readImports(parseSource("main.ts", EVERY_FORM)).map((one) => `${one.line} ${one.form}`),
    ["1 value", "2 type", "3 type", "4 value", "5 value", "6 type", "7 value", "8 dynamic", "9 type"],
  );
});

Deno.test("readImports() sees workers by URL and type pragmas, but no plain data file", () => {
  const source = `/// <reference path="./p.ts" />
// @ts-types="./q.ts"
export const worker = new URL("./w.ts", import.meta.url);
export const data = new URL("./w.json", import.meta.url);
const text = 'import "./no.ts"';
`;
  assertEquals(
    readImports(parseSource("main.ts", source)).map((one) => one.specifier).sort(),
    ["./p.ts", "./q.ts", "./w.ts"],
  );
});
