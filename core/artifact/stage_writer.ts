import { join } from "node:path";
import type { OutputFile } from "../component/mod.ts";
import { type Envelope, HASH_POLICY, type Row } from "../record/mod.ts";
import { createFile, writeTextFile } from "../runtime/mod.ts";
import { openStagedFolder, type StagedFolder } from "./_staged_folder.ts";
import { StageDigest } from "./_stage_digest.ts";
import {
  formatManifest,
  type Manifest,
  MANIFEST_SCHEMA,
  type ManifestParent,
  type ManifestPart,
} from "./manifest.ts";
import type { RunLayout } from "./run_layout.ts";

const ROWS_PER_PART = 100_000;

/** What a stage writer is told before the first row. */
export interface StageWriterOptions {
  /** Of the run. */
  readonly layout: RunLayout;
  /** Name of the stage. */
  readonly stage: string;
  /** Of the pipeline. */
  readonly name: string;
  /** Id of the run. */
  readonly runId: string;
  /** Of the pipeline. */
  readonly signature: string;
  /** Of the run. */
  readonly seed: number;
  /** What the stage is made from, as far as it is known by now. @default {[]} */
  readonly parents?: readonly ManifestParent[];
  /** Rows after which a new file is begun. @default {100000} */
  readonly rowsPerPart?: number;
}

/** What a stage writer is told after the last row. */
export interface StageWriterEnd {
  /** Whether the run was cut short. */
  readonly partial: boolean;
  /** Whether rows may hold answers of a cheaper provider. @default {false} */
  readonly degraded?: boolean;
  /** Takes the place of the parents that were given before: a parent stage has a digest only once it is closed. */
  readonly parents?: readonly ManifestParent[];
}

/** Writes the rows of one stage. */
export interface StageWriter {
  /**
   * Writes the next row, in canonical order. A promise has to be awaited before the next call.
   * @throws {FastDistillError} `data.not_canonical`, and the row is not written; `data.write_failed`
   */
  readonly write: (envelope: Pick<Envelope, "row">) => void | Promise<void>;
  /** Makes the stage appear, whole, in place of what an earlier execution left. */
  readonly close: (end: StageWriterEnd) => Promise<Manifest>;
  /** Ends without a stage, and leaves what was there before. */
  readonly abort: () => Promise<void>;
}

/**
 * Opens a stage for writing: canonical JSON lines in parts of a fixed number of rows, then a manifest. Equal rows give
 * equal bytes.
 *
 * @throws {FastDistillError} `data.write_failed`
 */
export async function createStageWriter(options: StageWriterOptions): Promise<StageWriter> {
  const { layout, stage, rowsPerPart = ROWS_PER_PART } = options;
  if (!Number.isInteger(rowsPerPart) || rowsPerPart < 1) {
    throw new RangeError(`A part of a stage has at least one row: ${rowsPerPart}`);
  }
  const folder = await openStagedFolder(layout.stageDir(stage));
  const writer = new PartsWriter(folder, rowsPerPart);
  await writer.open();
  return {
    write: ({ row }) => writer.write(row),
    close: async (end) => {
      const manifest = manifestOf({ options, end, writer, parts: await writer.finish() });
      await writeTextFile(join(folder.path, "manifest.json"), formatManifest(manifest));
      await folder.commit();
      return manifest;
    },
    abort: () => writer.abort(),
  };
}

interface ManifestInput {
  readonly options: StageWriterOptions;
  readonly end: StageWriterEnd;
  readonly writer: PartsWriter;
  readonly parts: readonly ManifestPart[];
}

function manifestOf({ options, end, writer, parts }: ManifestInput): Manifest {
  return {
    schema: MANIFEST_SCHEMA,
    hash_policy: HASH_POLICY,
    run_id: options.runId,
    name: options.name,
    stage: options.stage,
    pipeline_signature: options.signature,
    seed: options.seed,
    ...writer.digest.facts(),
    parts,
    parents: end.parents ?? options.parents ?? [],
    partial: end.partial,
    ...(end.degraded === true ? { degraded: true } : {}),
  };
}

/** Deals lines into part files; the first exists from the start, so that an empty stage has one too. */
class PartsWriter {
  readonly digest: StageDigest = new StageDigest();
  readonly #folder: StagedFolder;
  readonly #rowsPerPart: number;
  readonly #parts: ManifestPart[] = [];
  #file: OutputFile | undefined;
  #rows = 0;

  constructor(folder: StagedFolder, rowsPerPart: number) {
    this.#folder = folder;
    this.#rowsPerPart = rowsPerPart;
  }

  async open(): Promise<void> {
    const name = `part-${String(this.#parts.length).padStart(5, "0")}.jsonl`;
    this.#file = await createFile(join(this.#folder.path, name));
    this.#rows = 0;
  }

  write(row: Row): void | Promise<void> {
    if (this.#file === undefined) {
      throw new TypeError("A stage takes no row while it waits for a file or is closed");
    }
    const line = this.digest.add(row) + "\n";
    if (this.#rows === this.#rowsPerPart) return this.#writeToNext(line);
    this.#rows++;
    return this.#file.write(line);
  }

  async finish(): Promise<readonly ManifestPart[]> {
    await this.#commitPart();
    return this.#parts;
  }

  async abort(): Promise<void> {
    await this.#file?.abort();
    this.#file = undefined;
    await this.#folder.abort();
  }

  async #writeToNext(line: string): Promise<void> {
    await this.#commitPart();
    await this.open();
    this.#rows++;
    await this.#file!.write(line);
  }

  async #commitPart(): Promise<void> {
    const file = this.#file;
    if (file === undefined) throw new TypeError("A stage is closed once, after every write was awaited");
    this.#file = undefined;
    const { sha256, size } = await file.commit();
    const path = `part-${String(this.#parts.length).padStart(5, "0")}.jsonl`;
    this.#parts.push({ path, sha256, size, rows: this.#rows });
  }
}
