import { describeThrown, FastDistillError, isFastDistillError } from "../errors/mod.ts";

/** What a step threw, as an error of ours; one that is ours already stays as it is. */
export function stepFailure(step: string, thrown: unknown): FastDistillError {
  if (isFastDistillError(thrown)) return thrown;
  return new FastDistillError("step.failed", `Step "${step}" threw: ${describeThrown(thrown)}`, {
    cause: thrown,
  });
}
