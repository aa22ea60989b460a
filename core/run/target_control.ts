import type { FastDistillError } from "../errors/mod.ts";
import { RunControl } from "./run_control.ts";
import type { RowTarget } from "./row_target.ts";

/**
 * The control of a run as the steps that lead to a target see it. Once the target is reached, what is still under way in
 * them is not wanted: calls that were not sent are given up, and whatever becomes of the others ends nothing.
 */
export class TargetControl extends RunControl {
  readonly #run: RunControl;
  readonly #target: RowTarget;
  readonly #admission: AbortSignal;

  /** Of one run and its target. */
  constructor(run: RunControl, target: RowTarget) {
    super();
    this.#run = run;
    this.#target = target;
    this.#admission = AbortSignal.any([run.admission, target.reached]);
    run.admission.addEventListener("abort", () => target.wake(), { once: true });
  }

  override get signal(): AbortSignal {
    return this.#run.signal;
  }

  override get admission(): AbortSignal {
    return this.#admission;
  }

  override get isCut(): boolean {
    return this.#run.isCut;
  }

  override cut(): void {
    if (!this.#isReached) this.#run.cut();
  }

  override get degraded(): ReadonlySet<string> {
    return this.#run.degraded;
  }

  override degrade(step: string): void {
    this.#run.degrade(step);
  }

  override get fallbacks(): ReadonlyMap<string, number> {
    return this.#run.fallbacks;
  }

  override fallBack(step: string): void {
    this.#run.fallBack(step);
  }

  override get shedding(): ReadonlySet<string> {
    return this.#run.shedding;
  }

  override shed(step: string): void {
    this.#run.shed(step);
  }

  override get stopReason(): FastDistillError | undefined {
    return this.#run.stopReason;
  }

  override stop(reason: FastDistillError): void {
    if (!this.#isReached) this.#run.stop(reason);
  }

  override abort(reason: FastDistillError): void {
    this.#run.abort(reason);
  }

  override get isAbandoned(): boolean {
    return this.#run.isAbandoned;
  }

  override abandon(): void {
    this.#run.abandon();
  }

  override fail(error: FastDistillError): void {
    if (!this.#isReached) this.#run.fail(error);
  }

  override endsRun(thrown: unknown): boolean {
    return this.#isReached || this.#run.endsRun(thrown);
  }

  get #isReached(): boolean {
    return this.#target.reached.aborted;
  }
}
