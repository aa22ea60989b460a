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
  /** Begins a file; folders on the way are made. @throws {FastDistillError} `data.write_failed` */
  readonly create: (path: string) => Promise<OutputFile>;
}

/** A file being written: buffered, hashed on the way, renamed into place by `commit`. */
export interface OutputFile {
  /** Adds text at the end. A promise should be awaited: it is how the disk slows the writer down. */
  readonly write: (text: string) => void | Promise<void>;
  /** Makes the file appear in place of what was there; gives its absolute path, its digest and its bytes. */
  readonly commit: () => Promise<{ readonly path: string; readonly sha256: string; readonly size: number }>;
  /** Throws away what was written, and leaves what was there before. */
  readonly abort: () => Promise<void>;
}
