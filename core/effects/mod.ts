/** What is done once and remembered. @module */
export {
  formatRecording,
  parseRecording,
  type RecordedSample,
  type Recording,
  RECORDING_FORMAT,
  type RecordingEntry,
  type RecordingHeader,
  requestKey,
} from "./recording.ts";
export { effectKey, saltEffect, type WantedEffect } from "./effect_key.ts";
export {
  EffectRunner,
  type EffectSource,
  type EffectSourceOptions,
  GIVEN_UP,
  type PerformMissing,
  type SettledEffect,
  type TakeAnswer,
} from "./effect_runner.ts";
export {
  type EffectMeta,
  type EffectRecord,
  type EffectStore,
  type Eventually,
  memoryEffectStore,
} from "./effect_store.ts";
export {
  type Durability,
  openSqliteEffectStore,
  type SqliteEffectStoreOptions,
} from "./sqlite_effect_store.ts";
export {
  EFFECT_FILE_FORMAT,
  type ExportedEffects,
  exportEffects,
  type ImportedEffects,
  importEffects,
  readEffects,
} from "./effect_file.ts";
export {
  bytesOfEffect,
  costOfEffect,
  type EffectFigures,
  type EffectGroup,
  type EffectTotals,
  effectTotals,
} from "./effect_totals.ts";
export { type EffectFilter, modelOfEffect, selectEffects } from "./select_effects.ts";
export {
  effectDifferences,
  type FieldDifference,
  type NearestEffect,
  nearestEffects,
} from "./nearest_effect.ts";
export { type LookedUpEffect, RecordedEffects, type RecordedEffectsOptions } from "./recorded_effects.ts";
