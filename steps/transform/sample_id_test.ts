import { sampleIdOf, sha256 } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assertEquals, assertRejects } from "@std/assert";
import sampleId from "./sample_id.ts";

const ROWS = [{ q: "a", n: 1 }, { q: "a", n: 2 }, { q: "b", n: 1 }];

Deno.test("sample_id keeps the contract of steps", async () => {
  await testStep(sampleId, [
    { config: { fields: ["q"] }, rows: ROWS },
    { config: { fields: ["n", "q"], to: "q" }, rows: ROWS },
  ]);
});

Deno.test("sample_id gives equal content an equal id", async () => {
  const { rows } = await runStep(sampleId, { config: { fields: ["q"] }, rows: ROWS });
  assertEquals(rows.map(({ sample_id }) => sample_id), ROWS.map((row) => sampleIdOf(row, ["q"])));
  assertEquals([rows[0]!.sample_id === rows[1]!.sample_id, rows[0]!.sample_id === rows[2]!.sample_id], [
    true,
    false,
  ]);
});

Deno.test("sample_id does not depend on the order of its fields", async () => {
  const ids = async (fields: readonly string[]) =>
    (await runStep(sampleId, { config: { fields }, rows: ROWS })).rows.map((row) => row.sample_id);
  assertEquals(await ids(["q", "n"]), await ids(["n", "q"]));
});

Deno.test("sample_id wants a column at least, and one that is there", async () => {
  await assertRejects(() => runStep(sampleId, { config: { fields: [] }, rows: ROWS }));
  await assertRejects(
    () => runStep(sampleId, { config: { fields: ["nn"] }, rows: ROWS }),
    Error,
    'did you mean "n"?',
  );
});

Deno.test("sample_id gives under compat the ids of the Python predecessor", async () => {
  const rows = [{ task: "sql", n: 1, line: '{"task": "sql", "n": 1.0}' }];
  const id = async (config: Record<string, string | boolean>) =>
    (await runStep(sampleId, { config: { fields: ["task", "n"], policy: "compat", ...config }, rows }))
      .rows[0]!.sample_id;
  assertEquals(await id({}), sha256('"sql"|1'));
  assertEquals(await id({ line_column: "line" }), sha256('"sql"|1.0'));
  assertEquals(await id({ separator: "\n", field_names: true }), sha256('task="sql"\nn=1'));
});
