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
  /** What was written, by path relative to `exports`. */
  readonly exported: () => Promise<Readonly<Record<string, string>>>;
}

/** Makes a scratch folder with the given input files in it. */
export async function makeScratchFolder(files: Readonly<Record<string, string>>): Promise<ScratchFolder> {
  const root = await mkdtemp(join(tmpdir(), "fastdistill-test-"));
  const [inputs, exports, cache] = ["inputs", "exports", "cache"].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [inputs, exports, cache]) await mkdir(folder);
  for (const [path, text] of Object.entries(files)) {
    const target = join(inputs, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text);
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

async function readAll(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const texts = await Promise.all(
    paths.map(async (path) =>
      [relative(folder, path).replaceAll(sep, "/"), await readFile(path, "utf8")] as const
    ),
  );
  return Object.fromEntries(texts);
}
