import type { SequencePath } from "../record/mod.ts";
import type { WaitReason } from "../report/mod.ts";
import { soon } from "../runtime/mod.ts";
import type { RunControl } from "./run_control.ts";
import type { RowTrail } from "./row_trail.ts";
import type { Exit } from "./segment_exit.ts";
import type { SegmentTarget } from "./segment_target.ts";
import { type EndedRow, leaveOut, openSlot, type Slot, sortSlot } from "./slot.ts";
import { SlotSpill } from "./slot_spill.ts";

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
  /** So many of them wait in memory, the others in a file. */
  readonly heldMax: number;
}

/** What a segment works with. */
export interface SegmentRunnerOptions {
  readonly launches: AsyncIterable<readonly Launch[]>;
  readonly exits: readonly Exit[];
  readonly limits: SegmentLimits;
  /** File for rows that wait and are not held in memory; it exists only while it is needed. */
  readonly spillPath: string;
  readonly control: RunControl;
  /** Told of each row that ended, in canonical order. */
  readonly onEnded: (ended: EndedRow) => void;
  /** Resolves when what was told has room again; `undefined` when it has now. */
  readonly endedReady: () => Promise<void> | undefined;
  /** Takes note of what rows are made from. */
  readonly trail?: RowTrail | undefined;
  /** Told what has to make room before another row may enter, and `undefined` once there is room. */
  readonly onWait?: (reason: WaitReason | undefined) => void;
  /** Present where the segment leads to the step whose rows a target counts. */
  readonly target?: SegmentTarget | undefined;
}

/** Rows that are handed on together at most; more of them would grow old in memory. */
const DRAIN_SLOTS = 64;
/** Rows that come back from the file together at most. */
const RESTORE_SLOTS = 256;
const LEDGER: WaitReason = { on: "ledger" };

/**
 * Runs one segment over a stream of rows: many under way at once, handed on in canonical order, with bounded memory.
 * This is the runtime's one operation.
 */
export class SegmentRunner {
  readonly #options: SegmentRunnerOptions;
  readonly #slots: Slot[] = [];
  readonly #spill: SlotSpill;
  /** Position of the oldest slot that was not emptied. */
  #first = 0;
  #inFlight = 0;
  #isCut = false;
  #isOver = false;
  #isDrainPlanned = false;
  /** Rows wait in the file for room behind this segment. */
  #isDrainLater = false;
  #failure: { readonly cause: unknown } | undefined;
  #wake: (() => void) | undefined;
  /** What there was no room in when that was last asked. */
  #obstacle: WaitReason | undefined;

  constructor(options: SegmentRunnerOptions) {
    this.#options = options;
    this.#spill = new SlotSpill(options.spillPath);
  }

  /** Resolves when every row was settled and every exit closed. */
  async run(): Promise<void> {
    const { launches, exits, control, target } = this.#options;
    using _spill = this.#spill;
    target?.target.reached.addEventListener("abort", () => this.#giveUpBeyond(), { once: true });
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
      while (this.#isDrainLater && this.#failure === undefined) await this.#change();
      this.#throwFailure();
      if (control.isAbandoned) throw control.stopReason;
      await this.#closeExits();
    } catch (cause) {
      for (const exit of exits) await exit.fail(cause);
      throw cause;
    } finally {
      this.#isOver = true;
    }
  }

  /** Those that lead to a target first: what is held back is known only once it is settled. */
  async #closeExits(): Promise<void> {
    const { exits, target } = this.#options;
    if (target === undefined) return await closeAll(exits);
    await closeAll(exits.filter((_, index) => !target.holds(index)));
    if (target.counts) target.target.settle();
    else {
      await target.target.settled;
      this.#release();
    }
    await closeAll(exits.filter((_, index) => target.holds(index)));
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
    const { limits } = this.#options;
    const waiting = this.#slots.length - this.#first;
    if (waiting >= DRAIN_SLOTS) this.#drain();
    if (this.#inFlight >= limits.inFlightMax || this.#slots.length - this.#first >= limits.windowMax) {
      this.#obstacle = { on: "in_flight" };
      return this.#change();
    }
    const wait = this.#roomBehind();
    if (wait !== undefined) this.#drain();
    return wait;
  }

