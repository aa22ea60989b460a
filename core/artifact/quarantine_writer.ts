import type { RunFile } from "../report/mod.ts";
import type { OutputFile } from "../component/mod.ts";
import { createFile } from "../runtime/mod.ts";
import type { UnreadableInput } from "../step/mod.ts";
import { pathInRun, type RunLayout } from "./run_layout.ts";

interface OpenFile {
  readonly file: OutputFile;
  rows: number;
}

/** Keeps what sources could not read, in `quarantine/<step>.jsonl`: one JSON object a line, in the order of the input. */
export class QuarantineWriter {
  readonly #layout: RunLayout;
  readonly #files: Map<string, Promise<OpenFile>> = new Map();

  constructor(layout: RunLayout) {
    this.#layout = layout;
  }

  /** Adds a piece of input. @throws {FastDistillError} `data.write_failed` */
  async add(step: string, { file, line, text, reason }: UnreadableInput): Promise<void> {
    const open = await this.#open(step);
    open.rows++;
    await open.file.write(JSON.stringify({ file, line, reason, text }) + "\n");
  }

  /** Makes the files appear; a step that could read everything has none. */
  async close(): Promise<readonly RunFile[]> {
    const steps = [...this.#files].sort(([a], [b]) => a < b ? -1 : 1);
    const written: RunFile[] = [];
    for (const [name, opening] of steps) {
      const { file, rows } = await opening;
      const { path, sha256 } = await file.commit();
      written.push({ role: "quarantine", name, path: pathInRun(this.#layout, path), rows, sha256 });
    }
    this.#files.clear();
    return written;
  }

  #open(step: string): Promise<OpenFile> {
    const known = this.#files.get(step);
    if (known !== undefined) return known;
    const opening = createFile(this.#layout.quarantineFile(step)).then((file) => ({ file, rows: 0 }));
    this.#files.set(step, opening);
    return opening;
  }
}
