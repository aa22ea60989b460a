import type { Row } from "@fastdistill/core/authoring";
import { runStep } from "@fastdistill/core/testing";
import sqlExec from "./sql_exec.ts";

const SCRIPT = `CREATE TABLE sale (id INTEGER PRIMARY KEY, customer INTEGER, amount REAL);
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 5000)
  INSERT INTO sale SELECT x, x % 97, x * 0.5 FROM n;`;

/** As many different queries, each with four samples that share a gold query. */
function rowsOf(count: number): readonly Row[] {
  return Array.from({ length: count }, (_, index) => ({
    sql: `SELECT count(*), sum(amount) FROM sale WHERE customer = ${index}`,
    gold: `SELECT count(id), total(amount) FROM sale WHERE customer = ${Math.floor(index / 4)}`,
  }));
}

for (const count of [1, 2000]) {
  Deno.bench(`sql_exec ${count} queries with gold queries`, async () => {
    const run = await runStep(sqlExec, {
      config: { database: "shop.sql", gold: "gold" },
      rows: rowsOf(count),
      files: { "shop.sql": SCRIPT },
    });
    if (run.rows.length !== count) throw new Error("rows are missing");
  });
}
