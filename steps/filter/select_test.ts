import {
  FastDistillError,
  type KeyedOutcome,
  type KeyedRow,
  type Row,
  type StepComponent,
} from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import select from "./select.ts";

const ROWS: readonly Row[] = [
  { id: "a", score: 0.2, ok: true },
  { id: "b", score: 0.9, ok: true },
  { id: "a", score: 0.8, ok: true },
  { id: "a", score: 0.8, ok: true, later: true },
  { id: "b", score: 1, ok: false },
  { id: "c", score: null, ok: true },
].map((row) => ({ later: false, ...row }));

function reasonsOf(
  run: Awaited<ReturnType<typeof runStep>>,
): readonly (readonly [number, string, string | undefined])[] {
  return run.rejected.map(({ row, reason, detail }) => [ROWS.indexOf(row), reason, detail]);
}

Deno.test("select keeps the contract of steps", async () => {
  await testStep(select, [
    { config: { where: "ok" }, rows: ROWS },
    { config: { best_of: "id" }, rows: ROWS },
    { config: { where: "ok && id != 'c'", best_of: "id", order_by: "score", keep: 2 }, rows: ROWS },
  ]);
});

Deno.test("select keeps the rows that meet a condition, in their order", async () => {
  const run = await runStep(select, { config: { where: "ok && score != null && score >= 0.5" }, rows: ROWS });
  assertEquals(run.rows, [ROWS[1]!, ROWS[2]!, ROWS[3]!]);
  assertEquals(reasonsOf(run), [[0, "not_selected", undefined], [4, "not_selected", undefined], [
    5,
    "not_selected",
    undefined,
  ]]);
});

Deno.test("select keeps the best of each group, the earlier of equals, in input order", async () => {
  const run = await runStep(select, { config: { where: "ok", best_of: "id" }, rows: ROWS });
  assertEquals(run.rows, [ROWS[1]!, ROWS[2]!, ROWS[5]!]);
  assertEquals(reasonsOf(run), [[0, "not_best", "score 0.2"], [3, "not_best", "score 0.8"], [
    4,
    "not_selected",
    undefined,
  ]]);
});

Deno.test("select keeps several of each group", async () => {
  const run = await runStep(select, { config: { best_of: "id", keep: 2 }, rows: ROWS });
  assertEquals(run.rows, [ROWS[1]!, ROWS[2]!, ROWS[3]!, ROWS[4]!, ROWS[5]!]);
});

Deno.test("select does what sorting every group would do", async () => {
  const row = fc.record({
    id: fc.constantFrom("a", "b", null),
    score: fc.option(fc.integer({ min: 0, max: 3 })),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 12 }),
      fc.integer({ min: 1, max: 3 }),
      async (given, keep) => {
        const rows = given.map((one, n) => ({ ...one, n }));
        const run = await runStep(select, {
          config: { best_of: "id", keep },
          rows,
          columns: { id: "string", score: "number" },
        });
        const best = ["a", "b", null].flatMap((id) =>
          rows.filter((one) => one.id === id).sort((x, y) => (y.score ?? -1) - (x.score ?? -1)).slice(0, keep)
        );
        assertEquals(run.rows, best.sort((x, y) => x.n - y.n));
        assertEquals(run.rows.length + run.rejected.length, rows.length);
      },
    ),
    { numRuns: 60, seed: 7 },
  );
});

/** Feeds rows one by one and tells which row ids were settled after each. */
async function settledAfterEach(
  config: Record<string, string>,
  rows: readonly Row[],
): Promise<readonly number[][]> {
  const settled: number[] = [];
  const log: number[][] = [];
  async function* feed(): AsyncGenerator<KeyedRow> {
    for (const [index, row] of rows.entries()) {
      yield { rowId: String(index), row };
      log.push([...settled]);
    }
  }
  for await (const { rowId } of outcomesOf(select, config, feed())) settled.push(Number(rowId));
  return [...log, settled];
}

async function* outcomesOf(
  component: StepComponent,
  config: Record<string, string>,
  rows: AsyncIterable<KeyedRow>,
): AsyncGenerator<KeyedOutcome> {
  const { definition } = component;
  if (definition.kind !== "global") throw new TypeError(definition.kind);
  const runner = await definition.open({ order_by: "score", keep: 1, ...config }, {} as never);
  yield* runner.process(rows, new AbortController().signal);
}

Deno.test("select holds no row back without best_of", async () => {
  const log = await settledAfterEach({ where: "ok" }, ROWS);
  assertEquals(log.map((settled) => settled.length), [1, 2, 3, 4, 5, 6, 6]);
});

Deno.test("select holds the best rows only, and settles the others at once", async () => {
  assertEquals(await settledAfterEach({ best_of: "id" }, ROWS), [
    [],
    [],
    [0],
    [0, 3],
    [0, 3, 1],
    [0, 3, 1],
    [0, 3, 1, 2, 4, 5],
  ]);
});

Deno.test("select fails rows that cannot be judged or compared", async () => {
  const rows = [{ id: "a", score: null }, { id: "a", score: 1 }];
  const run = await runStep(select, { config: { where: "score >= 0.5" }, rows });
  assertEquals([run.rows.length, run.failed[0]?.error.code], [1, "step.expression"]);
  const number = await runStep(select, { config: { where: "score" }, rows });
  assertEquals(number.failed.map(({ error }) => error.message), [
    "The condition must give true or false, found null",
    "The condition must give true or false, found 1",
  ]);
  const text = await runStep(select, { config: { best_of: "id" }, rows: [{ id: "a", score: "high" }] });
  assertEquals(text.failed.map(({ error }) => error.code), ["graph.column_type"]);
});

Deno.test("select says before the run what it reads and what is wrong", async () => {
  const { flow } = await runStep(select, {
    config: { where: "ok && score > 0.1", best_of: "id" },
    rows: ROWS.slice(0, 5),
  });
  assertEquals(flow.requires, [
    { column: "ok", at: ["where"] },
    { column: "score", at: ["where"] },
    { column: "id", at: ["best_of"] },
    { column: "score", type: "number", at: ["order_by"] },
  ]);
  const codeOf = async (config: Record<string, string>) =>
    (await assertRejects(() => runStep(select, { config, rows: ROWS }), FastDistillError)).code;
  assertEquals(await codeOf({}), "config.invalid_value");
  assertEquals(await codeOf({ where: "ok &&" }), "step.expression");
  assertEquals(await codeOf({ where: "okay" }), "graph.missing_column");
});
