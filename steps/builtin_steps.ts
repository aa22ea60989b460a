/** The built-in steps and tasks by name; nothing is loaded until a name is used. @module */
import type { Component, ComponentKind, RegistryEntry } from "@fastdistill/core/authoring";

/** The built-in steps and tasks, for a `Registry`. Nothing is loaded until a name is used. */
// deno-fmt-ignore -- one line an entry, by name
export const builtinSteps: readonly RegistryEntry[] = [
  entry("step", "canonicalize_fields", "Writes chosen columns as canonical JSON into a column of text", () => import("./transform/canonicalize_fields.ts")),
  entry("step", "check_leakage", "Finds rows whose text or cluster of near-duplicates is in another split too", () => import("./split/check_leakage.ts")),
  entry("step", "clean_sql", "Takes the SQL out of a model's answer", () => import("./transform/clean_sql.ts")),
  entry("step", "count_tokens", "Counts the tokens of columns", () => import("./transform/count_tokens.ts")),
  entry("step", "decontaminate", "Finds rows that share n-grams of words with benchmark files", () => import("./filter/decontaminate.ts")),
  entry("step", "dedup_exact", "Keeps the first of the rows that are equal in the chosen columns", () => import("./dedup/dedup_exact.ts")),
  entry("step", "dedup_minhash", "Finds texts that are nearly the same, by MinHash, and keeps one of each cluster", () => import("./dedup/dedup_minhash.ts")),
  entry("step", "dedup_near", "Drops texts that are nearly the same as one before, while rows stream through", () => import("./dedup/dedup_near.ts")),
  entry("step", "dedup_semantic", "Finds rows that mean nearly the same, by their embeddings, and keeps one of each cluster", () => import("./dedup/dedup_semantic.ts")),
  entry("step", "embed_text", "Adds the embedding of a text, asked of an embedding model", () => import("./generate/embed_text.ts")),
  entry("step", "expand_columns", "Makes a row of each element of a list", () => import("./transform/expand_columns.ts")),
  entry("step", "extract_answer", "Takes the final answer out of the solution of a maths problem", () => import("./transform/extract_answer.ts")),
  entry("step", "format_rules", "Checks the form of a text: patterns, sections, syntax, length, script, repetition", () => import("./filter/format_rules.ts")),
  entry("step", "function_call_check", "Checks calls of tools: names, arguments against schemas, and whether they are the right ones", () => import("./evaluate/function_call_check.ts")),
  entry("step", "js_exec", "Runs a JavaScript or TypeScript program in a sandbox and checks it by tests, or by inputs and outputs", () => import("./evaluate/js_exec.ts")),
  entry("step", "json_schema", "Checks a value, or a text that is to be JSON, against a JSON Schema", () => import("./evaluate/json_schema.ts")),
  entry("step", "keep_columns", "Keeps the chosen columns and drops the others", () => import("./transform/keep_columns.ts")),
  entry("step", "mask_pii", "Finds personal data and secrets by their shapes, and masks them", () => import("./filter/mask_pii.ts")),
  entry("step", "math_equal", "Compares the answer of a maths problem with the right one by value", () => import("./evaluate/math_equal.ts")),
  entry("step", "measure_diversity", "Measures how diverse all rows are together", () => import("./evaluate/measure_diversity.ts")),
  entry("step", "preference_pairs", "Makes pairs of a better and a worse answer to one prompt", () => import("./preference/preference_pairs.ts")),
  entry("step", "python_exec", "Runs a Python program in a sandbox and checks it by tests, or by inputs and outputs", () => import("./evaluate/python_exec.ts")),
  entry("step", "read_files", "Reads rows from files of JSON lines, JSON, CSV, Parquet or Arrow", () => import("./read/read_files.ts")),
  entry("step", "read_jsonl", "Reads rows from files of JSON lines", () => import("./read/read_jsonl.ts")),
  entry("step", "rename_columns", "Gives columns other names", () => import("./transform/rename_columns.ts")),
  entry("step", "rows", "Gives the rows that are written in the pipeline", () => import("./read/rows.ts")),
  entry("step", "rule_filter", "Rejects texts that are empty, too short, too long or of the wrong shape", () => import("./filter/rule_filter.ts")),
  entry("step", "sample_id", "Gives each row an id made of its content", () => import("./transform/sample_id.ts")),
  entry("step", "score_exec", "Scores a row by whether its query runs and has the right result", () => import("./evaluate/score_exec.ts")),
  entry("step", "score_relevance", "Adds how relevant a document is to a query, asked of a rerank model", () => import("./generate/score_relevance.ts")),
  entry("step", "select", "Keeps the rows that meet a condition, or the best of each group", () => import("./filter/select.ts")),
  entry("step", "select_diverse", "Chooses rows whose embeddings are far from each other", () => import("./filter/select_diverse.ts")),
  entry("step", "set_columns", "Sets columns to constants, CEL expressions or filled templates", () => import("./transform/set_columns.ts")),
  entry("step", "sort", "Sorts all rows by one or several columns", () => import("./transform/sort.ts")),
  entry("step", "split", "Puts each row into a split, such as train, eval or test, by what it holds", () => import("./split/split.ts")),
  entry("step", "sql_exec", "Runs a query against a SQLite or DuckDB database and compares its result with that of gold queries", () => import("./evaluate/sql_exec.ts")),
  entry("task", "text_generation", "Asks a model for a text", () => import("./generate/text_generation.ts")),
  entry("step", "write_eval", "Writes an evaluation set: prompts with their right answers", () => import("./write/write_eval.ts")),
  entry("step", "write_files", "Writes rows to files of JSON lines, JSON, CSV, Parquet or Arrow", () => import("./write/write_files.ts")),
  entry("step", "write_jsonl", "Writes rows to a file of JSON lines", () => import("./write/write_jsonl.ts")),
  entry("step", "write_preference", "Writes samples for training on preferences: DPO, ORPO, KTO", () => import("./write/write_preference.ts")),
  entry("step", "write_prm", "Writes samples for training a process reward model, step by step", () => import("./write/write_prm.ts")),
  entry("step", "write_reward", "Writes samples for training a reward model", () => import("./write/write_reward.ts")),
  entry("step", "write_sft", "Writes samples for supervised fine-tuning", () => import("./write/write_sft.ts")),
];

type LoadModule = () => Promise<{ readonly default: Component }>;

function entry(kind: ComponentKind, name: string, summary: string, load: LoadModule): RegistryEntry {
  return { kind, name, summary, origin: "built-in", load: () => load().then((module) => module.default) };
}
