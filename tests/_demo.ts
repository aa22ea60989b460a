import { createHash } from "node:crypto";
import { join, relative } from "node:path";

const root = join(import.meta.dirname!, "..");
const EXAMPLE = "examples/text2sql";

/** Why the demo cannot be run yet, or `undefined` when it can. */
export function demoProblem(): string | undefined {
  for (const file of ["pipeline.yaml", "questions.jsonl", "teacher.recording.jsonl"]) {
    try {
      Deno.statSync(join(root, EXAMPLE, file));
    } catch {
      return `there is no ${EXAMPLE}/${file} yet`;
    }
  }
  return undefined;
}

/** Copies the demo, without what earlier runs left, and returns the path of its pipeline. */
export async function copyDemo(folder: string): Promise<string> {
  await copyFolder(join(root, EXAMPLE), folder);
  return join(folder, "pipeline.yaml");
}

/** The digest of every stage manifest below a folder, by its path. */
export async function manifestDigests(folder: string): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for await (const path of filesBelow(folder)) {
    if (!/\/stages\/[^/]+\/manifest\.json$/.test(path)) continue;
    digests[relative(folder, path)] = createHash("sha256").update(await Deno.readFile(path)).digest("hex");
  }
  return Object.fromEntries(Object.entries(digests).toSorted(([a], [b]) => a < b ? -1 : 1));
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const entry of Deno.readDir(from)) {
    if (entry.isDirectory && entry.name !== "runs") {
      await copyFolder(join(from, entry.name), join(to, entry.name));
    }
    if (entry.isFile) await Deno.copyFile(join(from, entry.name), join(to, entry.name));
  }
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* filesBelow(path);
    else yield path;
  }
}
