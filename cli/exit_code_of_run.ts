import type { RunSummary } from "@fastdistill/core";
import {
  type ErrorCode,
  EXIT_CODES,
  type ExitCode,
  exitCodeOf,
  FastDistillError,
} from "@fastdistill/core/errors";

/** The exit code that a run's end stands for. */
export function exitCodeOfRun(summary: Pick<RunSummary, "status" | "error">): ExitCode {
  switch (summary.status) {
    case "done":
      return EXIT_CODES.done;
    case "gate_failed":
      return EXIT_CODES.gate;
    case "budget_exhausted":
      return EXIT_CODES.budget;
    case "interrupted":
      return EXIT_CODES.interrupted;
    case "failed": {
      // What only shows at the end may still be a fault of the configuration, such as a gate on an unknown metric.
      const error = errorOfRun(summary);
      return error === undefined ? EXIT_CODES.failed : exitCodeOf(error);
    }
  }
}

/** The error of a summary, as it was before it was written down. */
export function errorOfRun({ error }: Pick<RunSummary, "error">): FastDistillError | undefined {
  if (error === undefined) return undefined;
  // A summary may come from a file, whose codes are those of the release that wrote it.
  return new FastDistillError(error.code as ErrorCode, error.message, { hint: error.hint });
}
