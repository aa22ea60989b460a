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
