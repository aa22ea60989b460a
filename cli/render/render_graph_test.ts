import { definePipeline, type EstimateBasis, planRun, type RowEstimate } from "@fastdistill/core";
import { assertEquals } from "@std/assert";
import { defaultRegistry } from "../registry.ts";
import { cellWidth } from "./cells.ts";
import { renderGraph } from "./render_graph.ts";

const pipeline = definePipeline({
  name: "tiny",
  providers: {
    teacher: { use: "openai_compatible", with: { base_url: "http://127.0.0.1:1/v1", model: "m" } },
  },
})
  .step("words", { use: "rows", with: { rows: [{ word: "one" }] } })
  .step("other", { use: "rows", with: { rows: [{ word: "two" }] } })
  .step("shout", { use: "text_generation", with: { template: "{{ word }}" } }, {
    from: ["words", "other"],
    provider: "teacher",
  })
  .step("short", { use: "select", with: { where: "size(word) == 3" } }, { stage: "short" })
  .step("out", { use: "write_jsonl", with: { path: "out.jsonl" } })
  .gate({ stage: "short", metric: "count", min: 2, max: 9 })
  .gate({ stage: "short", metric: "count", min: 5, severity: "warn" })
  .build();

const row = (step: string, rows_in: number, basis: EstimateBasis): RowEstimate => {
  return { step, rows_in, rows_out: rows_in, basis };
};
const rows = [
  row("words", 1000, "exact"),
  row("other", 20, "at_least"),
  row("shout", 1020, "estimate"),
  row("short", 1020, "at_most"),
  row("out", 1020, "at_most"),
];

Deno.test("renderGraph() shows steps, edges, stages, segments and gates", async () => {
  const plan = await planRun({ pipeline, registry: await defaultRegistry({ from: pipeline.baseDir }) });
  assertEquals(renderGraph(plan, { rows }), [
    "tiny: 5 steps, 1 provider, 0 input files, 2 gates",
    "",
    "step   use              kind            reads         stage   rows in",
    "words  rows             source                                  1,000",
    "other  rows             source                                  >= 20",
    "shout  text_generation  task (teacher)  words, other          ~ 1,020",
    "short  select           global          shout         short  <= 1,020",
    "out    write_jsonl      sink            short                <= 1,020",
    "",
    "segments",
    "1  words",
    "2  other",
    "3  shout",
    "4  short",
    "5  out",
    "",
    "gates",
    "short: count >= 2 and <= 9",
    "short: count >= 5, or a warning",
    "",
  ]);
  const narrow = renderGraph(plan, { rows, width: 40 });
  assertEquals(narrow.slice(2, 8).filter((line) => cellWidth(line) > 40), []);
});
