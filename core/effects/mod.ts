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
export {
  effectKey,
  EffectRunner,
  type PerformMissing,
  type SettledEffect,
  type TakeAnswer,
  type WantedEffect,
} from "./effect_runner.ts";
export {
  type EffectMeta,
  type EffectRecord,
  type EffectStore,
  type Eventually,
  memoryEffectStore,
} from "./effect_store.ts";
export { openSqliteEffectStore } from "./sqlite_effect_store.ts";
