// deno-lint-ignore-file no-console -- scripts write to the terminal
/**
 * What a check found wrong, and the one way in which every check says so.
 *
 * @module
 */

/** One finding: where it is and what is wrong there. */
export interface Problem {
  /** Path relative to the repository root, with `/`. */
  readonly file: string;
  /** Line, counted from 1; left out when the finding is about the file as a whole. */
  readonly line?: number;
  /** What is wrong, without a final period. */
  readonly message: string;
}

/** Writes a finding as `file:line: message`. */
export function formatProblem(problem: Problem): string {
  const place = problem.line === undefined ? problem.file : `${problem.file}:${problem.line}`;
  return `${place}: ${problem.message}`;
}

/** Orders findings by file, then line, then message. */
export function sortProblems(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort((a, b) =>
    compareText(a.file, b.file) || (a.line ?? 0) - (b.line ?? 0) || compareText(a.message, b.message)
  );
}

/** Prints the findings of one check and ends the process: 0 when there are none, otherwise 1. */
export function finish(check: string, problems: readonly Problem[]): never {
  for (const problem of sortProblems(problems)) console.error(formatProblem(problem));
  if (problems.length === 0) {
    console.log(`${check}: no problems`);
    Deno.exit(0);
  }
  console.error(`${check}: ${problems.length} ${problems.length === 1 ? "problem" : "problems"}`);
  Deno.exit(1);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
