import { type FastDistillError, isFastDistillError } from "./error.ts";

/** Exit codes of the command line. */
export const EXIT_CODES = {
  done: 0,
  failed: 1,
  usage: 2,
  gate: 3,
  budget: 4,
  interrupted: 130,
} as const;

/** A value of {@linkcode EXIT_CODES}. */
export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

/** The exit code that a thrown value stands for. */
export function exitCodeOf(thrown: unknown): ExitCode {
  if (!isFastDistillError(thrown)) return EXIT_CODES.failed;
  return exitCodeOfCode(thrown);
}

function exitCodeOfCode({ code }: FastDistillError): ExitCode {
  if (code === "run.interrupted") return EXIT_CODES.interrupted;
  const family = code.slice(0, code.indexOf("."));
  if (family === "config" || family === "registry" || family === "graph") return EXIT_CODES.usage;
  if (USAGE_CODES.has(code)) return EXIT_CODES.usage;
  if (family === "gate") return EXIT_CODES.gate;
  if (family === "budget") return EXIT_CODES.budget;
  return EXIT_CODES.failed;
}

/** Mistakes in a pipeline file that belong to other families. */
const USAGE_CODES: ReadonlySet<string> = new Set([
  "gate.unknown_metric",
  "budget.unknown_price",
  "step.template",
  "step.template_variable",
  "step.expression",
]);
