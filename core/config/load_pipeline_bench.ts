import { loadPipeline } from "./load_pipeline.ts";

const folder = await Deno.makeTempDir();
const file = `${folder}/pipeline.yaml`;
await Deno.writeTextFile(
  file,
  `version: 1
name: text2sql
seed: 7
providers:
  teacher: { use: replay, with: { recording: teacher.recording.jsonl }, price: { input: 0.05, output: 0.20 } }
budget: { usd: 1.00 }
steps:
  questions: { use: read_jsonl, with: { path: questions.jsonl } }
  identify:  { use: sample_id, with: { fields: [database, question] } }
  unique:    { use: dedup_exact, with: { on: sample_id } }
  teach:     { use: text_generation, provider: teacher, with: { template: "...{{ question }}...", n: 4 } }
  clean:     { use: clean_sql, with: { from: generation, to: sql } }
  rules:     { use: rule_filter, with: { field: sql, min_chars: 8, max_chars: 2000 } }
  execute:   { use: sql_exec, with: { database: "{{ database }}", sql: sql, gold: gold_sql } }
  score:     { use: score_exec, with: { } }
  keep:      { use: select, with: { where: "exec_pass && score >= 0.5", best_of: sample_id }, stage: distilled }
  train:     { use: write_sft, with: { path: train.jsonl, format: chat } }
gates:
  - { stage: distilled, metric: exec_pass_rate, min: 0.95 }
`,
);
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

Deno.bench("loadPipeline() a file of the demo's size", async () => {
  await loadPipeline({ file, set: ["gates.0.min=0.9"] });
});

Deno.bench("loadPipeline() and the position of one value", async () => {
  const { locate } = await loadPipeline({ file });
  locate(["steps", "keep", "with", "where"]);
});
