import { FastDistillError, type KeyedRow } from "@fastdistill/core";
import { assertEquals, assertRejects } from "@std/assert";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { RowSpool } from "./row_spool.ts";

async function* readLines(path: string): AsyncGenerator<string> {
  for (const line of (await readFile(path, "utf8")).split("\n")) if (line !== "") yield line;
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function throughSpool(spool: RowSpool, rows: readonly KeyedRow[]): Promise<readonly KeyedRow[]> {
  for (const row of rows) await spool.add(row);
  return await Array.fromAsync(spool.rows());
}

Deno.test("RowSpool gives rows back as they came, from memory or from its file, and leaves nothing", async () => {
  await inFolder(async (base) => {
    for (const chars of [10, 50_000]) {
      const folder = join(base, "spool");
      const spool = new RowSpool({ folder, readLines });
      const rows = Array.from(
        { length: 20 },
        (_, n) => ({ rowId: `r${n}`, row: { n, text: "ü\n".repeat(chars) } }),
      );
      assertEquals(await throughSpool(spool, rows), rows);
      await spool.close();
      assertEquals(await Array.fromAsync(spool.rows()), []);
      assertEquals([...Deno.readDirSync(base)], []);
    }
  });
});

Deno.test("RowSpool says where it could not write", async () => {
  await inFolder(async (base) => {
    await Deno.writeTextFile(join(base, "file"), "");
    const spool = new RowSpool({ folder: join(base, "file", "spool"), readLines });
    const rows = [{ rowId: "r", row: { text: "x".repeat(300_000) } }];
    const error = await assertRejects(() => throughSpool(spool, rows), FastDistillError);
    assertEquals(error.code, "data.write_failed");
  });
});
