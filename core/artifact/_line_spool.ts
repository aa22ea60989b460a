import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { FastDistillError } from "../errors/mod.ts";

const BUFFER_CHARS = 64 * 1024;

/** What a spool came to. */
export interface SpooledFile {
  readonly sha256: string;
  readonly rows: number;
}

/**
 * A file of lines that is open only while a buffer is written to it, so that hundreds of them can grow side by side.
 */
export class LineSpool {
  readonly #path: string;
  readonly #hasher = createHash("sha256");
  #buffer = "";
  #rows = 0;
  #written: Promise<void> = Promise.resolve();

  /** Spools to a file in a folder that exists. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Adds a line, given without its end. A promise should be awaited: it is how the disk slows the writer down. */
  append(line: string): void | Promise<void> {
    this.#buffer += line + "\n";
    this.#rows++;
    if (this.#buffer.length >= BUFFER_CHARS) return this.#flush();
  }

  /** Writes what is left, and makes it durable. @throws {FastDistillError} `data.write_failed` */
  async finish(): Promise<SpooledFile> {
    await this.#flush();
    await this.#withFile((file) => file.sync());
    return { sha256: this.#hasher.digest("hex"), rows: this.#rows };
  }

  #flush(): Promise<void> {
    const bytes = new TextEncoder().encode(this.#buffer);
    this.#buffer = "";
    this.#hasher.update(bytes);
    this.#written = this.#written.then(() => this.#withFile((file) => file.appendFile(bytes)));
    return this.#written;
  }

  async #withFile(use: (file: Awaited<ReturnType<typeof open>>) => Promise<void>): Promise<void> {
    try {
      const file = await open(this.#path, "a");
      await use(file).finally(() => file.close());
    } catch (cause) {
      throw new FastDistillError("data.write_failed", `Cannot write ${this.#path}`, { cause });
    }
  }
}
