import { assert, assertEquals } from "@std/assert";
import process from "node:process";
import { bytesInTasklist, ResidentMemory } from "./_resident_memory.ts";

Deno.test("ResidentMemory tells what a process holds", async () => {
  const bytes = await new Promise<number>((tell) => new ResidentMemory(process.pid).measure(tell));
  assert(bytes > 10 * 2 ** 20 && bytes < 2 ** 40, String(bytes));
});

Deno.test("bytesInTasklist() reads the memory in any language, and no message", () => {
  for (const amount of ["123,456 K", "123.456 K", "123\u00a0456 Ko", "123 456 КБ"]) {
    assertEquals(bytesInTasklist(`"deno.exe","4242","Console","1","${amount}"\r\n`), 123_456 * 1024, amount);
  }
  assertEquals(
    bytesInTasklist("INFO: No tasks are running which match the specified criteria.\r\n"),
    undefined,
  );
});
