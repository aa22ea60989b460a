/**
 * How many rows a second a row step in a sandbox settles, beside JSON.parse and JSON.stringify on the same rows, and
 * how long it takes from nothing to the first row. `deno task bench:sandbox [--json]`
 *
 * @module
 */
import type { Row, RowContext, RowRunner, StepComponent, StepSetup } from "@fastdistill/core";
import { loadSandboxed } from "../../core/plugin/load_sandboxed.ts";
import { medianOf, printBench } from "./_bench_result.ts";

const ROWS = 40_000;
const IN_FLIGHT = 512;
const NEEDED_ROWS_PER_S = 50_000;
const ALLOWED_FIRST_ROW_MS = 60;

const MODULE = `export default { component: "step", definition: {
  name: "bench_step", kind: "row", version: 1, summary: "Measures a text", permissions: {},
  config: { "~standard": { version: 1, vendor: "bench", validate: (value) => ({ value }) } },
  columns: () => ({ adds: { size: "number" } }),
  open: () => ({ process: (row) => ({ kind: "pass", row: { ...row, size: row.text.length } }) }),
} };`;

/** The same as its author would write it: with the package that defines components, and a schema of zod. */
const IMPORTING = `import { defineStep, pass } from "@fastdistill/core/define";
import { z } from "zod";
export default defineStep({
  kind: "row", name: "bench_step", version: 1, summary: "Measures a text", permissions: {},
  config: z.strictObject({}), columns: () => ({ adds: { size: "number" } }),
  open: () => ({ process: (row) => pass({ ...row, size: row.text.length }) }),
});`;

const rows: readonly Row[] = Array.from({ length: ROWS }, (_, n) => ({
  id: `row-${n}`,
  text: `How many orders did customer ${n} place? `.repeat(30).slice(0, 980),
}));

async function rate(action: () => void | Promise<void>): Promise<number> {
  const since = performance.now();
  await action();
  return ROWS / ((performance.now() - since) / 1_000);
}

function contextOf(index: number): RowContext {
  return { step: "bench", rowId: `row-${index}`, signal: new AbortController().signal } as RowContext;
}

async function settleAll(runner: RowRunner): Promise<void> {
  let next = 0;
  const contexts = rows.map((_, index) => contextOf(index));
  await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
    while (next < ROWS) {
      const index = next++;
      const outcome = await runner.process(rows[index]!, contexts[index]!);
      if (outcome.kind !== "pass" || outcome.row.size !== 980) throw new Error(`Row ${index} is wrong`);
    }
  }));
}

const setup = { step: "bench", runId: "run", seed: 7, columns: {} } as StepSetup;

/** The module as a plugin of a project. */
async function loadRowStep(folder: string, code: string) {
  await Deno.mkdir(folder);
  const { imports } = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url)));
  const define = new URL("../../core/define.ts", import.meta.url).href;
  const config = { imports: { ...imports, "@fastdistill/core/define": define } };
  await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(config));
  await Deno.writeTextFile(`${folder}/bench_step.js`, code);
  await Deno.writeTextFile(`${folder}/empty.js`, "");
  const url = new URL(`file://${folder}/bench_step.js`);
  const target = { name: "bench_step", specifier: "./bench_step.js", url, configFile: `${folder}/deno.json` };
  const { definition } = await loadSandboxed({ ...target, isOverride: false }, {}) as StepComponent;
  if (definition.kind !== "row") throw new Error(`Read a row step, found ${definition.kind}`);
  return definition;
}

type RowStep = Awaited<ReturnType<typeof loadRowStep>>;

/** Milliseconds from nothing to the first row. */
async function firstRowOf(definition: RowStep): Promise<number> {
  const since = performance.now();
  const runner = await definition.open({}, setup);
  await runner.process(rows[0]!, contextOf(0));
  const elapsed = performance.now() - since;
  await runner.close?.();
  return elapsed;
}

const folder = await Deno.realPath(await Deno.makeTempDir());
try {
  const definition = await loadRowStep(`${folder}/plain`, MODULE);
  const importing = await loadRowStep(`${folder}/importing`, IMPORTING);
  const firstRow = await medianOf(9, () => firstRowOf(definition));
  const firstImporting = await medianOf(9, () => firstRowOf(importing));
  const bare = await medianOf(9, async () => {
    const since = performance.now();
    await new Deno.Command(Deno.execPath(), { args: ["run", "--no-config", `${folder}/plain/empty.js`] })
      .output();
    return performance.now() - since;
  });
  const runner = await definition.open({}, setup);
  await settleAll(runner); // Compiled from here on.
  const settled = await medianOf(5, () => rate(() => settleAll(runner)));
  await runner.close?.();
  const copied = await medianOf(
    5,
    () => rate(() => rows.forEach((row) => void JSON.parse(JSON.stringify(row)))),
  );
  printBench("sandbox", [
    {
      name: `rows of 1 KB through a sandboxed row step (at least ${NEEDED_ROWS_PER_S})`,
      unit: "rows/s",
      value: settled,
      baseline: { name: "JSON.stringify and JSON.parse", value: copied },
    },
    {
      name: `from nothing to the first row (at most ${ALLOWED_FIRST_ROW_MS})`,
      unit: "ms",
      value: firstRow,
      baseline: { name: "deno run of an empty module", value: bare },
    },
    {
      name: "from nothing to the first row of a plugin that imports define and zod",
      unit: "ms",
      value: firstImporting,
      baseline: { name: "deno run of an empty module", value: bare },
    },
  ]);
  if (settled < NEEDED_ROWS_PER_S || firstRow > ALLOWED_FIRST_ROW_MS) Deno.exitCode = 1;
} finally {
  await Deno.remove(folder, { recursive: true });
}
