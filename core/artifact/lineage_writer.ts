import { basename, join } from "node:path";
import type { RunFile } from "../report/mod.ts";
import { makeFolder } from "../runtime/mod.ts";
import { type SpooledName, SpoolsByName } from "./_spools_by_name.ts";
import { openStagedFolder } from "./_staged_folder.ts";
import { pathInRun, type RunLayout } from "./run_layout.ts";

/** What a lineage writer is told before the first row. */
export interface LineageWriterOptions {
  /** Of the run. */
  readonly layout: RunLayout;
  /** All steps. */
  readonly steps: readonly string[];
  /** All stages. */
  readonly stages: readonly string[];
}

/** A row that a step made of others. */
export interface MadeRow {
  /** The step that made it, or that a branch leads to. */
  readonly step: string;
  /** Of the row that was made. */
  readonly rowId: string;
  /** Of the rows that it was made from. */
  readonly parents: readonly string[];
  /** Position among the rows that were made of the same one, from 0; absent for a join. */
  readonly index?: number;
}

/** Writes down where rows come from. A promise should be awaited: it is how the disk slows the run down. */
export interface LineageWriter {
  /** Adds the keys of the effects that a step obtained for a row, one for each time that it did. */
  readonly effects: (step: string, rowId: string, keys: readonly string[]) => void | Promise<void>;
  /** Adds a row that was made by expansion or a branch. */
  readonly made: (row: MadeRow) => void | Promise<void>;
  /** Adds a row that was joined of several. */
  readonly joined: (row: MadeRow) => void | Promise<void>;
  /** Adds the id of the next row of a stage. */
  readonly staged: (stage: string, rowId: string) => void | Promise<void>;
  /** Makes `lineage/` appear, in place of what an earlier execution left. */
  readonly close: () => Promise<readonly RunFile[]>;
  /** Ends without lineage, and leaves what was there before. */
  readonly abort: () => Promise<void>;
}

const KINDS = ["effects", "made", "joins", "stages"] as const;

/** What a file below `lineage/` holds. */
export type LineageKind = typeof KINDS[number];

/**
 * Opens the lineage of a run: `lineage/effects/<step>.jsonl`, `lineage/made/<step>.jsonl`, `lineage/joins/<step>.jsonl`
 * and `lineage/stages/<stage>.txt`. What has no line has no file.
 *
 * @throws {FastDistillError} `data.write_failed`
 * @throws {RangeError} for the name of a step or stage that no file can have
 */
export async function createLineageWriter(options: LineageWriterOptions): Promise<LineageWriter> {
  const { layout, steps, stages } = options;
  const folder = await openStagedFolder(layout.lineageDir);
  for (const kind of KINDS) await makeFolder(join(folder.path, kind));
  const byStep = new Map(steps.map((step) => [step, basename(layout.ledgerFile(step))]));
  const byStage = new Map(stages.map((stage) => [stage, `${basename(layout.stageDir(stage))}.txt`]));
  const spools = new Map(
    KINDS.map((
      kind,
    ) => [kind, new SpoolsByName(join(folder.path, kind), kind === "stages" ? byStage : byStep)]),
  );
  const append = (kind: LineageKind, name: string, line: string) => spools.get(kind)!.append(name, line);
  return {
    effects: (step, rowId, keys) => append("effects", step, JSON.stringify({ row_id: rowId, effects: keys })),
    made: (row) => append("made", row.step, madeLine(row)),
    joined: (row) => append("joins", row.step, madeLine(row)),
    staged: (stage, rowId) => append("stages", stage, rowId),
    close: async () => {
      const files: RunFile[] = [];
      for (const [kind, named] of spools) {
        for (const file of await named.finish()) files.push(runFileOf(layout, kind, file));
      }
      await folder.commit();
      return files;
    },
    abort: () => folder.abort(),
  };
}

function madeLine({ rowId, parents, index }: MadeRow): string {
  return JSON.stringify({ row_id: rowId, parents, index });
}

function runFileOf(layout: RunLayout, kind: LineageKind, { name, path, sha256, rows }: SpooledName): RunFile {
  const final = join(layout.lineageDir, kind, basename(path));
  return { role: "lineage", name: `${kind}/${name}`, path: pathInRun(layout, final), rows, sha256 };
}
