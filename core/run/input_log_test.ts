import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { sha256 } from "../record/mod.ts";
import { InputLog } from "./input_log.ts";
import type { Plan } from "./plan.ts";

async function withLog(check: (log: InputLog, folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "a.txt"), "a");
    await Deno.writeTextFile(join(folder, "b.txt"), "b");
    const inputs = [{ name: "planned.txt", sha256: "0".repeat(64), size: 3 }];
    const pipeline = { baseDir: folder, movedInputs: { "far/b.txt": join(folder, "b.txt") } };
    await check(new InputLog({ pipeline, inputs } as unknown as Plan), folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("InputLog.origin() lists what was planned, read, resolved or moved, and no folder", () =>
  withLog(async ({ files, origin }, folder) => {
    assertEquals(await files.readText("a.txt"), "a");
    assertEquals(await files.fingerprint("far/b.txt"), { sha256: sha256("b"), size: 1 });
    files.resolve(".");
    files.resolve("nowhere.txt");
    assertEquals(await origin(), {
      base_dir: folder,
      inputs: [
        { name: "a.txt", sha256: sha256("a"), size: 1 },
        { name: "far/b.txt", sha256: sha256("b"), size: 1 },
        { name: "planned.txt", sha256: "0".repeat(64), size: 3 },
      ],
    });
  }));

Deno.test("InputLog.origin() says when there were more files than it lists", () =>
  withLog(async ({ files, origin }) => {
    for (let n = 0; n < 10_000; n++) files.resolve(`none-${n}`);
    assertEquals((await origin()).inputs_cut, true);
  }));
