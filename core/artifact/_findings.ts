import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { isFastDistillError } from "../errors/mod.ts";
import { errorCodeOf, fingerprintFile } from "../runtime/mod.ts";
import type { VerifyProblem } from "./verify_report.ts";

const PROBLEMS_MAX = 1_000;

/** A claim that a run makes about one of its files, and what is the case. */
export interface Claim {
  readonly file: string;
  readonly problem: string;
  readonly expected: string | number | null;
  readonly found: string | number | null;
}

/** What was found in a run folder so far. */
export class Findings {
  /** The run folder. */
  readonly dir: string;
  readonly problems: VerifyProblem[] = [];
  files = 0;
  rows = 0;
  ledgerLines = 0;

  /** Nothing was found yet. */
  constructor(dir: string) {
    this.dir = dir;
  }

  /** Takes note of a problem; past the bound, only that there are more. */
  add(problem: VerifyProblem): void {
    if (this.problems.length < PROBLEMS_MAX) this.problems.push(problem);
  }

  /** Takes note of a problem where a claim does not hold. */
  compare(claim: Claim): void {
    if (claim.expected !== claim.found) this.add(claim);
  }

  /** What to do about a line of a file that holds no JSON object. */
  malformed(file: string): (line: number) => void {
    return (line) => this.add({ file, problem: `line ${line} is not a JSON object` });
  }

  /** Does something with a file; what the file makes impossible becomes a problem. */
  async attempt<T>(file: string, action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await action();
    } catch (cause) {
      if (!isFastDistillError(cause)) throw cause;
      this.add({ file, problem: cause.message });
    }
  }

  /** Holds a file against its digest, and its size where one is stated; says whether it is there. */
  async checkFile(
    file: string,
    stated: { readonly sha256: string | undefined; readonly size?: number },
  ): Promise<boolean> {
    const path = resolve(this.dir, file);
    const found = await sizeOf(path);
    if (found === undefined) {
      this.add({ file, problem: "the file is missing" });
      return false;
    }
    const { sha256 } = await fingerprintFile(path);
    this.files++;
    if (stated.size !== undefined) {
      this.compare({ file, problem: "the size differs", expected: stated.size, found });
    }
    this.compare({ file, problem: "the SHA-256 differs", expected: stated.sha256 ?? null, found: sha256 });
    return true;
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const status = await stat(path);
    return status.isFile() ? status.size : undefined;
  } catch (cause) {
    if (errorCodeOf(cause) === "ENOENT" || errorCodeOf(cause) === "ENOTDIR") return undefined;
    throw cause;
  }
}
