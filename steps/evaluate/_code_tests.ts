import { FastDistillError, type Json, type JsonObject, type Row } from "@fastdistill/core/authoring";

const NAME = /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*$/;

/** One input with its right output. */
export interface IoCase {
  readonly stdin: string;
  readonly stdout: string;
}

/** What shows whether a program is right. `null` stands for what is not asked for. */
export interface CodeTests {
  readonly tests: readonly string[] | null;
  /** Function that a test named `check` is called with. */
  readonly entry_point: string | null;
  readonly cases: readonly IoCase[] | null;
}

/** The columns that hold tests. */
export interface TestColumns {
  readonly tests?: string | undefined;
  readonly entry_point?: string | undefined;
  readonly cases?: string | undefined;
}

/** How white space of two outputs is compared. */
export type WhitespaceRule = "exact" | "lines" | "tokens";

/** How two outputs are compared. */
export interface OutputRules {
  readonly whitespace: WhitespaceRule;
  /** Relative difference, absolute below 1, that two numbers may have; only where tokens are compared. */
  readonly float_tolerance: number;
}

/**
 * The tests of a row: a column that is null asks for nothing, but one of them has to ask for something.
 * @throws {FastDistillError} `data.tests` when none does, or one is of the wrong shape
 */
export function testsOf(row: Row, { tests, entry_point, cases }: TestColumns): CodeTests {
  const found = {
    tests: tests === undefined || row[tests] === null ? null : textsOf(tests, row[tests] ?? null),
    entry_point: entry_point === undefined ? null : nameOf(entry_point, row[entry_point] ?? null),
    cases: cases === undefined || row[cases] === null ? null : casesOf(cases, row[cases] ?? null),
  };
  const asked = [tests, cases].filter((column) => column !== undefined);
  if (asked.length === 0 || found.tests !== null || found.cases !== null) return found;
  throw new FastDistillError(
    "data.tests",
    `There are no tests in ${asked.map((name) => `"${name}"`).join(" or ")}`,
  );
}

function textsOf(column: string, value: Json): readonly string[] {
  const texts = typeof value === "string" ? [value] : value;
  if (Array.isArray(texts) && texts.length > 0 && texts.every((one) => typeof one === "string")) return texts;
  throw wrong(column, "a text or a list of texts", value);
}

function nameOf(column: string, value: Json): string | null {
  if (value === null || value === "") return null;
  if (typeof value === "string" && NAME.test(value)) return value;
  throw wrong(column, "the name of a function", value);
}

/** A list of `{stdin, stdout}`, or `{inputs: [...], outputs: [...]}` as benchmarks of contests have it. */
function casesOf(column: string, value: Json): readonly IoCase[] {
  const list = Array.isArray(value) ? value : parallelCases(value);
  const cases = list?.map((one) => caseOf(one as Json)) ?? [];
  if (cases.length > 0 && cases.every((one) => one !== undefined)) return cases;
  throw wrong(column, "a list of { stdin, stdout }", value);
}

function parallelCases(value: Json): readonly Json[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { inputs, outputs } = value as JsonObject;
  if (!Array.isArray(inputs) || !Array.isArray(outputs) || inputs.length !== outputs.length) return undefined;
  return inputs.map((stdin, index) => ({ stdin, stdout: outputs[index] as Json }));
}

function caseOf(value: Json): IoCase | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { stdin = "", input = stdin, stdout, output = stdout } = value as JsonObject;
  return typeof input === "string" && typeof output === "string"
    ? { stdin: input, stdout: output }
    : undefined;
}

function wrong(column: string, wanted: string, found: Json): FastDistillError {
  const text = JSON.stringify(found).slice(0, 80);
  return new FastDistillError("data.tests", `Read the column "${column}" as ${wanted}, found ${text}`);
}

/** Whether a program wrote what it should. */
export function isExpected(found: string, expected: string, rules: OutputRules): boolean {
  if (rules.whitespace === "exact") return found === expected;
  if (rules.whitespace === "lines") return linesOf(found) === linesOf(expected);
  const [left, right] = [tokensOf(found), tokensOf(expected)];
  return left.length === right.length &&
    left.every((one, at) => isSameToken(one, right[at]!, rules.float_tolerance));
}

/** White space at the end of lines and of the text does not count. */
function linesOf(text: string): string {
  return text.replace(/\r\n/g, "\n").split("\n").map((line) => line.trimEnd()).join("\n").trimEnd();
}

function tokensOf(text: string): readonly string[] {
  return text.split(/\s+/).filter((token) => token !== "");
}

function isSameToken(found: string, expected: string, tolerance: number): boolean {
  if (found === expected) return true;
  const [left, right] = [Number(found), Number(expected)];
  if (tolerance === 0 || !Number.isFinite(left) || !Number.isFinite(right)) return false;
  return Math.abs(left - right) <= tolerance * Math.max(1, Math.abs(right));
}
