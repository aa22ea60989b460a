/**
 * An example of each built-in component. The generator fails when one is missing or would not run.
 *
 * @module
 */
import type { Example } from "./_reference_flow.ts";
import type { Translations } from "./_reference_page.ts";

/** Examples by component name. */
export const EXAMPLES: Translations<Example> = {
  canonicalize_fields: {
    yaml: `steps:
  canonical:
    use: canonicalize_fields
    with: { fields: [question, sql], policy: compat }`,
  },
  check_leakage: {
    yaml: `steps:
  apart:
    use: check_leakage
    with: { texts: [question], on_leak: mark }`,
    before: { split: "string", question: "string" },
  },
  clean_sql: {
    yaml: `steps:
  clean:
    use: clean_sql
    with: { from: generation, to: sql }`,
  },
  count_tokens: {
    yaml: `steps:
  count:
    use: count_tokens
    with: { columns: [question, sql] }`,
  },
  decontaminate: {
    yaml: `steps:
  clean:
    use: decontaminate
    with:
      columns: [question]
      against:
        - { path: benchmarks/test.jsonl, fields: [question] }`,
  },
  dedup_exact: {
    yaml: `steps:
  unique:
    use: dedup_exact
    with: { on: sample_id }`,
  },
  dedup_minhash: {
    yaml: `steps:
  distinct:
    use: dedup_minhash
    with: { on: question, threshold: 0.7, keep: highest, by: score }`,
  },
  dedup_near: {
    yaml: `steps:
  fresh:
    use: dedup_near
    with: { on: question, threshold: 0.7 }`,
  },
  dedup_semantic: {
    yaml: `steps:
  distinct:
    use: dedup_semantic
    with: { on: embedding, threshold: 0.92, keep: longest, by: question }`,
  },
  extract_answer: {
    yaml: `steps:
  answer:
    use: extract_answer
    with: { from: generation, style: boxed }`,
  },
  format_rules: {
    yaml: `steps:
  form:
    use: format_rules
    with: { must_match: ["^SELECT"], max_words: 200, repetition: gopher, action: reject }`,
  },
  function_call_check: {
    yaml: `steps:
  calls:
    use: function_call_check
    with: { tools: tools, gold: gold_calls }`,
    before: { tool_calls: "array", tools: "array", gold_calls: "array" },
  },
  json_schema: {
    yaml: `steps:
  valid:
    use: json_schema
    with:
      schema: { type: object, required: [answer], properties: { answer: { type: number } } }
      parsed_to: parsed`,
  },
  js_exec: {
    yaml: `steps:
  judge:
    use: js_exec
    with: { code: answer, tests: tests, language: typescript, type_check: true }`,
    before: { answer: "string", tests: "any" },
  },
  keep_columns: {
    yaml: `steps:
  narrow:
    use: keep_columns
    with: { columns: [question, sql] }`,
  },
  mask_pii: {
    yaml: `steps:
  private:
    use: mask_pii
    with: { columns: [question], allow: [support@example.com] }`,
  },
  math_equal: {
    yaml: `steps:
  solve:
    use: math_equal
    with: { answer: answer, reference: gold_answer }`,
  },
  measure_diversity: {
    yaml: `steps:
  measure:
    use: measure_diversity
    with: { text: question }`,
  },
  openai_compatible: {
    yaml: `providers:
  teacher:
    use: openai_compatible
    with:
      base_url: http://127.0.0.1:11434/v1
      model: qwen2.5-coder:7b
    price: { input: 0, output: 0 }`,
  },
  expand_columns: {
    yaml: `steps:
  each:
    use: expand_columns
    with: { columns: instructions, index_column: position }`,
    before: { instructions: "array" },
  },
  preference_pairs: {
    yaml: `steps:
  pair:
    use: preference_pairs
    with: { group_by: question, score: score, margin: 1, carry: [model] }`,
  },
  read_files: {
    yaml: `steps:
  train:
    use: read_files
    with:
      path: datasets/gsm8k
      split: train
      on_malformed: quarantine`,
  },
  python_exec: {
    yaml: `steps:
  judge:
    use: python_exec
    with: { code: answer, tests: test_list, timeout_ms: 3000 }`,
    before: { answer: "string", test_list: "any" },
  },
  read_jsonl: {
    yaml: `steps:
  questions:
    use: read_jsonl
    with: { path: questions.jsonl, limit: 100 }`,
  },
  rename_columns: {
    yaml: `steps:
  rename:
    use: rename_columns
    with:
      rename: { generation: sql }`,
    before: { generation: "string" },
  },
  replay: {
    yaml: `providers:
  teacher:
    use: replay
    with: { recording: teacher.recording.jsonl }`,
  },
  rows: {
    yaml: `steps:
  questions:
    use: rows
    with:
      rows:
        - { question: How many customers are there?, level: 1 }
        - { question: Which product sold best in May?, level: 2 }`,
  },
  rule_filter: {
    yaml: `steps:
  rules:
    use: rule_filter
    with:
      field: sql
      min_chars: 8
      max_chars: 2000
      pattern: ^(SELECT|WITH)\\b`,
  },
  sample_id: {
    yaml: `steps:
  identify:
    use: sample_id
    with: { fields: [database, question] }`,
  },
  score_exec: {
    yaml: `steps:
  score:
    use: score_exec
    with: { exec_score: 0.2 }`,
  },
  select: {
    yaml: `steps:
  keep:
    use: select
    with:
      where: exec_pass && score >= 0.5
      best_of: sample_id
    stage: distilled`,
  },
  select_diverse: {
    yaml: `steps:
  diverse:
    use: select_diverse
    with: { count: 1000, method: score_first, score: score, threshold: 0.85 }`,
    before: { embedding: "array", score: "number" },
  },
  set_columns: {
    yaml: `steps:
  label:
    use: set_columns
    with:
      set: { split: train }
      expr: { is_long: size(question) > 200 }
      template: { prompt: "Write SQL: {{ question }}" }`,
  },
  sort: {
    yaml: `steps:
  rank:
    use: sort
    with: { by: [score, question], descending: true }`,
  },
  split: {
    yaml: `steps:
  divide:
    use: split
    with:
      by: question
      shares: { train: 0.8, eval: 0.1, test: 0.1 }`,
  },
  sql_exec: {
    yaml: `steps:
  execute:
    use: sql_exec
    with:
      database: "{{ database }}"
      sql: sql
      gold: gold_sql
      timeout_ms: 5000`,
  },
  embed_text: {
    yaml: `steps:
  embed:
    use: embed_text
    provider: embedder
    with:
      field: question
      normalize: true`,
  },
  score_relevance: {
    yaml: `steps:
  relevance:
    use: score_relevance
    provider: reranker
    with:
      query: question
      document: passage`,
  },
  text_generation: {
    yaml: `steps:
  teach:
    use: text_generation
    provider: teacher
    with:
      system_prompt: You write SQL for SQLite. Answer with one query.
      template: "{{ schema }}\\n\\n{{ question }}"
      n: 4
      temperature: 0.7
      max_tokens: 512`,
  },
  write_eval: {
    yaml: `steps:
  exam:
    use: write_eval
    with: { path: eval.jsonl, prompt: question, ideal: answer }`,
  },
  write_files: {
    yaml: `steps:
  save:
    use: write_files
    with:
      path: data/train-{shard}-of-{shards}.parquet
      columns: [question, sql, score]
      types: { score: float64 }`,
  },
  write_jsonl: {
    yaml: `steps:
  save:
    use: write_jsonl
    with: { path: rows.jsonl, columns: [question, sql, score] }`,
  },
  write_preference: {
    yaml: `steps:
  prefer:
    use: write_preference
    with: { path: dpo.jsonl, prompt: question, conversational: true }`,
  },
  write_prm: {
    yaml: `steps:
  process:
    use: write_prm
    with: { path: prm.jsonl, prompt: question, completions: solution, labels: ratings, threshold: 0.5 }`,
  },
  write_reward: {
    yaml: `steps:
  reward:
    use: write_reward
    with: { path: reward.jsonl, prompt: question }`,
  },
  write_sft: {
    yaml: `steps:
  train:
    use: write_sft
    with:
      path: train.jsonl
      format: chat
      prompt: "Write SQL for SQLite: {{ question }}"
      completion: sql
      metadata: [sample_id]`,
  },
};
