import type { LineageWriter, MadeRow } from "../artifact/mod.ts";
import { compareSequencePaths, type SequencePath } from "../record/mod.ts";

/** A row that was made while its slot was open. */
export interface TrailedRow extends MadeRow {
  readonly path: SequencePath;
}

/** The rows that a slot held, whatever became of them. */
export interface TrailedSlot {
  /** Those that entered. */
  readonly rowIds: string | readonly string[];
  /** Those that were made of them. */
  readonly made?: readonly TrailedRow[];
}

interface Obtained {
  readonly step: string;
  readonly key: string;
}

/**
 * Takes note of what rows are made from while they are under way, and writes it down slot by slot: in canonical order,
 * so that no line depends on what finished first.
 */
export class RowTrail {
  readonly #writer: LineageWriter;
  readonly #await: (written: void | Promise<void>) => void;
  readonly #obtained: Map<string, Obtained[]> = new Map();

  /** @param waitFor is handed what the run should wait for before it goes on */
  constructor(writer: LineageWriter, waitFor: (written: void | Promise<void>) => void) {
    this.#writer = writer;
    this.#await = waitFor;
  }

  /** Takes note of an effect that a step obtained for a row. */
  effect(step: string, rowId: string, key: string): void {
    const known = this.#obtained.get(rowId);
    if (known === undefined) this.#obtained.set(rowId, [{ step, key }]);
    else known.push({ step, key });
  }

  /** Writes down all that is known of the rows of a slot. */
  empty({ rowIds, made }: TrailedSlot): void {
    if (made !== undefined) {
      for (
        const row of made.toSorted((a, b) =>
          compareSequencePaths(a.path, b.path) || (a.rowId < b.rowId ? -1 : 1)
        )
      ) {
        this.#await(this.#writer.made(row));
      }
    }
    if (this.#obtained.size === 0) return;
    if (typeof rowIds === "string") this.#writeEffects(rowIds);
    else for (const rowId of rowIds) this.#writeEffects(rowId);
    for (const { rowId } of made ?? []) this.#writeEffects(rowId);
  }

  /** Writes down a row that was joined, in the order in which a step reads them. */
  joined(row: MadeRow): void {
    this.#await(this.#writer.joined(row));
  }

  /** Writes down what is known of rows that came to no end, since the run was cut short. */
  close(): void {
    for (const rowId of [...this.#obtained.keys()].sort()) this.#writeEffects(rowId);
  }

  #writeEffects(rowId: string): void {
    const obtained = this.#obtained.get(rowId);
    if (obtained === undefined) return;
    this.#obtained.delete(rowId);
    for (const step of new Set(obtained.map(({ step }) => step))) {
      const keys = obtained.filter((one) => one.step === step).map(({ key }) => key).sort();
      this.#await(this.#writer.effects(step, rowId, keys));
    }
  }
}
