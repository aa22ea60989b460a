import { z } from "zod";
import { FastDistillError } from "../errors/mod.ts";
import { canonicalJson, type JsonObject, sha256 } from "../record/mod.ts";

/** What the `schema` field of `bundle.json` says. */
export const BUNDLE_SCHEMA = "fastdistill.bundle/1";
/** The first file of a bundle. */
export const BUNDLE_FILE = "bundle.json";
const FILES_MAX = 100_000;
const PATH_CHARS_MAX = 1_000;

const hexDigest = z.string().regex(/^[0-9a-f]{64}$/);
const size = z.int().nonnegative();
const path = z.string().max(PATH_CHARS_MAX).refine(isSafePath, "the path leaves the folder");
const named = z.strictObject({ name: z.string(), sha256: hexDigest });
const schema = z.strictObject({
  schema: z.literal(BUNDLE_SCHEMA),
  run_id: z.string(),
  name: z.string(),
  status: z.enum(["done", "failed", "gate_failed", "budget_exhausted", "interrupted"]),
  limit: z.int().positive().nullable(),
  /** Variables whose values decide what comes out. */
  env: z.record(z.string(), z.string()),
  /** Files that the pipeline takes into its texts and that decide what comes out, by their path as written. */
  texts: z.record(z.string(), z.string()),
  /** In the order of the archive. */
  files: z.array(z.strictObject({ path, entry: z.string(), sha256: hexDigest, size })).max(FILES_MAX)
    .readonly(),
  inputs: z.array(z.strictObject({
    name: z.string(),
    sha256: hexDigest,
    size,
    /** `null` where the bundle does not hold it. */
    path: path.nullable(),
  })).max(FILES_MAX).readonly(),
  components: z.array(z.strictObject({
    kind: z.enum(["provider", "step", "task"]),
    name: z.string(),
    sha256: hexDigest,
  })).readonly(),
  effects: size,
  stages: z.array(named).readonly(),
  exports: z.array(named).readonly(),
});

/** What a bundle holds, and what has to come out when it is rebuilt. */
export type BundleManifest = z.infer<typeof schema>;

/** The text of `bundle.json`. */
export function formatBundle(bundle: BundleManifest): string {
  return `${canonicalJson({ ...bundle, digest: digestOf(bundle) })}\n`;
}

/** @throws {FastDistillError} `data.invalid_bundle` */
export function parseBundle(file: string, text: string): BundleManifest {
  const { digest, ...content } = objectOf(file, text);
  if (typeof content.schema === "string" && content.schema !== BUNDLE_SCHEMA) {
    throw invalidBundle(
      file,
      `it is ${content.schema.slice(0, 60)}, and this release reads ${BUNDLE_SCHEMA}`,
    );
  }
  const { data, error } = schema.safeParse(content);
  if (data === undefined) {
    const { path: at, message } = error.issues[0]!;
    throw invalidBundle(file, `${message} at ${at.join(".")} of ${BUNDLE_FILE}`);
  }
  if (digest !== digestOf(data)) throw invalidBundle(file, `${BUNDLE_FILE} was changed`);
  const paths = data.files.map(({ path }) => path.toLowerCase());
  if (new Set(paths).size < paths.length) throw invalidBundle(file, "two of its files have one path");
  return data;
}

/** The error for a bundle that is not to be used. */
export function invalidBundle(file: string, reason: string, cause?: unknown): FastDistillError {
  return new FastDistillError("data.invalid_bundle", `Cannot use the bundle ${file}: ${reason}`, { cause });
}

/** Whether a path stays inside of the folder that it starts in, on every system. */
export function isSafePath(path: string): boolean {
  return path !== "" && !/[\\:*?"<>|\0]/.test(path) &&
    path.split("/").every((part) => part !== "" && part !== "." && part !== ".." && !/[. ]$/.test(part));
}

function digestOf(bundle: BundleManifest): string {
  return sha256(canonicalJson(bundle));
}

function objectOf(file: string, text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  } catch {
    // Refused below, as what is JSON but no object is.
  }
  throw invalidBundle(file, `its ${BUNDLE_FILE} is not a JSON object`);
}
