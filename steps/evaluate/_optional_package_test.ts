import { FastDistillError } from "@fastdistill/core";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { packageFolder } from "./_optional_package.ts";

Deno.test("packageFolder() finds the folder of an installed package", async () => {
  const load = () => import("pyodide");
  const folder = await packageFolder({ name: "pyodide", specifier: "npm:pyodide", neededBy: "a test", load });
  assertEquals((await stat(join(folder, "pyodide.asm.wasm"))).isFile(), true);
});

Deno.test("packageFolder() names a package that is not installed, and how to add it", async () => {
  const load = () => Promise.reject(new TypeError("not found"));
  const missing = {
    name: "no-such-package-1",
    specifier: "no-such-package-2",
    neededBy: "python_exec",
    load,
  };
  const error = await assertRejects(() => packageFolder(missing), FastDistillError);
  assertEquals(error.code, "registry.load_failed");
  assertEquals(error.message, "python_exec needs the package no-such-package-1");
  assertStringIncludes(error.hint ?? "", "deno add npm:no-such-package-1");
});
