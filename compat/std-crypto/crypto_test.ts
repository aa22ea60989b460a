import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { crypto, timingSafeEqual } from "@std/crypto";
import { crypto as localCrypto } from "./mod.ts";

const bytes = new TextEncoder().encode("abc");
const SHA_256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

function hex(buffer: ArrayBuffer): string {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function* oneByOne(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (const byte of bytes) yield await Promise.resolve(new Uint8Array([byte]));
}

Deno.test("crypto.subtle.digest() hashes a buffer, a view, parts and streams alike", async () => {
  const parts = [bytes.slice(0, 1), new DataView(bytes.slice(1).buffer)];
  const inputs = [bytes, bytes.buffer, parts, oneByOne(), ReadableStream.from(oneByOne())];
  for (const input of inputs) {
    const digest = await crypto.subtle.digest("SHA-256", input);
    assertEquals(digest instanceof ArrayBuffer, true);
    assertEquals(hex(digest), SHA_256_OF_ABC);
  }
});

Deno.test("crypto.subtle.digestSync() knows published test vectors", () => {
  assertEquals(hex(crypto.subtle.digestSync({ name: "SHA-256" }, [bytes])), SHA_256_OF_ABC);
  assertEquals(hex(crypto.subtle.digestSync("SHA-1", bytes)), "a9993e364706816aba3e25717850c26c9cd0d89d");
  assertEquals(hex(crypto.subtle.digestSync("MD5", bytes)), "900150983cd24fb0d6963f7d28e17f72");
});

Deno.test("crypto.subtle of the stand-in refuses an algorithm or data that it does not know", async () => {
  await assertRejects(() => localCrypto.subtle.digest("TIGER" as "MD5", bytes), TypeError, "TIGER");
  assertThrows(
    () => localCrypto.subtle.digestSync("MD5", {} as Uint8Array<ArrayBuffer>),
    TypeError,
    "neither",
  );
});

Deno.test("crypto keeps what Web Crypto has", async () => {
  assertEquals(crypto.getRandomValues(new Uint8Array(4)).length, 4);
  const key = await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt"]).catch((e: Error) =>
    e.name
  );
  assertEquals(key, "DataError");
});

Deno.test("timingSafeEqual() compares bytes", () => {
  assertEquals(timingSafeEqual(bytes, bytes.slice().buffer), true);
  assertEquals(timingSafeEqual(bytes, new Uint8Array(3)), false);
  assertThrows(() => timingSafeEqual(bytes, new Uint8Array(4)), TypeError, "of different");
});
