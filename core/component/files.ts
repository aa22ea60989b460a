/** Reads of input files. Relative paths start at the folder of the pipeline file. */
export interface InputFiles {
  /** The absolute path of a path as written in the configuration. */
  readonly resolve: (path: string) => string;
  /** The whole text. @throws {FastDistillError} `data.file_not_found`; `data.malformed` when over `bytesMax` (64 MiB by default). */
  readonly readText: (path: string, options?: { readonly bytesMax?: number }) => Promise<string>;
  /** Lines without their ends, of a file of any size. */
  readonly readLines: (path: string) => AsyncIterable<string>;
  /** Digest and size without holding the file in memory. */
  readonly fingerprint: (path: string) => Promise<{ readonly sha256: string; readonly size: number }>;
}

/** Makes output files appear whole or not at all. Relative paths start at the run's `exports` folder. */
export interface OutputFiles {
  readonly create: (path: string) => Promise<OutputFile>;
}

/** A file being written: buffered, hashed on the way, renamed into place by `commit`. */
export interface OutputFile {
  readonly write: (text: string) => void | Promise<void>;
  readonly commit: () => Promise<{ readonly path: string; readonly sha256: string; readonly size: number }>;
  readonly abort: () => Promise<void>;
}
