import { FastDistillError } from "@fastdistill/core";
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { defaultRegistry } from "./registry.ts";

async function inFolder(
  imports: Record<string, string>,
  check: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "deno.json"), JSON.stringify({ imports }, null, 2));
    await check(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("defaultRegistry() knows the built-ins and what the import map names", async () => {
  await inFolder({ "fastdistill-step-mine": "./mine.ts" }, async (from) => {
    const registry = await defaultRegistry({ from });
    assertEquals(registry.find("provider", "replay").origin, "built-in");
    assertEquals(
      registry.find("step", "mine").origin,
      `import map of ${join(from, "deno.json")} ("fastdistill-step-mine")`,
    );
  });
});

Deno.test("defaultRegistry() refuses a component that takes a built-in's name", async () => {
  await inFolder({ "fastdistill-provider-replay": "./mine.ts" }, async (from) => {
    const error = await assertRejects(() => defaultRegistry({ from }), FastDistillError);
    const { code, context } = error as FastDistillError;
    assertEquals([code, context.name], ["registry.duplicate", "replay"]);
    assertEquals((context.origins as string[])[0], "built-in");
  });
});
