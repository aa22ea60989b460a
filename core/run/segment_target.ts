import { compareSequencePaths, type SequencePath } from "../record/mod.ts";
import type { RowTarget } from "./row_target.ts";
import { leaveOut, type Slot } from "./slot.ts";

/** What a segment does for a target. */
export interface SegmentTarget {
  readonly target: RowTarget;
  /** Whether the step whose rows are counted is in this segment. */
  readonly counts: boolean;
  /** Whether what leaves by an exit is held back until it is known to be part of the run. */
  readonly holds: (exit: number) => boolean;
  /** Decides on the rows of a slot that came to the target. Slots are given in canonical order. */
  readonly take: (slot: Slot) => void;
  /** All slots at or before a place were taken. */
  readonly passed: (path: SequencePath) => void;
  /** Whether a slot is held back; then {@linkcode release} gives it back. */
  readonly hold: (slot: Slot) => boolean;
  /** The slots that were held back and of which it is known by now what becomes of them, in order. */
  readonly release: () => readonly Slot[];
}

/** Of the segment that holds the step whose rows are counted: what it hands on is decided there and then. */
export function countingTarget(target: RowTarget): SegmentTarget {
  return {
    target,
    counts: true,
    holds: () => false,
    hold: () => false,
    release: () => [],
    take: ({ arrived = [] }) => {
      const inOrder = arrived.toSorted((a, b) => compareSequencePaths(a.envelope.path, b.envelope.path));
      for (const { envelope, accept, leaveOut } of inOrder) {
        if (target.isFull) leaveOut();
        else if (accept()) target.accept(envelope.path);
      }
    },
    passed: (path) => target.pass(path),
  };
}

/**
 * Of a segment before that: what goes on towards the target goes at once; everything else waits until the target has
 * seen what came of it, since it may turn out to be beyond the last row that is wanted.
 */
export function holdingTarget(target: RowTarget, held: ReadonlySet<number>): SegmentTarget {
  const waiting: Slot[] = [];
  let first = 0;
  return {
    target,
    counts: false,
    holds: (exit) => held.has(exit),
    take: () => {},
    passed: () => {},
    hold: (slot) => waiting.push(slot) > 0,
    release: () => {
      const known: Slot[] = [];
      for (
        let slot = waiting[first];
        slot !== undefined && target.isCertain(slot.path);
        slot = waiting[first]
      ) {
        first++;
        if (target.isBeyond(slot.path)) leaveOut(slot);
        known.push(slot);
      }
      waiting.splice(0, first);
      first = 0;
      return known;
    },
  };
}
