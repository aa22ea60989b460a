import type { SequencePath } from "../record/mod.ts";
import type { WaitReason } from "../report/mod.ts";
import { soon } from "../runtime/mod.ts";
import type { RunControl } from "./run_control.ts";
import type { RowTrail } from "./row_trail.ts";
import type { Exit } from "./segment_exit.ts";
import { type EndedRow, openSlot, type Slot, sortSlot } from "./slot.ts";

/** A row that is about to enter a segment. */
export interface Launch {
  readonly path: SequencePath;
  /** Ids of the rows that it sends. */
  readonly rowIds: string | readonly string[];
  /** Sends it on its way; whatever becomes of it ends up in the slot. */
  readonly start: (slot: Slot) => void | Promise<void>;
}

/** How much a segment takes on at once. */
export interface SegmentLimits {
  /** Rows under way. */
  readonly inFlightMax: number;
  /** Rows that may be finished out of order, waiting for one before them. */
  readonly windowMax: number;
}

/** What a segment works with. */
export interface SegmentRunnerOptions {
  readonly launches: AsyncIterable<readonly Launch[]>;
  readonly exits: readonly Exit[];
  readonly limits: SegmentLimits;
  readonly control: RunControl;
  /** Told of each row that ended, in canonical order. */
  readonly onEnded: (ended: EndedRow) => void;
  /** Resolves when what was told has room again; `undefined` when it has now. */
  readonly endedReady: () => Promise<void> | undefined;
  /** Takes note of what rows are made from. */
  readonly trail?: RowTrail | undefined;
  /** Told what has to make room before another row may enter, and `undefined` once there is room. */
  readonly onWait?: (reason: WaitReason | undefined) => void;
}

/** Rows that are handed on together at most; more of them would grow old in memory. */
const DRAIN_SLOTS = 64;
const LEDGER: WaitReason = { on: "ledger" };

/**
 * Runs one segment over a stream of rows: many under way at once, handed on in canonical order, with bounded memory.
 * This is the runtime's one operation.
 */
export class SegmentRunner {
  readonly #options: SegmentRunnerOptions;
  readonly #slots: Slot[] = [];
  /** Position of the oldest slot that was not emptied. */
  #first = 0;
  #inFlight = 0;
  #isCut = false;
  #isOver = false;
  #isDrainPlanned = false;
  #failure: { readonly cause: unknown } | undefined;
  #wake: (() => void) | undefined;
  /** What there was no room in when that was last asked. */
  #obstacle: WaitReason | undefined;

  constructor(options: SegmentRunnerOptions) {
    this.#options = options;
  }

  /** Resolves when every row was settled and every exit closed. */
  async run(): Promise<void> {
    const { launches, exits } = this.#options;
    try {
      for await (const batch of launches) {
        for (const launch of batch) {
          const admitted = this.#admit(launch);
          if (admitted !== undefined) await admitted;
        }
        this.#drainSoon();
      }
      while (this.#inFlight > 0) await this.#change();
      this.#drain();
      this.#throwFailure();
      if (this.#options.control.isAbandoned) throw this.#options.control.stopReason;
      for (const exit of exits) await exit.close();
    } catch (cause) {
      for (const exit of exits) await exit.fail(cause);
      throw cause;
    } finally {
      this.#isOver = true;
    }
  }

  #admit(launch: Launch): void | Promise<void> {
    const wait = this.#room();
    return wait === undefined ? this.#start(launch) : this.#admitLater(wait, launch);
  }

  async #admitLater(wait: Promise<void>, launch: Launch): Promise<void> {
    const { onWait } = this.#options;
    for (let next: Promise<void> | undefined = wait; next !== undefined; next = this.#room()) {
      onWait?.(this.#obstacle);
      await next;
    }
    onWait?.(undefined);
    this.#start(launch);
  }

  /** What to wait for before another row may enter; `undefined` when it may now. */
  #room(): Promise<void> | undefined {
    this.#throwFailure();
    const { limits, exits, endedReady } = this.#options;
    const waiting = this.#slots.length - this.#first;
    if (waiting >= DRAIN_SLOTS) this.#drain();
    if (this.#inFlight >= limits.inFlightMax || this.#slots.length - this.#first >= limits.windowMax) {
      this.#obstacle = { on: "in_flight" };
      return this.#change();
    }
    for (const exit of exits) {
      const ready = exit.ready();
      if (ready !== undefined) {
        this.#drain();
        this.#obstacle = exit.waitsFor;
        return ready;
      }
    }
    this.#obstacle = LEDGER;
    return endedReady();
  }

  #start(launch: Launch): void {
    const slot = openSlot(launch, this.#options.exits.length);
    slot.isCut = this.#isCut;
    this.#slots.push(slot);
    const under = launch.start(slot);
    if (under === undefined) slot.isDone = true;
    else {
      this.#inFlight++;
      under.then(() => this.#finish(slot), (cause) => this.#finish(slot, { cause }));
    }
  }

  #finish(slot: Slot, failure?: { readonly cause: unknown }): void {
    this.#inFlight--;
    slot.isDone = true;
    slot.hold?.[Symbol.dispose]();
    if (failure !== undefined) this.#fail(failure);
    if (this.#slots[this.#first] === slot) this.#drain();
    this.#wake?.();
  }

  #change(): Promise<void> {
    this.#drain();
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }

  /** A source that never waits hands many rows on at once that way, and one that waits hands them on meanwhile. */
  #drainSoon(): void {
    if (this.#isDrainPlanned) return;
    this.#isDrainPlanned = true;
    soon(() => {
      this.#isDrainPlanned = false;
      if (this.#isOver || this.#failure !== undefined) return;
      try {
        this.#drain();
      } catch (cause) {
        this.#fail({ cause });
        this.#wake?.();
      }
    });
  }

  /** Empties the finished slots at the front. */
  #drain(): void {
    const { exits, control } = this.#options;
    if (control.isAbandoned) return;
    const outputs: Slot["outputs"] = exits.map(() => []);
    let last: Slot | undefined;
    while (this.#slots[this.#first]?.isDone) {
      const slot = this.#slots[this.#first++]!;
      this.#isCut ||= slot.isCut;
      if (this.#isCut) continue;
      last = slot;
      this.#empty(slot, outputs);
    }
    if (last !== undefined) exits.forEach((exit, index) => exit.push(outputs[index]!, last.path));
    if (this.#first >= DRAIN_SLOTS) this.#slots.splice(0, this.#first), this.#first = 0;
  }

  #empty(slot: Slot, outputs: Slot["outputs"]): void {
    sortSlot(slot);
    slot.outputs.forEach((output, index) => {
      for (const envelope of output) outputs[index]!.push(envelope);
    });
    for (const ended of slot.ended) this.#options.onEnded(ended);
    this.#options.trail?.empty(slot);
  }

  #fail(failure: { readonly cause: unknown }): void {
    this.#failure ??= failure;
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.cause;
  }
}
