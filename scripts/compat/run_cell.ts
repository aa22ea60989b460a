import { join } from "node:path";
import { runProcess } from "../../tests/_process.ts";
import { isSource, isTest, listFiles, readText, ROOT } from "../_tree.ts";
import { type Cell, describeCell, OPTIONAL_PACKAGES } from "./cells.ts";
import { runDemo, runPlugin } from "./cell_pipelines.ts";
import type { Installation, Installations } from "./installations.ts";
import type { TestOutcome } from "./run_tests.ts";

/** One thing that a cell has shown. */
export interface Part {
  readonly part: string;
  /** `refused`: it ended with the documented error, as it has to. */
  readonly status: "passed" | "failed" | "refused" | "not reachable";
  readonly detail: string;
  readonly seconds: number;
}

/** What a cell has shown. */
export interface CellResult {
  readonly cell: Cell;
  readonly parts: readonly Part[];
}

/** The contracts that a component cannot keep without a package: what it works with is not there. */
const NEEDS_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "js_exec keeps the contract of steps": ["quickjs-emscripten"],
  "python_exec keeps the contract of steps": ["pyodide"],
  "read_files keeps the contract of steps": ["csv-parse", "hyparquet", "apache-arrow"],
  "sql_exec with DuckDB keeps the contract of steps": ["@duckdb/duckdb-wasm", "apache-arrow"],
  "sql_exec with tables keeps the contract of steps": ["@duckdb/duckdb-wasm", "apache-arrow"],
  "write_files keeps the contract of steps": ["csv-stringify", "hyparquet-writer", "apache-arrow"],
};

const CONTRACT = "keeps? the contract|^testProvider\\(|^built-in components";
const PLUGINS = ["readability", "summarize"];

/** Runs everything in one cell; each part is told of when it is known. */
export async function runCell(
  cell: Cell,
  { installations, tell }: { readonly installations: Installations; readonly tell: (part: Part) => void },
): Promise<CellResult> {
  const parts: Part[] = [];
  const timed = async (part: string, work: () => Promise<Omit<Part, "part" | "seconds">>) => {
    const start = performance.now();
    const found = await work().catch((thrown) => ({ status: "failed" as const, detail: String(thrown) }));
    const done = { part, ...found, seconds: Math.round((performance.now() - start) / 100) / 10 };
    parts.push(done);
    tell(done);
  };
  const files = await contractFiles();
  let installed: Installation | undefined;
  await timed("installation", async () => {
    installed = await installations.of(cell, files);
    const { stdout } = await runProcess([installed.program, "--version"], { cwd: ROOT, mayFail: true });
    return { status: "passed", detail: stdout.split("\n")[0]!.trim() };
  });
  if (installed === undefined) return { cell, parts };
  const project = installed;
  const folder = await installations.scratch();
  await timed("demo and verify", () => runDemo(project, join(folder, "demo")));
  await timed("contracts of the built-ins", () => runContracts(project, cell, files));
  await timed("optional packages", () => runPackages(project, cell, join(folder, "demo/run")));
  for (const name of PLUGINS) {
    await timed(
      `plugin ${name}: contract`,
      async () => countOf(await runTests(project, [`examples/plugins/${name}/mod_test.ts`]), []),
    );
    await timed(`plugin ${name}: run`, () => runPlugin(project, { name, cell, folder: join(folder, name) }));
  }
  return { cell, parts };
}

/** Whether nothing in a cell is wrong; what could not be reached is wrong where it is required. */
export function isCellOk({ parts }: CellResult, isRequired: boolean): boolean {
  return parts.every(({ status }) => status !== "failed" && !(isRequired && status === "not reachable"));
}

/** What a cell shows that could not be tried. */
export function unreachable(cell: Cell, reason: string): CellResult {
  const detail = `${describeCell(cell)}: ${reason}`;
  return { cell, parts: [{ part: "installation", status: "not reachable", detail, seconds: 0 }] };
}

/** Tests of components that run the public suites, and the one of the registry. */
export async function contractFiles(): Promise<readonly string[]> {
  const found = ["tests/builtin_registry_test.ts"];
  for (const file of await listFiles(ROOT, (path) => isSource(path) && isTest(path))) {
    if (!/^(steps|providers)\//.test(file)) continue;
    if (/\btest(Step|Task|Provider)\(/.test(await readText(ROOT, file) ?? "")) found.push(file);
  }
  return found;
}

async function runContracts(project: Installation, cell: Cell, files: readonly string[]): ReturnType<Work> {
  const outcomes = await runTests(project, files, { filter: CONTRACT });
  return countOf(outcomes, cell.packages === "with" ? [] : Object.keys(NEEDS_PACKAGES));
}

async function runPackages(project: Installation, { packages }: Cell, run: string): ReturnType<Work> {
  const absent = packages === "with" ? [] : OPTIONAL_PACKAGES;
  const env = { FASTDISTILL_ABSENT: absent.join(), FASTDISTILL_RUN: run };
  const counted = countOf(await runTests(project, ["scripts/compat/optional_packages.ts"], { env }), []);
  return counted.status === "passed" && packages === "without"
    ? { status: "refused", detail: `${OPTIONAL_PACKAGES.length} errors name the package and how to add it` }
    : counted;
}

type Work = () => Promise<Omit<Part, "part" | "seconds">>;

interface TestRunOptions {
  readonly filter?: string;
  readonly env?: Readonly<Record<string, string>>;
}

async function runTests(
  { tests, npm }: Installation,
  files: readonly string[],
  { filter, env }: TestRunOptions = {},
): Promise<readonly TestOutcome[]> {
  const plan = { files: files.map((file) => join(ROOT, file)), filter, npm };
  const { code, stdout, stderr } = await runProcess(
    [...tests, JSON.stringify(plan)],
    { cwd: ROOT, mayFail: true, ...(env === undefined ? {} : { env }) },
  );
  const outcomes = stdout.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  if (code === 0 && outcomes.length > 0) return outcomes;
  throw new Error(`The tests ended with ${code} after ${outcomes.length}: ${stderr.slice(-2_000)}`);
}

function countOf(
  outcomes: readonly TestOutcome[],
  excused: readonly string[],
): { readonly status: Part["status"]; readonly detail: string } {
  const failed = outcomes.filter(({ name, problems }) => problems.length > 0 && !excused.includes(name));
  const refused = outcomes.filter(({ name, problems }) => problems.length > 0 && excused.includes(name));
  if (failed.length > 0) {
    const first = failed.map(({ name, problems }) => `${name}: ${problems[0]}`).join("\n");
    return { status: "failed", detail: `${failed.length} of ${outcomes.length} failed\n${first}` };
  }
  const names = refused.map(({ name }) => name.split(" keeps ")[0]).join(", ");
  const rest = refused.length === 0 ? "" : `, without their packages not: ${names}`;
  return { status: "passed", detail: `${outcomes.length - refused.length} tests${rest}` };
}
