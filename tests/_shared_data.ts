import { join } from "node:path";

/** Real data beside the repository, never part of it. */
const FOLDER = join(import.meta.dirname!, "../../shared/data");

/** A file or folder of the real data. */
export function sharedPath(path: string): string {
  return join(FOLDER, path);
}

/** Why a test that reads some of the real data cannot run, or `undefined` when it can; says so on the terminal. */
export function sharedDataProblem(test: string, path: string): string | undefined {
  try {
    Deno.statSync(sharedPath(path));
    return undefined;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const problem = `${test} is skipped: there is no ../shared/data/${path} beside the repository`;
    // deno-lint-ignore no-console -- the reason of an ignored test
    console.warn(problem);
    return problem;
  }
}
