/**
 * How many small programs and queries a second the evaluators judge once they are warm, two at a time, each in an
 * interpreter that knows nothing of the one before; beside the same programs run one by one without a sandbox.
 * `deno task bench:evaluators [--json]`
 *
 * @module
 */
import type { ConfigSchema, JsonObject, Row, RowContext, RowRunner, StepComponent } from "@fastdistill/core";
import { checkConfig } from "../../core/component/mod.ts";
import { inputFilesOf, outputFilesOf } from "../../core/runtime/mod.ts";
import jsExec from "../../steps/evaluate/js_exec.ts";
import pythonExec from "../../steps/evaluate/python_exec.ts";
import sqlExec from "../../steps/evaluate/sql_exec.ts";
import { DatabaseSync } from "node:sqlite";
import { runInNewContext } from "node:vm";
import { type BenchFigure, medianOf, printBench } from "./_bench_result.ts";

const COUNT = 600;
const WARM = 60;
const SCRIPT = `CREATE TABLE sale (id INTEGER PRIMARY KEY, customer INTEGER, amount REAL);
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 2000)
  INSERT INTO sale SELECT x, x % 97, x * 0.5 FROM n;`;
/** A context that records nothing: what is measured is the execution. */
const context = {
  effect: (_: unknown, perform: (signal: AbortSignal) => unknown) => perform(stop),
} as unknown as RowContext;
const { signal: stop } = new AbortController();

/** What is measured of one evaluator. */
interface Subject {
  readonly name: string;
  readonly unit: string;
  readonly step: StepComponent;
  readonly config: JsonObject;
  /** Builds the database, when it is not the one of SQLite. */
  readonly script?: string;
  readonly row: (n: number) => Row;
  readonly baseline: { readonly name: string; readonly open: () => Promise<(n: number) => void> };
}

function pythonProgram(n: number): string {
  return `def add(values):
    total = ${n}
    for value in values:
        total += value * value
    return total
words = sorted({word.lower() for word in "The quick brown fox jumps over the lazy dog".split()})
`;
}

function pythonTests(n: number): readonly string[] {
  return [`assert add([]) == ${n}`, `assert add([1, 2, 3]) == ${n + 14}`, "assert len(words) == 8"];
}

async function openPyodide(): Promise<(n: number) => void> {
  const { loadPyodide } = await import("pyodide");
  const python = await loadPyodide();
  return (n) => {
    const globals = python.toPy({});
    python.runPython([pythonProgram(n), ...pythonTests(n)].join("\n"), { globals });
    globals.destroy();
  };
}

function jsProgram(n: number): string {
  return `function add(values) {
  let total = ${n};
  for (const value of values) total += value * value;
  return total;
}
var words = [...new Set("The quick brown fox jumps over the lazy dog".toLowerCase().split(" "))].sort();
`;
}

function jsTests(n: number): readonly string[] {
  return [`assert(add([]) === ${n})`, `assert(add([1, 2, 3]) === ${n + 14})`, "assert(words.length === 8)"];
}

function openVm(): Promise<(n: number) => void> {
  const assert = (isRight: boolean) => {
    if (!isRight) throw new Error("The program is wrong");
  };
  return Promise.resolve((n) => {
    runInNewContext([jsProgram(n), ...jsTests(n)].join("\n"), { assert });
  });
}

function query(n: number): string {
  return `SELECT count(*), sum(amount) FROM sale WHERE customer = ${n % 97} AND id > ${n}`;
}

function openSqlite(): Promise<(n: number) => void> {
  const database = new DatabaseSync(":memory:");
  database.exec(SCRIPT);
  return Promise.resolve((n) => void database.prepare(query(n)).all());
}

