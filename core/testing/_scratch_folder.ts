import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, sep } from "node:path";

/** A folder of its own for one run of a harness; gone when it is disposed of. */
export interface ScratchFolder extends AsyncDisposable {
  /** Where the step reads. */
  readonly inputs: string;
  /** Where the step writes. */
  readonly exports: string;
  /** Where the step reports: the folder `reports` among what it writes. */
  readonly reports: string;
  readonly cache: string;
  /** What was written, by path relative to `exports`, as text and as bytes. */
  readonly exported: () => Promise<ExportedFiles>;
}

/** Files that a step wrote. */
export interface ExportedFiles {
  readonly files: Readonly<Record<string, string>>;
  readonly bytes: Readonly<Record<string, Uint8Array>>;
}

/** Makes a scratch folder with the given input files in it. */
export async function makeScratchFolder(
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<ScratchFolder> {
  const root = await mkdtemp(join(tmpdir(), "fastdistill-test-"));
  const [inputs, exports, cache] = ["inputs", "exports", "cache"].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [inputs, exports, cache]) await mkdir(folder);
  for (const [path, content] of Object.entries(files)) {
    const target = join(inputs, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content);
  }
  return {
    inputs,
    exports,
    reports: join(exports, "reports"),
    cache,
    exported: () => readAll(exports),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

async function readAll(folder: string): Promise<ExportedFiles> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const read = await Promise.all(paths.map(async (path) => {
    const bytes = await readFile(path);
    return [relative(folder, path).replaceAll(sep, "/"), new Uint8Array(bytes)] as const;
  }));
  const decoder = new TextDecoder();
  return {
    files: Object.fromEntries(read.map(([path, bytes]) => [path, decoder.decode(bytes)])),
    bytes: Object.fromEntries(read),
  };
}
