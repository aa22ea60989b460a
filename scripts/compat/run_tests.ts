// deno-lint-ignore-file no-console -- writes its results, a JSON object a line
/**
 * Runs test files in this process, under Deno against the workspace and under Node against the installed npm package,
 * and writes one JSON object a test. The only argument is a {@linkcode TestPlan}.
 *
 * @module
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { type NpmHooks, registerNpmHooks } from "./npm_hooks.ts";

/** What is to be run. */
export interface TestPlan {
  /** Absolute paths. */
  readonly files: readonly string[];
  /** Regular expression for names; all tests when there is none. */
  readonly filter?: string;
  /** Under Node: where the package is. */
  readonly npm?: NpmHooks;
}

/** How one test ended. */
export interface TestOutcome {
  readonly file: string;
  readonly name: string;
  readonly ms: number;
  /** Steps inside it. */
  readonly steps: number;
  /** What went wrong; nothing did where there is none. */
  readonly problems: readonly string[];
}

interface Context {
  readonly step: (name: string, run: (context: Context) => unknown) => Promise<boolean>;
}

type Run = (context: Context) => unknown;

interface CollectedTest {
  readonly file: string;
  readonly name: string;
  readonly run: Run;
}

/** Node strips types and knows no parameter properties; nothing here uses more than that. */
async function main({ files, filter = "", npm }: TestPlan): Promise<void> {
  const tests: CollectedTest[] = [];
  let file = "";
  const collect = (first: unknown, second?: unknown, third?: unknown) => {
    const test = testOf(first, second, third);
    if (test !== undefined) tests.push({ file, ...test });
  };
  if (npm === undefined) Object.defineProperty(Deno, "test", { value: collect });
  else {
    registerNpmHooks(npm);
    Object.assign(globalThis, { Deno: denoDouble(collect) });
  }
  for (file of files) {
    try {
      await import(pathToFileURL(file).href);
    } catch (thrown) {
      say({ file, name: "is loaded", ms: 0, steps: 0, problems: [describe(thrown)] });
    }
  }
  const wanted = new RegExp(filter);
  for (const test of tests.filter(({ name }) => wanted.test(name))) say(await runTest(test));
}

function testOf(first: unknown, second: unknown, third: unknown): Omit<CollectedTest, "file"> | undefined {
  if (typeof first === "string") return { name: first, run: (third ?? second) as Run };
  const { name, fn, ignore } = first as {
    readonly name: string;
    readonly fn: Run;
    readonly ignore?: boolean;
  };
  return ignore === true ? undefined : { name, run: fn };
}

async function runTest({ file, name, run }: CollectedTest): Promise<TestOutcome> {
  const problems: string[] = [];
  let steps = 0;
  const attempt = async (label: string, work: Run): Promise<boolean> => {
    try {
      await work({ step: (inner, more) => (steps++, attempt(`${label}${inner}: `, more)) });
      return true;
    } catch (thrown) {
      problems.push(`${label}${describe(thrown)}`);
      return false;
    }
  };
  const start = performance.now();
  await attempt("", run);
  return { file, name, ms: Math.round(performance.now() - start), steps, problems };
}

/** What tests that run under both use of Deno, made of what Node has. */
function denoDouble(test: unknown): Readonly<Record<string, unknown>> {
  return {
    test,
    makeTempDir: () => mkdtemp(join(tmpdir(), "fastdistill-")),
    remove: (path: string, options = {}) => rm(path, options),
    readTextFile: (path: string | URL) => readFile(path, "utf8"),
    writeTextFile: (path: string | URL, text: string) => writeFile(path, text),
  };
}

function describe(thrown: unknown): string {
  return thrown instanceof Error ? thrown.stack ?? thrown.message : String(thrown);
}

function say(outcome: TestOutcome): void {
  console.log(JSON.stringify(outcome));
}

await main(JSON.parse(process.argv[2]!));
process.exit(0);
