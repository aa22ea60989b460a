import { basename, join } from "node:path";
import { redactText } from "../errors/mod.ts";
import type { RunFile } from "../report/mod.ts";
import { createFile, readLines } from "../runtime/mod.ts";
import { cut, failureLine } from "./_failure_line.ts";
import { type SpooledName, SpoolsByName } from "./_spools_by_name.ts";
import { openStagedFolder } from "./_staged_folder.ts";
import type { KeptFailure, LedgerEntry } from "./ledger_entry.ts";
import { pathInRun, type RunLayout } from "./run_layout.ts";

const DETAIL_CHARS_MAX = 1_000;

/** What a ledger writer is told before the first entry. */
export interface LedgerWriterOptions {
  /** Of the run. */
  readonly layout: RunLayout;
  /** All steps, in the order in which `failures.jsonl` holds their failures. */
  readonly steps: readonly string[];
}

/** Writes down what became of each row. */
export interface LedgerWriter {
  /**
   * Adds an entry; entries of one step stand in the order in which they are given. A promise should be awaited: it is
   * how the disk slows the run down.
   * @throws {TypeError} for a step that was not named before
   */
  readonly write: (entry: LedgerEntry) => void | Promise<void>;
  /** Adds a failure that did not end its row to `failures.jsonl`. A promise should be awaited, as with `write`. */
  readonly note: (entry: KeptFailure) => void | Promise<void>;
  /** Makes `ledger/` and `failures.jsonl` appear, in place of what an earlier execution left. */
  readonly close: () => Promise<readonly RunFile[]>;
  /** Ends without a ledger, and leaves what was there before. */
  readonly abort: () => Promise<void>;
}

/**
 * Opens the ledger of a run: `ledger/<step>.jsonl` with one line for each row that ended in that step, and
 * `failures.jsonl` with the failures of all steps. A step in which no row ended has no file.
 *
 * @throws {FastDistillError} `data.write_failed`
 * @throws {RangeError} for the name of a step that no file can have
 */
export async function createLedgerWriter({ layout, steps }: LedgerWriterOptions): Promise<LedgerWriter> {
  const names = new Map(steps.map((step) => [step, basename(layout.ledgerFile(step))]));
  const folder = await openStagedFolder(layout.ledgerDir);
  const failuresFolder = await openStagedFolder(join(layout.dir, "failures"));
  const [ends, failures] = [
    new SpoolsByName(folder.path, names),
    new SpoolsByName(failuresFolder.path, names),
  ];
  return {
    write: (entry) => {
      const written = ends.append(entry.step, ledgerLine(entry));
      if (entry.state !== "failed") return written;
      const shown = failures.append(entry.step, failureLine(entry));
      if (written !== undefined || shown !== undefined) return Promise.all([written, shown]).then(() => {});
    },
    note: (entry) => failures.append(entry.step, failureLine(entry)),
    close: async () => {
      const files = await ends.finish();
      const failed = await failures.finish();
      await folder.commit();
      const failuresFile = await joinFailures(layout, failed.map(({ path }) => path));
      await failuresFolder.abort();
      return [...files.map((file) => runFileOf(layout, file)), failuresFile];
    },
    abort: async () => {
      await folder.abort();
      await failuresFolder.abort();
    },
  };
}

function ledgerLine(entry: LedgerEntry): string {
  if (entry.state === "kept") return `{"row_id":${JSON.stringify(entry.rowId)},"state":"kept"}`;
  if (entry.state === "failed") {
    const { rowId, state, error, attempts } = entry;
    return JSON.stringify({ row_id: rowId, state, code: error.code, attempts });
  }
  const { rowId, state, reason, detail } = entry;
  const shown = detail === undefined ? undefined : cut(redactText(detail), DETAIL_CHARS_MAX);
  return JSON.stringify({ row_id: rowId, state, reason, detail: shown });
}

function runFileOf(layout: RunLayout, { name: step, sha256, rows }: SpooledName): RunFile {
  return { role: "ledger", name: step, path: pathInRun(layout, layout.ledgerFile(step)), rows, sha256 };
}

async function joinFailures(layout: RunLayout, paths: readonly string[]): Promise<RunFile> {
  const file = await createFile(layout.failures);
  let rows = 0;
  try {
    for (const path of paths) {
      for await (const line of readLines(path)) {
        await file.write(line + "\n");
        rows++;
      }
    }
    const { sha256 } = await file.commit();
    return { role: "failures", name: "failures", path: pathInRun(layout, layout.failures), rows, sha256 };
  } catch (cause) {
    await file.abort();
    throw cause;
  }
}