const SUBJECTS: readonly Subject[] = [
  {
    name: "Python programs with three tests",
    unit: "programs/s",
    step: pythonExec,
    config: { tests: "tests" },
    row: (n) => ({ code: pythonProgram(n), tests: pythonTests(n) }),
    baseline: { name: "one interpreter, no isolation", open: openPyodide },
  },
  {
    name: "JavaScript programs with three tests",
    unit: "programs/s",
    step: jsExec,
    config: { tests: "tests" },
    row: (n) => ({ code: jsProgram(n), tests: jsTests(n) }),
    baseline: { name: "node:vm, a new context for each", open: openVm },
  },
  {
    name: "SQL queries with a gold query",
    unit: "queries/s",
    step: sqlExec,
    config: { database: "shop.sql", gold: "gold" },
    row: (n) => ({ sql: query(n), gold: query(n).replace("count(*)", "count(id)") }),
    baseline: { name: "node:sqlite in this process, no gold query", open: openSqlite },
  },
  {
    name: "SQL queries with a gold query, on DuckDB",
    unit: "queries/s",
    step: sqlExec,
    config: { database: "shop.sql", dialect: "duckdb", gold: "gold" },
    script: `CREATE TABLE sale (id INTEGER PRIMARY KEY, customer INTEGER, amount DOUBLE);
INSERT INTO sale SELECT x, x % 97, x * 0.5 FROM range(1, 2001) AS r(x);`,
    row: (n) => ({ sql: query(n), gold: query(n).replace("count(*)", "count(id)") }),
    baseline: { name: "node:sqlite in this process, no gold query", open: openSqlite },
  },
];

async function openStep(
  { step: { definition }, config, script = SCRIPT }: Subject,
  folder: string,
): Promise<RowRunner> {
  if (definition.kind !== "row") throw new TypeError("An evaluator is a row step");
  const path = await Deno.makeTempDir({ dir: folder });
  await Deno.writeTextFile(`${path}/shop.sql`, script);
  return await definition.open(checkedConfig(definition.config, config), {
    step: definition.name,
    runId: "bench",
    seed: 0,
    columns: {},
    files: inputFilesOf(path),
    outputs: outputFilesOf(path),
    reports: outputFilesOf(path),
    atWork: () => {},
    warn: () => {},
    quarantine: () => {},
    env: () => undefined,
    cacheDir: path,
    signal: stop,
  });
}

function checkedConfig(schema: ConfigSchema<unknown>, config: JsonObject): unknown {
  const result = checkConfig(schema, config);
  if (result.issues !== undefined) throw new TypeError(JSON.stringify(result.issues));
  return result.value;
}

async function judgeAll(runner: RowRunner, rows: readonly Row[]): Promise<void> {
  await Promise.all(rows.map(async (row) => {
    const outcome = await runner.process(row, context) as { readonly row?: Row };
    if (JSON.stringify(outcome).includes('"exec_pass":false')) throw new Error(JSON.stringify(outcome));
  }));
}

async function measure(subject: Subject, folder: string): Promise<BenchFigure> {
  const runner = await openStep(subject, folder);
  try {
    await judgeAll(runner, Array.from({ length: WARM }, (_, n) => subject.row(n)));
    const value = await medianOf(
      3,
      () => rate(() => judgeAll(runner, Array.from({ length: COUNT }, (_, n) => subject.row(n)))),
    );
    const plain = await subject.baseline.open();
    for (let n = 0; n < WARM; n++) plain(n);
    const baseline = await medianOf(3, () =>
      rate(() => {
        for (let n = 0; n < COUNT; n++) plain(n);
      }));
    return {
      name: subject.name,
      unit: subject.unit,
      value,
      baseline: { name: subject.baseline.name, value: baseline },
    };
  } finally {
    await runner.close?.();
  }
}

async function rate(action: () => void | Promise<void>): Promise<number> {
  const since = performance.now();
  await action();
  return COUNT / ((performance.now() - since) / 1000);
}

const folder = await Deno.makeTempDir();
try {
  const figures: BenchFigure[] = [];
  for (const subject of SUBJECTS) figures.push(await measure(subject, folder));
  printBench("evaluators", figures);
} finally {
  await Deno.remove(folder, { recursive: true });
}
