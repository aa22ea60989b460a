import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BYTES_MAX = 4 * 1024 * 1024;
const KINDS_MAX = 200;

/** One access that a sandbox tried, whether or not it was let. */
export interface AccessCheck {
  /** Such as `read`, `net`, `env`, `run`. */
  readonly permission: string;
  /** What was to be accessed; `null` for all. */
  readonly value: string | null;
}

/** The file in which Deno writes down what a process tried to access, read while it grows. */
export class AccessLog {
  /** To be named to the process. */
  readonly file: string;
  readonly #tell: (access: AccessCheck) => void;
  readonly #folder: string;
  readonly #seen: Set<string> = new Set();
  #descriptor: number | undefined;
  #offset = 0;
  #rest = "";

  constructor(tell: (access: AccessCheck) => void) {
    this.#tell = tell;
    this.#folder = mkdtempSync(join(tmpdir(), "fastdistill-access-"));
    this.file = join(this.#folder, "access.jsonl");
    this.#descriptor = openSync(this.file, "a+", 0o600);
  }

  /** Whether more was tried than is kept. */
  get isFlooded(): boolean {
    return this.#offset > BYTES_MAX;
  }

  /** Tells of what is new. */
  read(): void {
    if (this.#descriptor === undefined) return;
    const { size } = fstatSync(this.#descriptor);
    if (size <= this.#offset || this.isFlooded) return;
    const bytes = new Uint8Array(Math.min(size - this.#offset, BYTES_MAX));
    this.#offset += readSync(this.#descriptor, bytes, 0, bytes.length, this.#offset);
    const lines = (this.#rest + new TextDecoder().decode(bytes)).split("\n");
    this.#rest = lines.pop()!;
    for (const line of lines) this.#take(line);
  }

  /** Reads the rest and deletes the file. */
  close(): void {
    if (this.#descriptor === undefined) return;
    this.read();
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #take(line: string): void {
    try {
      const { permission, value } = JSON.parse(line) as AccessCheck;
      const key = `${permission} ${value}`;
      if (this.#seen.has(key) || this.#seen.size >= KINDS_MAX) return;
      this.#seen.add(key);
      this.#tell({ permission, value });
    } catch {
      return; // A line that was cut off.
    }
  }
}
