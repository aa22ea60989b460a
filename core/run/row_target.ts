import { GIVEN_UP } from "../effects/mod.ts";
import { compareSequencePaths, type SequencePath } from "../record/mod.ts";
import type { TargetEnd, TargetProgress } from "../report/mod.ts";
import type { PlannedTarget } from "./planned_target.ts";

/** Source rows under way at most, however many are wanted: as many as may wait for a slow one before them. */
const OPEN_MAX = 16_384;

interface SourceTally {
  readonly name: string;
  /** Rows of the sources before it, once it is its turn. */
  base: number;
  taken: number;
}

/**
 * Counts accepted rows in canonical order against a target, and lets source rows in as far as the rows that are still
 * wanted call for them. The run is then the run over the source rows up to the one that gave the last accepted row,
 * whatever had been begun beyond it.
 */
export class RowTarget {
  readonly #plan: PlannedTarget;
  readonly #sources: readonly SourceTally[];
  /** Position in the pipeline of each source, as paths begin with it. */
  readonly #ordinals: ReadonlyMap<number, SourceTally>;
  readonly #settled: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #reach: AbortController = new AbortController();
  #turn = 0;
  #accepted = 0;
  #end: TargetEnd = "exhausted";
  /** The source row that gave the last accepted row. */
  #cut: SequencePath | undefined;
  /** All rows at or before it have come to the target or to their end. */
  #progress: SequencePath | undefined;
  #isSettled = false;
  #room: PromiseWithResolvers<void> | undefined;

  /** Starts with nothing accepted. */
  constructor(plan: PlannedTarget, ordinalOf: (step: string) => number) {
    this.#plan = plan;
    this.#sources = plan.sources.map((name) => ({ name, base: 0, taken: 0 }));
    this.#ordinals = new Map(this.#sources.map((source) => [ordinalOf(source.name), source]));
  }

  /** Whether all rows that are wanted are there. */
  get isFull(): boolean {
    return this.#accepted >= this.#plan.accepted;
  }

  /** Aborted once all rows of the source row that gave the last one are settled: what is under way is not wanted. */
  get reached(): AbortSignal {
    return this.#reach.signal;
  }

  /** Resolves when no more rows will come to the target. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** Where the run stands. */
  progress(): TargetProgress {
    const { accepted: wanted, stage, maxCandidates } = this.#plan;
    return {
      ...(stage === undefined ? {} : { stage }),
      wanted,
      accepted: this.#accepted,
      candidates: this.#taken(),
      ...(maxCandidates === undefined ? {} : { max_candidates: maxCandidates }),
    };
  }

  /** Why no further source row was taken up; means something only where fewer rows were accepted than are wanted. */
  get end(): TargetEnd {
    return this.#end;
  }

  /** What a source has to wait for before it may give a row; `undefined` when it may ask with {@linkcode take}. */
  room(source: string): Promise<void> | undefined {
    if (this.isFull || this.#isSettled) return undefined;
    const mayGo = this.#sources[this.#turn]?.name === source &&
      (!this.#plan.isPaced || this.#taken() - this.#passed() < this.#openMax());
    if (mayGo) return undefined;
    this.#room ??= Promise.withResolvers<void>();
    return this.#room.promise;
  }

  /** Whether one more row of the source is wanted; if so, it counts as taken up. */
  take(): boolean {
    if (this.isFull || this.#isSettled) return false;
    if (this.#taken() >= (this.#plan.maxCandidates ?? Infinity)) {
      this.#end = "max_candidates";
      return false;
    }
    this.#sources[this.#turn]!.taken++;
    return true;
  }

  /** A source gives no more rows: it is the next one's turn. */
  closeSource(end?: "limit"): void {
    if (end !== undefined) this.#end = end;
    this.#turn++;
    const next = this.#sources[this.#turn];
    if (next !== undefined) next.base = this.#taken();
    this.wake();
  }

  /** Looks again who may go on, such as when the run is stopped. */
  wake(): void {
    const room = this.#room;
    this.#room = undefined;
    room?.resolve();
  }

  /** One more row was accepted. It stems from the source row at the front of the path. */
  accept(path: SequencePath): void {
    this.#accepted++;
    if (this.isFull) this.#cut = path.slice(0, 2);
  }

  /** All rows at or before a place have come to the target or to their end. */
  pass(path: SequencePath): void {
    this.#progress = path;
    const cut = this.#cut;
    if (cut !== undefined && (path.length <= 2 || isBeyond(path, cut))) this.#reached();
    this.wake();
  }

  /** No more rows will come. */
  settle(): void {
    this.#isSettled = true;
    if (this.isFull) this.#reached();
    this.#settled.resolve();
    this.wake();
  }

  /** Whether a row comes from beyond the source row that gave the last accepted one. */
  isBeyond(path: SequencePath): boolean {
    return this.#cut !== undefined && isBeyond(path, this.#cut);
  }

  /** Whether it is known that a row is part of the run, or that it is not. */
  isCertain(path: SequencePath): boolean {
    if (this.#isSettled || this.#cut !== undefined) return true;
    return this.#progress !== undefined && !isBeyond(path, this.#progress);
  }

  #reached(): void {
    if (!this.#reach.signal.aborted) this.#reach.abort(GIVEN_UP);
  }

  #taken(): number {
    return this.#sources.reduce((sum, { taken }) => sum + taken, 0);
  }

  /** Source rows that came to their end, or to the target, with all before them. */
  #passed(): number {
    const source = this.#ordinals.get(this.#progress?.[0] ?? -1);
    return source === undefined ? 0 : source.base + this.#progress![1]! + 1;
  }

  /**
   * How many source rows may be under way: those without which the rows that are missing cannot come, and as many as by
   * what those so far gave are likely to be needed, half a standard deviation below the expectation. Little was seen at the
   * start, so that no more are expected than twice as many as were seen.
   */
  #openMax(): number {
    const { accepted, samples } = this.#plan;
    const missing = accepted - this.#accepted;
    const seen = this.#passed() + 1;
    const rate = (this.#accepted + samples) / seen;
    const likely = Math.min((missing - Math.sqrt(missing) / 2) / rate, 2 * seen);
    return Math.min(OPEN_MAX, Math.ceil(Math.max(missing / samples, likely)));
  }
}

/** Whether a row comes from a source row after the one at the front of another path. */
function isBeyond(path: SequencePath, other: SequencePath): boolean {
  return compareSequencePaths(path.slice(0, 2), other.slice(0, 2)) > 0;
}
