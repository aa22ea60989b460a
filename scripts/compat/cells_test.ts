import { assertEquals } from "@std/assert";
import { OPTIONAL } from "../build_npm.ts";
import { cellsOf, OPTIONAL_PACKAGES } from "./cells.ts";
import { withoutPackages } from "./installations.ts";

Deno.test("cellsOf() gives each combination once, and of a selection what is named", () => {
  assertEquals(new Set(cellsOf().map((cell) => JSON.stringify(cell))).size, 20);
  assertEquals(cellsOf({ node: ["22.16"], packages: ["without"], jsr: ["compat"] }), [
    { runtime: "node", version: "22.16", packages: "without", jsr: "compat" },
  ]);
});

Deno.test("the matrix takes away every package that the npm package leaves out", () => {
  assertEquals(OPTIONAL.filter((name) => !OPTIONAL_PACKAGES.includes(name)), []);
});

Deno.test("withoutPackages() hides packages from the product, and leaves them to tests", async () => {
  const imports = Object.fromEntries(OPTIONAL_PACKAGES.map((name) => [name, `npm:${name}@^1.0.0`]));
  const file = "steps/write/write_files_test.ts";
  const config = JSON.parse(await withoutPackages(JSON.stringify({ imports }), [file]));
  assertEquals(Object.keys(config.imports), Object.values(imports));
  assertEquals(config.scopes[`./${file}`]["apache-arrow"], "npm:apache-arrow@^1.0.0");
});
