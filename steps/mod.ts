/** Built-in steps and tasks: by name for a registry, and as functions for pipelines in TypeScript. @module */
export { builtinSteps } from "./builtin_steps.ts";
export { dedupExact } from "./dedup/dedup_exact.ts";
export {
  type ClusterChoices,
  type ClusterColumns,
  dedupMinhash,
  type DedupMinhashConfig,
  type SketchChoices,
} from "./dedup/dedup_minhash.ts";
export { dedupNear, type DedupNearConfig } from "./dedup/dedup_near.ts";
export { dedupSemantic, type DedupSemanticConfig } from "./dedup/dedup_semantic.ts";
export {
  functionCallCheck,
  type FunctionCallCheckConfig,
  type FunctionCallColumns,
} from "./evaluate/function_call_check.ts";
export { jsExec, type JsExecConfig } from "./evaluate/js_exec.ts";
export { jsonSchema, type JsonSchemaConfig } from "./evaluate/json_schema.ts";
export { mathEqual } from "./evaluate/math_equal.ts";
export {
  type DiversityColumns,
  measureDiversity,
  type MeasureDiversityConfig,
} from "./evaluate/measure_diversity.ts";
export { type CodeExecColumns, type CodeExecConfig, pythonExec } from "./evaluate/python_exec.ts";
export { scoreExec } from "./evaluate/score_exec.ts";
export { sqlExec, type SqlExecColumns, type SqlExecConfig } from "./evaluate/sql_exec.ts";
export { decontaminate, type DecontaminateConfig } from "./filter/decontaminate.ts";
export { formatRules, type FormatRulesConfig } from "./filter/format_rules.ts";
export { maskPii, type MaskPiiConfig, type PiiKind } from "./filter/mask_pii.ts";
export { ruleFilter } from "./filter/rule_filter.ts";
export { select, type SelectBest } from "./filter/select.ts";
export { selectDiverse, type SelectDiverseConfig } from "./filter/select_diverse.ts";
export { embedText } from "./generate/embed_text.ts";
export { scoreRelevance } from "./generate/score_relevance.ts";
export { textGeneration, type TextGenerationConfig } from "./generate/text_generation.ts";
export {
  type PreferencePairColumns,
  preferencePairs,
  type PreferencePairsConfig,
} from "./preference/preference_pairs.ts";
export { type StorageInput } from "./_shared/object_storage.ts";
export { readFiles, type ReadFilesConfig } from "./read/read_files.ts";
export { readJsonl } from "./read/read_jsonl.ts";
export { rows } from "./read/rows.ts";
export { checkLeakage } from "./split/check_leakage.ts";
export { split } from "./split/split.ts";
export { canonicalizeFields } from "./transform/canonicalize_fields.ts";
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
export { writeFiles, type WriteFilesConfig } from "./write/write_files.ts";
export { writeJsonl } from "./write/write_jsonl.ts";
export { writePreference, type WritePreferenceConfig } from "./write/write_preference.ts";
export { writePrm } from "./write/write_prm.ts";
export { writeReward } from "./write/write_reward.ts";
export { type ColumnsOfText, writeSft, type WriteSftConfig } from "./write/write_sft.ts";