  /** What to wait for before more may be handed on; `undefined` when it may now. */
  #roomBehind(): Promise<void> | undefined {
    const { exits, endedReady } = this.#options;
    for (const exit of exits) {
      const ready = exit.ready();
      if (ready === undefined) continue;
      this.#obstacle = exit.waitsFor;
      return ready;
    }
    this.#obstacle = LEDGER;
    return endedReady();
  }

  #start(launch: Launch): void {
    const slot = openSlot(launch, this.#options.exits.length);
    slot.isCut = this.#isCut;
    const { target } = this.#options;
    if (target !== undefined) {
      slot.undo = [];
      slot.isCut ||= target.target.isBeyond(slot.path) && target.target.reached.aborted;
    }
    this.#slots.push(slot);
    const under = launch.start(slot);
    if (under === undefined) this.#done(slot);
    else {
      this.#inFlight++;
      under.then(() => this.#finish(slot), (cause) => this.#finish(slot, { cause }));
    }
  }

  #done(slot: Slot): void {
    slot.isDone = true;
    if (this.#slots.length - this.#first <= this.#options.limits.heldMax) return;
    if (slot.isCut || slot === this.#slots[this.#first]) return;
    sortSlot(slot);
    const trailed = this.#options.trail?.take(slot);
    if (trailed !== undefined) [slot.trailed, slot.rowIds, slot.made] = [trailed, "", undefined];
    this.#spill.put(slot);
  }

  #finish(slot: Slot, failure?: { readonly cause: unknown }): void {
    this.#inFlight--;
    try {
      this.#done(slot);
    } catch (cause) {
      this.#fail({ cause });
    }
    slot.hold?.[Symbol.dispose]();
    if (failure !== undefined) this.#fail(failure);
    if (this.#slots[this.#first] === slot) this.#drainOrFail();
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
      this.#drainOrFail();
    });
  }

  #drainOrFail(): void {
    try {
      this.#drain();
    } catch (cause) {
      this.#fail({ cause });
      this.#wake?.();
    }
  }

  /** Empties the finished slots at the front. */
  #drain(): void {
    if (this.#options.control.isAbandoned || this.#isDrainLater) return;
    while (this.#drainSome());
  }

  /** Whether there is more to empty. */
  #drainSome(): boolean {
    const { exits, target, trail } = this.#options;
    const outputs: Slot["outputs"] = exits.map(() => []);
    let last: Slot | undefined;
    let restored = 0;
    while (this.#slots[this.#first]?.isDone && restored < RESTORE_SLOTS) {
      const slot = this.#slots[this.#first]!;
      const isWanted = slot.isFinal === true || target?.target.isBeyond(slot.path) !== true;
      if (slot.spilled !== undefined) {
        if (!isWanted) this.#spill.drop(slot);
        else if (!this.#restore(slot, restored++ === 0)) break;
      }
      this.#first++;
      if (!isWanted) {
        trail?.take(slot); // What a target leaves out was made of nothing.
        leaveOut(slot);
      } else if (slot.isFinal !== true) this.#isCut ||= slot.isCut;
      if (this.#isCut) continue;
      target?.take(slot);
      last = slot;
      this.#empty(slot, outputs);
    }
    if (last !== undefined) this.#handedOn(outputs, last.path);
    if (this.#first >= Math.max(DRAIN_SLOTS, this.#slots.length / 2)) {
      this.#slots.splice(0, this.#first);
      this.#first = 0;
    }
    return restored >= RESTORE_SLOTS;
  }

  /** Brings a slot back from the file, unless nothing behind has room; then the rest is emptied later. */
  #restore(slot: Slot, isFirst: boolean): boolean {
    const wait = isFirst && !this.#isCut ? this.#roomBehind() : undefined;
    if (wait === undefined) {
      if (this.#isCut) this.#spill.drop(slot);
      else this.#spill.takeBack(slot);
      return true;
    }
    this.#isDrainLater = true;
    wait.then(() => {
      this.#isDrainLater = false;
      if (!this.#isOver) this.#drainOrFail();
    }, (cause) => this.#fail({ cause })).finally(() => this.#wake?.());
    return false;
  }

  #handedOn(outputs: Slot["outputs"], upTo: SequencePath): void {
    const { exits, target } = this.#options;
    exits.forEach((exit, index) => target?.holds(index) === true || exit.push(outputs[index]!, upTo));
    target?.passed(upTo);
    this.#release();
  }

  /** Hands on what was held back until it was known to be part of the run. */
  #release(): void {
    const { exits, onEnded, target, trail } = this.#options;
    const slots = target?.release() ?? [];
    if (slots.length === 0) return;
    const outputs: Slot["outputs"] = exits.map(() => []);
    for (const slot of slots) {
      slot.outputs.forEach((output, index) => {
        for (const envelope of output) outputs[index]!.push(envelope);
      });
      for (const ended of slot.ended) onEnded(ended);
      if (slot.trailed !== undefined) trail?.write(slot.trailed);
    }
    const upTo = slots.at(-1)!.path;
    exits.forEach((exit, index) => target!.holds(index) && exit.push(outputs[index]!, upTo));
  }

  #empty(slot: Slot, outputs: Slot["outputs"]): void {
    const { target, onEnded, trail } = this.#options;
    sortSlot(slot);
    slot.outputs.forEach((output, index) => {
      if (target?.holds(index) === true) return;
      for (const envelope of output) outputs[index]!.push(envelope);
    });
    if (target?.hold(slot) === true) {
      slot.trailed ??= trail?.take(slot);
      return;
    }
    for (const ended of slot.ended) onEnded(ended);
    if (slot.trailed === undefined) trail?.empty(slot);
    else trail?.write(slot.trailed);
  }

  /** What is under way beyond a target that was reached goes no further. */
  #giveUpBeyond(): void {
    const { target } = this.#options;
    for (const slot of this.#slots.slice(this.#first)) {
      if (target!.target.isBeyond(slot.path)) slot.isCut = true;
    }
  }

  #fail(failure: { readonly cause: unknown }): void {
    this.#failure ??= failure;
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.cause;
  }
}

async function closeAll(exits: readonly Exit[]): Promise<void> {
  for (const exit of exits) await exit.close();
}
