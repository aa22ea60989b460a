import type { ByteRange } from "../component/mod.ts";

/** A file in a store. */
export interface BlobInfo {
  /** Its name, with `/` between folders. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Where files are kept by name: a folder, or an object store. A file appears whole or not at all, and in place of one of the
 * same name. Every implementation passes the contract suite `testBlobStore`.
 */
export interface BlobStore {
  /** Puts a file from its bytes, which may be of any length. @throws {FastDistillError} `data.storage`, `data.write_failed`; what the bytes throw */
  readonly put: (key: string, bytes: AsyncIterable<Uint8Array>) => Promise<BlobInfo>;
  /**
   * The bytes of a file in pieces, or those from `start` up to but not including `end`.
   * @throws {FastDistillError} `data.file_not_found`, `data.storage`
   */
  readonly get: (key: string, range?: ByteRange) => AsyncIterable<Uint8Array>;
  /** What is known of a file; `undefined` when there is none. @throws {FastDistillError} `data.storage` */
  readonly head: (key: string) => Promise<BlobInfo | undefined>;
  /** The files whose names begin with `prefix`, by name in the order of UTF-8. @throws {FastDistillError} `data.storage` */
  readonly list: (prefix: string) => AsyncIterable<BlobInfo>;
  /** Removes a file; nothing happens when there is none. @throws {FastDistillError} `data.storage`, `data.write_failed` */
  readonly delete: (key: string) => Promise<void>;
}
