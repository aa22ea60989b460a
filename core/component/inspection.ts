import type { ErrorCode } from "../errors/mod.ts";
import type { Columns } from "../record/mod.ts";
import type { InputFiles } from "./files.ts";

/** A file or other input that decides what a run produces; its digest goes into the run id. */
export interface InputFingerprint {
  /** As written in the configuration. */
  readonly name: string;
  /** Of the content. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** What a component finds out about its inputs before a run, with reads but without side effects. */
export interface Inspection {
  /** For a source: the columns that its rows have. */
  readonly columns?: Columns;
  /** Files that decide what comes out; their digests go into the run id. */
  readonly inputs?: readonly InputFingerprint[];
  /** What is worth knowing before a run and stops nothing. */
  readonly warnings?: readonly InspectionWarning[];
}

/** Something that was found out about inputs and stops nothing. */
export interface InspectionWarning {
  /** Stable. */
  readonly code: ErrorCode;
  /** Names the input. */
  readonly message: string;
}

/** What `inspect` may use. */
export interface InspectContext {
  /** Name of the step or provider in the pipeline. */
  readonly step: string;
  /** Reads of input files. */
  readonly files: InputFiles;
  /** A variable of the environment; for a secret that the configuration names and does not hold. */
  readonly env: (name: string) => string | undefined;
}
