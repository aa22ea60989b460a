import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { readTarHeader, tarHeader, tarPadding } from "./_tar.ts";

Deno.test("readTarHeader() reads what tarHeader() writes, of any size", () => {
  for (const size of [0, 1, 511, 512, 8 * 1024 ** 3 - 1, 8 * 1024 ** 3, 2 ** 45]) {
    assertEquals(readTarHeader(tarHeader({ name: "a/b.txt", size })), { name: "a/b.txt", size });
  }
  assertEquals([0, 1, 511, 512, 513].map(tarPadding), [0, 511, 1, 0, 511]);
  assertThrows(() => tarHeader({ name: "x".repeat(101), size: 0 }), RangeError);
});

Deno.test("readTarHeader() takes nothing but plain files that are whole", () => {
  const header = tarHeader({ name: "a", size: 3 });
  const sealed = (change: (block: Uint8Array) => void) => {
    const block = header.slice();
    change(block);
    const sum = block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 32 : byte), 0);
    block.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
    return readTarHeader(block);
  };
  for (const type of "12345xgL\0") {
    assertStringIncludes(String(sealed((block) => block[156] = type.charCodeAt(0))), "is not a plain file");
  }
  assertStringIncludes(String(sealed((block) => block[345] = 97)), "is not a plain file");
  assertStringIncludes(String(sealed((block) => block[124] = 45)), "has no size");
  assertEquals(readTarHeader(header.with(0, 98)), "a header is damaged");
  assertEquals(readTarHeader(new Uint8Array(512)), undefined);
});
