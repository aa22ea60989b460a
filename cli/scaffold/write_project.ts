import { lstat, mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describeThrown, FastDistillError, isFastDistillError } from "@fastdistill/core/errors";
import { errorCodeOf, writeTextFile } from "@fastdistill/core/runtime";

/** Files by path, relative to the project, with `/` between folders. */
type ProjectFiles = Readonly<Record<string, string>>;

/**
 * Writes all files of a new project, or none. What is in the folder already stays as it is.
 *
 * @throws {FastDistillError} `config.usage` where a file would take the place of something, `data.write_failed` where
 * one cannot be written
 */
export async function writeProject(folder: string, files: ProjectFiles): Promise<void> {
  const isThere = await isFolder(folder);
  if (isThere) await refuseTaken(folder, Object.keys(files));
  try {
    await writeAtOnce(folder, { files, isThere });
  } catch (cause) {
    if (isFastDistillError(cause)) throw cause;
    const message = `Cannot write a project into ${folder}: ${describeThrown(cause)}`;
    throw new FastDistillError("data.write_failed", message, { cause });
  }
}

interface Project {
  readonly files: ProjectFiles;
  readonly isThere: boolean;
}

/** All files are written beside the project, or where it is there in a folder within it, before the first is moved. */
async function writeAtOnce(folder: string, { files, isThere }: Project): Promise<void> {
  const place = isThere ? folder : dirname(folder);
  const firstMade = await mkdir(place, { recursive: true });
  const staging = await mkdtemp(join(place, ".fastdistill-init-"));
  try {
    const written = join(staging, "project");
    for (const [path, text] of Object.entries(files)) await writeTextFile(join(written, path), text);
    if (isThere) await moveInto(folder, { written, paths: Object.keys(files) });
    else await rename(written, folder);
  } catch (cause) {
    await rm(firstMade ?? staging, { recursive: true, force: true });
    throw cause;
  }
  await rm(staging, { recursive: true, force: true });
}

interface Written {
  readonly written: string;
  readonly paths: readonly string[];
}

async function moveInto(folder: string, { written, paths }: Written): Promise<void> {
  const made: string[] = [];
  try {
    for (const path of paths) {
      const target = join(folder, path);
      const firstMade = await mkdir(dirname(target), { recursive: true });
      if (firstMade !== undefined) made.push(firstMade);
      await rename(join(written, path), target);
      made.push(target);
    }
  } catch (cause) {
    for (const path of made) await rm(path, { recursive: true, force: true });
    throw cause;
  }
}

/** Whether the folder is there. @throws {FastDistillError} `config.usage` where something else is */
async function isFolder(folder: string): Promise<boolean> {
  const found = await unlessMissing(stat(folder));
  if (found !== undefined && !found.isDirectory()) {
    throw new FastDistillError("config.usage", `Cannot write a project into ${folder}: it is a file`, {
      hint: "Name a folder that is not there, or one without files of these names",
    });
  }
  return found !== undefined;
}

async function refuseTaken(folder: string, paths: readonly string[]): Promise<void> {
  const taken: string[] = [];
  for (const path of paths) {
    const at = await takenBy(folder, path);
    if (at !== undefined && !taken.includes(at)) taken.push(at);
  }
  if (taken.length === 0) return;
  throw new FastDistillError(
    "config.usage",
    `Cannot write a project into ${folder}: it would overwrite ${taken.join(", ")}`,
    { hint: "Name a folder that is not there, or one without files of these names" },
  );
}

/** What stands where a file is to be: something of its name, or in place of a folder something that is none. */
async function takenBy(folder: string, path: string): Promise<string | undefined> {
  const parts = path.split("/");
  for (let length = 1; length <= parts.length; length++) {
    const part = parts.slice(0, length).join("/");
    const found = await unlessMissing(lstat(join(folder, part)));
    if (found === undefined) return undefined;
    if (length === parts.length || !found.isDirectory()) return part;
  }
  return undefined;
}

async function unlessMissing<Status>(status: Promise<Status>): Promise<Status | undefined> {
  return await status.catch((cause) => {
    if (["ENOENT", "ENOTDIR"].includes(errorCodeOf(cause) ?? "")) return undefined;
    throw cause;
  });
}
