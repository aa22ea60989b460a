/** The formats of data files that are read and written. */
export const FILE_FORMATS = ["jsonl", "json", "csv", "parquet", "arrow"] as const;

/** A format of data files. */
export type FileFormat = typeof FILE_FORMATS[number];

/** How the bytes of a whole file are compressed. */
export const COMPRESSIONS = ["none", "gzip", "zstd"] as const;

/** A compression of a whole file. */
export type Compression = typeof COMPRESSIONS[number];

const FORMAT_OF_ENDING: Readonly<Record<string, FileFormat>> = {
  jsonl: "jsonl",
  ndjson: "jsonl",
  json: "json",
  csv: "csv",
  tsv: "csv",
  parquet: "parquet",
  pq: "parquet",
  arrow: "arrow",
  arrows: "arrow",
  feather: "arrow",
  ipc: "arrow",
};
const COMPRESSION_OF_ENDING: Readonly<Record<string, Compression>> = {
  gz: "gzip",
  gzip: "gzip",
  zst: "zstd",
  zstd: "zstd",
};

/** The compression that a file name tells of. */
export function compressionOf(name: string): Compression {
  return COMPRESSION_OF_ENDING[endingOf(name)] ?? "none";
}

/** The format that a file name tells of, whether it is compressed or not; `undefined` when it tells of none. */
export function formatOf(name: string): FileFormat | undefined {
  return FORMAT_OF_ENDING[dataEndingOf(name)];
}

/** The ending that tells of the format, without that of a compression: `tsv` of `a.tsv.gz`. */
export function dataEndingOf(name: string): string {
  const plain = withoutQuery(name);
  return endingOf(compressionOf(name) === "none" ? plain : plain.slice(0, plain.lastIndexOf(".")));
}

function endingOf(name: string): string {
  const plain = withoutQuery(name);
  const file = plain.slice(plain.lastIndexOf("/") + 1);
  return file.includes(".") ? file.slice(file.lastIndexOf(".") + 1).toLowerCase() : "";
}

/** The address of a file on the web may go on after its name. */
function withoutQuery(name: string): string {
  return /^https?:\/\//.test(name) ? name.replace(/[?#].*$/, "") : name;
}
