import { definePipeline, type LoadedPipeline, Registry, runPipeline } from "@fastdistill/core";
import {
  builtinSteps,
  cleanSql,
  extractAnswer,
  mathEqual,
  rows,
  scoreExec,
  select,
  sqlExec,
  writeJsonl,
} from "@fastdistill/steps";
import { assertEquals } from "@std/assert";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ANSWERS = [
  {
    database: "shop",
    gold_sql: ["SELECT count(*) FROM item"],
    generation: "```sql\nSELECT COUNT(id) FROM item;\n```",
  },
  { database: "shop", gold_sql: ["SELECT count(*) FROM item"], generation: "SQL: SELECT 7" },
  { database: "shop", gold_sql: ["SELECT count(*) FROM item"], generation: "SELECT nothing" },
  { database: "shop", gold_sql: ["SELECT count(*) FROM item"], generation: "I do not know" },
];

function pipelineIn(baseDir: string): LoadedPipeline {
  return definePipeline({ name: "small", baseDir })
    .step("answers", rows({ rows: ANSWERS }))
    .step("clean", cleanSql())
    .step("execute", sqlExec({ database: "{{ database }}.sql", gold: "gold_sql" }))
    .step("score", scoreExec())
    .step("keep", select({ where: "exec_pass && score >= 0.5" }), { stage: "kept" })
    .step("write", writeJsonl({ path: "kept.jsonl" }))
    .build();
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "sql-pipeline-"));
  try {
    await writeFile(join(folder, "shop.sql"), "CREATE TABLE item (id); INSERT INTO item VALUES (1), (2);");
    await test(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

Deno.test("SQL steps run together, and the second run executes nothing", () =>
  inFolder(async (folder) => {
    const run = () =>
      runPipeline({
        pipeline: pipelineIn(folder),
        registry: new Registry(builtinSteps),
        runsDir: join(folder, "runs"),
      });
    const first = await run();
    assertEquals(first.status, "done", JSON.stringify(first.error));
    assertEquals([first.rows.kept, first.rows.failed, first.rows.rejected], [2, {}, { not_selected: 2 }]);
    const exported = first.files.find(({ role }) => role === "export")!;
    const written = await readFile(join(first.run_dir, exported.path), "utf8");
    const kept = written.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(kept.map(({ sql, gold_match, score }) => [sql, gold_match, score]), [
      ["SELECT COUNT(id) FROM item", true, 1],
      ["SELECT 7", false, 0.5],
    ]);
    const second = await run();
    assertEquals([second.status, second.calls.performed], ["done", 0]);
  }));

Deno.test("SQL steps say what they need and add to the compiler", () => {
  const start = definePipeline({ name: "typed" }).step("answers", rows({ rows: ANSWERS }));
  const clean = start.step("clean", cleanSql({ to: "query" }));
  clean.step("execute", sqlExec({ database: "{{ database }}", sql: "query", gold: "gold_sql" }))
    .step("score", scoreExec({ to: "points" }))
    .step("best", select({ best_of: "query", order_by: "points" }));
  clean.step("extract", extractAnswer({ from: "query", to: "number" }))
    .step("equal", mathEqual({ answer: "number", reference: "query", to: "is_right" }))
    .step("best", select({ best_of: "is_right", order_by: "number" }));
  // @ts-expect-error: there is no `sql`
  clean.step("execute", sqlExec({ database: "shop.sql" }));
  // @ts-expect-error: the template names a column that is not there
  clean.step("execute", sqlExec({ database: "{{ db }}", sql: "query" }));
  // @ts-expect-error: there is no `exec_pass`
  start.step("score", scoreExec());
});
