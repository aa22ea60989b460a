const WINDOW_MS = 10_000;
const SAMPLE_EVERY_MS = 1_000;

interface Sample {
  readonly at: number;
  readonly count: number;
}

/** How fast a count grows: over the last ten seconds, or as long as it has been looked at. Holds eleven samples at most. */
export class LiveRate {
  readonly #samples: Sample[];

  /** Starts at a time, with nothing counted. */
  constructor(at: number) {
    this.#samples = [{ at, count: 0 }];
  }

  /** Takes note of a count and gives its growth a second; 0 when no time has passed. */
  perSecond(at: number, count: number): number {
    while (this.#samples.length > 1 && this.#samples[1]!.at <= at - WINDOW_MS) this.#samples.shift();
    const first = this.#samples[0]!;
    if (at - this.#samples.at(-1)!.at >= SAMPLE_EVERY_MS) this.#samples.push({ at, count });
    const ms = at - first.at;
    return ms <= 0 ? 0 : (count - first.count) / (ms / 1_000);
  }
}
