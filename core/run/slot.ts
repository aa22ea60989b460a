import type { FastDistillError } from "../errors/mod.ts";
import type { RowHold } from "../gateway/mod.ts";
import { compareSequencePaths, type Envelope, type SequencePath } from "../record/mod.ts";
import type { Trailed, TrailedRow } from "./row_trail.ts";

/** Where the contents of a slot are in a file. */
export interface SpilledSlot {
  readonly offset: number;
  readonly bytes: number;
}

/** The end of a row. */
export type Ending =
  | { readonly state: "kept" }
  | { readonly state: "rejected" | "shed"; readonly reason: string; readonly detail?: string | undefined }
  | FailedEnding
  /** The row failed and went on all the same. */
  | (Omit<FailedEnding, "state"> & { readonly state: "kept_failed" });

interface FailedEnding {
  readonly state: "failed";
  readonly error: FastDistillError;
  readonly evidence?: string | undefined;
  /** Keys of the recorded answers on which it failed. */
  readonly effects?: readonly string[] | undefined;
}

/** A row that ended, or failed and went on, and where. */
export interface EndedRow {
  readonly step: string;
  readonly envelope: Envelope;
  readonly ending: Ending;
}

/** A row that passed the step whose rows a target counts. */
export interface ArrivedRow {
  readonly envelope: Envelope;
  /** Hands it on; the result is whether it went on. */
  readonly accept: () => boolean;
  /** Ends it, since there are enough. */
  readonly leaveOut: () => void;
}

/**
 * The place in canonical order of one row that entered a segment, and all that became of it. Slots are opened in order
 * and emptied in order, whatever finishes first.
 */
export interface Slot {
  readonly path: SequencePath;
  /** Ids of the rows that entered; none once what they are made from was taken. */
  rowIds: string | readonly string[];
  /** Rows that were made of these in the segment, where that is taken note of. */
  made?: TrailedRow[] | undefined;
  /** What the rows are made from, where it was taken before the slot's turn. */
  trailed?: Trailed | undefined;
  isDone: boolean;
  /** The run was cut short while the row was under way: nothing from here on is handed on. */
  isCut: boolean;
  /** What is kept back for the calls that the row still has to make; let go with the slot. */
  hold?: RowHold;
  /** Where a target may leave rows out: how to take back what was counted of this one. */
  undo?: (() => void)[];
  /** What becomes of the row if a target leaves it out; absent when it is then no row of the run at all. */
  instead?: EndedRow;
  /** Whether its end is decided, so that no target leaves it out any more. */
  isFinal?: true;
  /** Rows that came to the step whose rows a target counts. */
  arrived?: ArrivedRow[];
  /** By number of the segment's exit. */
  readonly outputs: Envelope[][];
  readonly ended: EndedRow[];
  /** Where the contents are while they are not in memory. */
  spilled?: SpilledSlot;
}

/** A slot with nothing in it. */
export function openSlot({ path, rowIds }: Pick<Slot, "path" | "rowIds">, exits: number): Slot {
  const outputs: Slot["outputs"] = [];
  for (let exit = 0; exit < exits; exit++) outputs.push([]);
  return { path, rowIds, isDone: false, isCut: false, outputs, ended: [] };
}

/** Takes back all that was done for a row that a target leaves out, but for what stands in its place. */
export function leaveOut(slot: Slot): void {
  if (slot.isFinal === true) return;
  slot.isFinal = true;
  for (const undo of slot.undo ?? []) undo();
  slot.undo = [];
  for (const output of slot.outputs) output.length = 0;
  slot.ended.length = 0;
  if (slot.instead !== undefined) slot.ended.push(slot.instead);
  delete slot.instead;
  delete slot.arrived;
  delete slot.made;
  delete slot.trailed;
}

/** Brings what concurrent steps left in a slot into canonical order. */
export function sortSlot(slot: Slot): void {
  for (const output of slot.outputs) {
    if (output.length > 1) output.sort((a, b) => compareSequencePaths(a.path, b.path));
  }
  if (slot.ended.length > 1) {
    slot.ended.sort((a, b) => compareSequencePaths(a.envelope.path, b.envelope.path));
  }
}
