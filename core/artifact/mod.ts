/** The files of a run: layout, stages, ledger, events, index, verification. @module */
export { type CardOptions } from "./_card_facts.ts";
export { type BlobInfo, type BlobStore } from "./blob_store.ts";
export { fileBlobStore } from "./file_blob_store.ts";
export { s3BlobStore, type S3BlobStoreOptions } from "./s3_blob_store.ts";
export {
  CARD_FILE,
  type DatasetCard,
  datasetCard,
  sizeCategoryOf,
  writeDatasetCard,
} from "./dataset_card.ts";
export { checkRunGates, type GateCheckOptions, type GateReport } from "./check_run_gates.ts";
export {
  type BaselineSearch,
  findBaselines,
  type FoundBaseline,
  measureBaselines,
} from "./gate_baselines.ts";
export { metricsOf } from "./_measure_stage.ts";
export { type EventLog, openEventLog } from "./event_log.ts";
export { clearLeftovers } from "./clear_leftovers.ts";
export { type FailedRowRecord, readFailedRows } from "./failed_rows.ts";
export {
  type FailedRow,
  type KeptFailure,
  type KeptRow,
  type LedgerEntry,
  type RejectedRow,
} from "./ledger_entry.ts";
export { createLedgerWriter, type LedgerWriter, type LedgerWriterOptions } from "./ledger_writer.ts";
export {
  createLineageWriter,
  type LineageKind,
  type LineageWriter,
  type LineageWriterOptions,
  type MadeRow,
} from "./lineage_writer.ts";
export {
  formatManifest,
  type Manifest,
  MANIFEST_SCHEMA,
  manifestDigest,
  type ManifestParent,
  type ManifestPart,
  readManifest,
} from "./manifest.ts";
export { type NamedReport, stageFile, writePipelineFile, writeReport } from "./run_files.ts";
export { findRun, type FindRunOptions, isRunFolder, listRuns } from "./run_index.ts";
export { INVOCATION_SCHEMA, readInvocation, type RunInvocation, writeInvocation } from "./run_invocation.ts";
export { readRunReports, type RunReports } from "./run_reports.ts";
export {
  listRegistered,
  type RegisteredRun,
  type RegisteredState,
  registerRun,
  type TaggedRun,
  type TagOptions,
  tagRun,
  unregisterRun,
  untagRun,
} from "./run_registry.ts";
export { readTags, type RunTag } from "./run_tags.ts";
export { readRunJson, writeRunJson } from "./run_json.ts";
export { QuarantineWriter } from "./quarantine_writer.ts";
export { effectStorePath, pathInRun, type RunLayout, runLayout } from "./run_layout.ts";
export {
  createStageWriter,
  type StageWriter,
  type StageWriterEnd,
  type StageWriterOptions,
} from "./stage_writer.ts";
export { keyIdOf, makeKeys, type NewKeys, readPublicKey, type SignedRun, signRun } from "./sign_run.ts";
export { verifyRun } from "./verify.ts";
export {
  type EffectCheck,
  type SignatureCheck,
  type VerifyOptions,
  type VerifyProblem,
  type VerifyReport,
} from "./verify_report.ts";
export { type PushedFile, type PushOptions, type PushReport, pushRun } from "./push_run.ts";
