import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { type FileWatch, watchFiles } from "./watch_files.ts";

async function withFolder(check: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await check(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** On a slow machine one write may be told of as two changes. */
async function changesOf(watching: FileWatch, wanted: readonly string[]): Promise<void> {
  const seen = new Set<string>();
  while (wanted.some((path) => !seen.has(path))) {
    for (const path of await watching.next()) seen.add(path);
  }
}

Deno.test("watchFiles() tells of files that are written, replaced, made and removed, and of no others", () =>
  withFolder(async (folder) => {
    const [a, b, other] = ["a", "b", "other"].map((name) => join(folder, name)) as [string, string, string];
    await Deno.writeTextFile(a, "1");
    using watching = watchFiles();
    watching.follow([a, b]);
    await Deno.writeTextFile(other, "1");
    await Deno.writeTextFile(a, "12");
    assertEquals(await watching.next(), [a]);
    await Deno.readTextFile(a);
    await Deno.writeTextFile(`${a}.tmp`, "123");
    await Deno.rename(`${a}.tmp`, a);
    await Deno.writeTextFile(b, "new");
    await changesOf(watching, [a, b]);
    await Deno.remove(b);
    await changesOf(watching, [b]);
  }));

Deno.test("watchFiles() keeps what changed while nobody asked", () =>
  withFolder(async (folder) => {
    const [a, b] = [join(folder, "a"), join(folder, "b")];
    using watching = watchFiles();
    watching.follow([a]);
    const first = watching.next();
    await Deno.writeTextFile(a, "1");
    assertEquals(await first, [a]);
    watching.follow([a, b]);
    await Deno.writeTextFile(b, "1");
    await changesOf(watching, [b]);
  }));

Deno.test("watchFiles() waits for a folder that is not there yet until it is asked to follow again", () =>
  withFolder(async (folder) => {
    const path = join(folder, "later", "a");
    using watching = watchFiles();
    watching.follow([path]);
    await Deno.mkdir(join(folder, "later"));
    watching.follow([path]);
    await Deno.writeTextFile(path, "1");
    assertEquals(await watching.next(), [path]);
  }));
