import { Buffer } from "node:buffer";

/** The bytes of numbers as text, for a process that is spoken to in lines. */
export function bitsToText({ buffer, byteOffset, byteLength }: ArrayBufferView<ArrayBuffer>): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}

/** The bytes that a text stands for; their buffer holds nothing else. */
export function bitsOfText(text: string): ArrayBuffer {
  return new Uint8Array(Buffer.from(text, "base64")).buffer;
}
