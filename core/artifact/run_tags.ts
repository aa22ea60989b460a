import { didYouMean, FastDistillError } from "../errors/mod.ts";
import { withIndex } from "./_index_database.ts";

/** A name that was given to a run. */
export interface RunTag {
  /** Of the pipeline. */
  readonly name: string;
  /** Such as `prod`. */
  readonly tag: string;
  /** The run that it stands for. */
  readonly run_id: string;
  /** ISO 8601. */
  readonly tagged_at: string;
  /** Stands for the rows that the run had when it was tagged. */
  readonly stages_digest: string;
}

/** All tags of a runs folder, by pipeline and tag. @throws {FastDistillError} `store.unavailable` */
export async function readTags(runsDir: string): Promise<readonly RunTag[]> {
  const rows = await withIndex(
    runsDir,
    (database) => database.prepare("SELECT * FROM tags ORDER BY name, tag").all(),
    { access: "read" },
  );
  return (rows ?? []).map((row) => ({ ...row }) as unknown as RunTag);
}

/** The tag that `tag` or `name@tag` means. @throws {FastDistillError} `data.run_not_found` for none, and for several */
export function pickTag(tags: readonly RunTag[], wanted: string): RunTag {
  const fitting = tagsMeant(tags, wanted);
  if (fitting.length === 1) return fitting[0]!;
  const listed = (some: readonly RunTag[]) => some.map(({ name, tag }) => `${name}@${tag}`).join(", ");
  if (fitting.length > 1) {
    throw new FastDistillError("data.run_not_found", `"${wanted}" is a tag of ${fitting.length} pipelines`, {
      hint: `Write one of ${listed(fitting)}`,
    });
  }
  const known = tags.flatMap(({ name, tag }) => [tag, `${name}@${tag}`]);
  throw new FastDistillError(
    "data.run_not_found",
    `No run has the tag "${wanted}"${didYouMean(wanted, known)}`,
    {
      hint: tags.length === 0 ? "Tag one: fastdistill runs tag latest prod" : `Tags: ${listed(tags)}`,
    },
  );
}

/** The tags that `tag` or `name@tag` may mean. */
export function tagsMeant(tags: readonly RunTag[], wanted: string): readonly RunTag[] {
  const at = wanted.lastIndexOf("@");
  if (at === -1) return tags.filter(({ tag }) => tag === wanted);
  return tags.filter(({ name, tag }) => tag === wanted.slice(at + 1) && name === wanted.slice(0, at));
}
