import { assertEquals } from "@std/assert";
import { readFile } from "node:fs/promises";

/** Holds a text against a file of this folder, which was read and found right when it was put there. */
export async function assertGolden(name: string, text: string | undefined): Promise<void> {
  assertEquals(text, await readFile(new URL(`./${name}`, import.meta.url), "utf8"), name);
}
