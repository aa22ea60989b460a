/** Built-in steps and tasks: by name for a registry, and as functions for pipelines in TypeScript. @module */
export { builtinSteps } from "./builtin_steps.ts";
export { dedupExact } from "./dedup/dedup_exact.ts";
export { mathEqual } from "./evaluate/math_equal.ts";
export { scoreExec } from "./evaluate/score_exec.ts";
export { sqlExec, type SqlExecColumns, type SqlExecConfig } from "./evaluate/sql_exec.ts";
export { ruleFilter } from "./filter/rule_filter.ts";
export { select, type SelectBest } from "./filter/select.ts";
export { embedText } from "./generate/embed_text.ts";
export { scoreRelevance } from "./generate/score_relevance.ts";
export { textGeneration, type TextGenerationConfig } from "./generate/text_generation.ts";
export {
  type PreferencePairColumns,
  preferencePairs,
  type PreferencePairsConfig,
} from "./preference/preference_pairs.ts";
export { readJsonl } from "./read/read_jsonl.ts";
export { rows } from "./read/rows.ts";
export { checkLeakage } from "./split/check_leakage.ts";
export { split } from "./split/split.ts";
export { cleanSql } from "./transform/clean_sql.ts";
export { countTokens } from "./transform/count_tokens.ts";
export { expandColumns } from "./transform/expand_columns.ts";
export { type AnswerStyle, extractAnswer } from "./transform/extract_answer.ts";
export { keepColumns } from "./transform/keep_columns.ts";
export { renameColumns } from "./transform/rename_columns.ts";
export { sampleId } from "./transform/sample_id.ts";
export { setColumns } from "./transform/set_columns.ts";
export { sort } from "./transform/sort.ts";
export { writeEval } from "./write/write_eval.ts";
export { writeJsonl } from "./write/write_jsonl.ts";
export { writePreference, type WritePreferenceConfig } from "./write/write_preference.ts";
export { writePrm } from "./write/write_prm.ts";
export { writeReward } from "./write/write_reward.ts";
export { type ColumnsOfText, writeSft, type WriteSftConfig } from "./write/write_sft.ts";
