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
  readonly made?: readonly TrailedRow[] | undefined;
}

/** What is known of the rows of a slot, in canonical order. */
export interface Trailed {
  readonly made: readonly TrailedRow[];
  readonly effects: readonly {
    readonly step: string;
    readonly rowId: string;
    readonly keys: readonly string[];
  }[];
}

const NONE: readonly never[] = [];

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

  /** Takes what is known of the rows of a slot: whoever has it can write it down later. */
  take({ rowIds, made = NONE }: TrailedSlot): Trailed {
    if (made.length === 0 && typeof rowIds === "string") return { made, effects: this.#effectsOf(rowIds) };
    const rows = made.toSorted((a, b) =>
      compareSequencePaths(a.path, b.path) || (a.rowId < b.rowId ? -1 : 1)
    );
    if (this.#obtained.size === 0) return { made: rows, effects: [] };
    const entered = typeof rowIds === "string" ? [rowIds] : rowIds;
    return {
      made: rows,
      effects: [...entered, ...rows.map(({ rowId }) => rowId)].flatMap((id) => this.#effectsOf(id)),
    };
  }

  /** Writes down what was taken. */
  write({ made, effects }: Trailed): void {
    for (const row of made) this.#await(this.#writer.made(row));
    for (const { step, rowId, keys } of effects) this.#await(this.#writer.effects(step, rowId, keys));
  }

  /** Takes and writes down at once, which is nothing to do for most rows. */
  empty(slot: TrailedSlot): void {
    if (slot.made === undefined && this.#obtained.size === 0) return;
    this.write(this.take(slot));
  }

  /** Writes down a row that was joined, in the order in which a step reads them. */
  joined(row: MadeRow): void {
    this.#await(this.#writer.joined(row));
  }

  /** Writes down what is known of rows that came to no end, since the run was cut short. */
  close(): void {
    for (const rowId of [...this.#obtained.keys()].sort()) {
      this.write({ made: [], effects: this.#effectsOf(rowId) });
    }
  }

  #effectsOf(rowId: string): Trailed["effects"] {
    const obtained = this.#obtained.get(rowId);
    if (obtained === undefined) return NONE;
    this.#obtained.delete(rowId);
    const [{ step, key }] = obtained as [Obtained, ...Obtained[]];
    if (obtained.length === 1) return [{ step, rowId, keys: [key] }];
    return [...new Set(obtained.map(({ step }) => step))].map((step) => ({
      step,
      rowId,
      keys: obtained.filter((one) => one.step === step).map(({ key }) => key).sort(),
    }));
  }
}
