/** Reads of input files. Relative paths start at the folder of the pipeline file; `-` is the standard input. */
export interface InputFiles {
  /** The absolute path of a path as written in the configuration. */
  readonly resolve: (path: string) => string;
  /** The whole text. @throws {FastDistillError} `data.file_not_found`; `data.malformed` when over `bytesMax` (64 MiB by default). */
  readonly readText: (path: string, options?: { readonly bytesMax?: number }) => Promise<string>;
  /** Lines without their ends, of a file of any size. */
  readonly readLines: (path: string) => AsyncIterable<string>;
  /**
   * Bytes in pieces, of a file of any size: all of them, or those from `start` up to but not including `end`.
   * @throws {FastDistillError} `data.file_not_found`
   */
  readonly readBytes: (path: string, range?: ByteRange) => AsyncIterable<Uint8Array>;
  /** Bytes in the file. @throws {FastDistillError} `data.file_not_found` */
  readonly size: (path: string) => Promise<number>;
  /**
   * The files that a path stands for, sorted by name and written like the path: the file itself, all files in a folder and
   * below, or those that a pattern with `*`, `?`, `[...]` or `{a,b}` meets. Names that begin with a dot are left out.
   * @throws {FastDistillError} `data.file_not_found` when there is none
   */
  readonly list: (path: string) => Promise<readonly string[]>;
  /** Digest and size without holding the file in memory. */
  readonly fingerprint: (path: string) => Promise<{ readonly sha256: string; readonly size: number }>;
}

/** A part of a file. */
export interface ByteRange {
  /** First byte, from 0. */
  readonly start: number;
  /** The byte after the last one. */
  readonly end: number;
}

/** Makes output files appear whole or not at all. Relative paths start at the run's `exports` folder. */
export interface OutputFiles {
  /** Begins a file; folders on the way are made. @throws {FastDistillError} `data.write_failed` */
  readonly create: (path: string) => Promise<OutputFile>;
}

/** A file being written: buffered, hashed on the way, renamed into place by `commit`. */
export interface OutputFile {
  /** Adds text or bytes at the end. A promise should be awaited: it is how the disk slows the writer down. */
  readonly write: (data: string | Uint8Array) => void | Promise<void>;
  /** Writes out what is buffered and closes the file, which does not appear yet: for a writer that keeps many of them. */
  readonly finish: () => Promise<void>;
  /**
   * Makes the file appear in place of what was there; gives its absolute path, its digest and its bytes.
   *
   * @param name file name to give it, in the same folder, where it was not known at the beginning
   */
  readonly commit: (
    name?: string,
  ) => Promise<{ readonly path: string; readonly sha256: string; readonly size: number }>;
  /** Throws away what was written, and leaves what was there before. */
  readonly abort: () => Promise<void>;
}
