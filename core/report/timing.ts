import { LatencyHistogram, type LatencySummary } from "./latency_histogram.ts";
import type { ProviderUseReport } from "./provider_use.ts";

/** How long one row waited for a step, and how long the step worked on it. */
export interface TimingSample {
  /** Name of the step. */
  readonly step: string;
  /** Milliseconds from when the row was ready for the step until the step began. */
  readonly queue_ms: number;
  /** Milliseconds from begin to outcome. */
  readonly service_ms: number;
}

/** The times of one step. */
export interface StepTiming {
  /** How long rows waited for the step. */
  readonly queue: LatencySummary;
  /** How long the step worked on rows. */
  readonly service: LatencySummary;
}

/** What `timing.json` holds. */
export interface TimingReport {
  /** Name and version of this format. */
  readonly schema: "fastdistill.timing/1";
  /** Id of the run. */
  readonly run_id: string;
  /** Of the whole run. */
  readonly elapsed_ms: number;
  /** Times by step. */
  readonly steps: Readonly<Record<string, StepTiming>>;
  /** How much each provider was used. */
  readonly providers: Readonly<Record<string, ProviderUseReport>>;
}

/** What {@linkcode TimingAggregator.report} has to be told. */
export interface TimingReportOptions {
  /** Id of the run. */
  readonly run_id: string;
  /** Milliseconds from the start of the run to its end. */
  readonly elapsed_ms: number;
  /** How much each provider was used. @default {no provider} */
  readonly providers?: Readonly<Record<string, ProviderUseReport>>;
}

/**
 * Sums up times per step, in memory that does not grow with the rows. Aggregators add.
 *
 * @example
 * ```ts
 * import { TimingAggregator } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * const timing = new TimingAggregator();
 * timing.add({ step: "teach", queue_ms: 2, service_ms: 800 });
 * const report = timing.report({ run_id: "r1", elapsed_ms: 900 });
 * assertEquals(report.steps["teach"]?.service.p50_ms, 800);
 * ```
 */
export class TimingAggregator {
  readonly #steps: Map<string, { readonly queue: LatencyHistogram; readonly service: LatencyHistogram }> =
    new Map();

  /** Adds the times of one row at one step. */
  add({ step, queue_ms, service_ms }: TimingSample): void {
    const times = this.#timesOf(step);
    times.queue.add(queue_ms);
    times.service.add(service_ms);
  }

  /** Adds all that another aggregator holds. */
  merge(other: TimingAggregator): void {
    for (const [step, { queue, service }] of other.#steps) {
      const times = this.#timesOf(step);
      times.queue.merge(queue);
      times.service.merge(service);
    }
  }

  /** What `timing.json` holds. */
  report({ run_id, elapsed_ms, providers = {} }: TimingReportOptions): TimingReport {
    const steps = [...this.#steps].map(([step, { queue, service }]) =>
      [step, { queue: queue.summary(), service: service.summary() }] as const
    );
    return {
      schema: "fastdistill.timing/1",
      run_id,
      elapsed_ms,
      steps: Object.fromEntries(steps),
      providers,
    };
  }

  #timesOf(step: string): { readonly queue: LatencyHistogram; readonly service: LatencyHistogram } {
    let times = this.#steps.get(step);
    if (times === undefined) {
      this.#steps.set(step, times = { queue: new LatencyHistogram(), service: new LatencyHistogram() });
    }
    return times;
  }
}
