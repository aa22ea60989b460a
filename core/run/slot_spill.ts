import { closeSync, ftruncateSync, mkdirSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { FastDistillError } from "../errors/mod.ts";
import type { Slot } from "./slot.ts";

/**
 * A file for the contents of slots that finished long before their turn. Reads and writes are synchronous: a few
 * kilobytes each, and only while a slow row holds up thousands.
 */
export class SlotSpill implements Disposable {
  readonly #path: string;
  #file: number | undefined;
  #size = 0;
  #waiting = 0;

  /** The file exists only while it is needed. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Moves what is in a slot into the file. Endings that hold an error stay in memory. @throws {FastDistillError} `data.write_failed` */
  put(slot: Slot): void {
    if (slot.ended.some(({ ending }) => "error" in ending)) return;
    const contents = new TextEncoder().encode(JSON.stringify([slot.outputs, slot.ended, slot.trailed]));
    this.#orFail("write", () => {
      this.#file ??= this.#open();
      for (let written = 0; written < contents.byteLength;) {
        const left = contents.byteLength - written;
        written += writeSync(this.#file!, contents, written, left, this.#size + written);
      }
    });
    slot.spilled = { offset: this.#size, bytes: contents.byteLength };
    this.#size += contents.byteLength;
    this.#waiting++;
    for (const output of slot.outputs) output.length = 0;
    slot.ended.length = 0;
    delete slot.trailed;
  }

  /** Moves the contents of a slot back. Where nothing waits any more, the file is empty again. */
  takeBack(slot: Slot): void {
    const { offset, bytes } = slot.spilled!;
    const contents = new Uint8Array(bytes);
    this.#orFail("read", () => {
      for (let read = 0; read < bytes;) {
        const got = readSync(this.#file!, contents, read, bytes - read, offset + read);
        if (got === 0) throw new RangeError(`it ends at byte ${offset + read}`);
        read += got;
      }
    });
    const [outputs, ended, trailed] = JSON.parse(new TextDecoder().decode(contents)) as [
      Slot["outputs"],
      Slot["ended"],
      Slot["trailed"] | null,
    ];
    if (trailed !== null) slot.trailed = trailed;
    slot.outputs.forEach((output, index) => output.push(...outputs[index]!));
    slot.ended.push(...ended);
    this.drop(slot);
  }

  /** Gives up what a slot has in the file. */
  drop(slot: Slot): void {
    delete slot.spilled;
    if (--this.#waiting > 0) return;
    ftruncateSync(this.#file!, 0);
    this.#size = 0;
  }

  /** Removes the file. */
  [Symbol.dispose](): void {
    if (this.#file === undefined) return;
    closeSync(this.#file);
    this.#file = undefined;
    rmSync(this.#path, { force: true });
  }

  #open(): number {
    mkdirSync(dirname(this.#path), { recursive: true });
    return openSync(this.#path, "w+");
  }

  #orFail(what: "read" | "write", work: () => void): void {
    try {
      work();
    } catch (cause) {
      throw new FastDistillError(
        "data.write_failed",
        `Cannot ${what} rows that wait for their turn: ${this.#path}`,
        {
          cause,
        },
      );
    }
  }
}
