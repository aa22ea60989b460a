/** Operational errors: one class, a catalogue of stable codes, redaction, suggestions. @module */
export { type CatalogueCode, ERROR_CODES, type ErrorCode, type ErrorCodeEntry } from "./codes.ts";
export {
  catalogueEntry,
  describeThrown,
  FastDistillError,
  type FastDistillErrorOptions,
  isFastDistillError,
  type SourceLocation,
} from "./error.ts";
export { EXIT_CODES, type ExitCode, exitCodeOf } from "./exit_code.ts";
export { didYouMean, nearestName } from "./nearest.ts";
export { isSecretKey, redact, REDACTED, redactText } from "./redact.ts";
