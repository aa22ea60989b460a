import { z } from "zod";
import { FastDistillError } from "../errors/mod.ts";
import { canonicalJson, type Columns, sha256 } from "../record/mod.ts";
import { readTextFile } from "../runtime/mod.ts";

/** What the `schema` field of a manifest says. */
export const MANIFEST_SCHEMA = "fastdistill.manifest/1";

/** One file of a stage's rows. */
export interface ManifestPart {
  /** Name in the folder of the manifest. */
  readonly path: string;
  /** Of the file's bytes. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** Rows in the file. */
  readonly rows: number;
}

/** What a stage was made from. */
export interface ManifestParent {
  /** Name of a stage, or of an input file as the configuration states it. */
  readonly name: string;
  /** {@linkcode manifestDigest} of a stage, SHA-256 of an input file. */
  readonly digest: string;
}

/**
 * What a stage holds, with proof. It has no times and no machine's paths: two runs with equal rows write equal bytes.
 * On disk it is one line of canonical JSON.
 */
export interface Manifest {
  /** Name and version of this format. */
  readonly schema: typeof MANIFEST_SCHEMA;
  /** Name of the hashing policy behind the row digests. */
  readonly hash_policy: string;
  /** Id of the run. */
  readonly run_id: string;
  /** Of the pipeline. */
  readonly name: string;
  /** Name of the stage. */
  readonly stage: string;
  /** Digest of all in the pipeline that decides the rows. */
  readonly pipeline_signature: string;
  /** Of the run. */
  readonly seed: number;
  /** Rows. */
  readonly count: number;
  /** The columns that at least one row has, by name. */
  readonly columns: Columns;
  /** The files of rows, in order. */
  readonly parts: readonly ManifestPart[];
  /** Root of the Merkle tree over the digests of the rows, in their order. */
  readonly merkle_root: string;
  /** The smallest `sample_id` by UTF-16 code units; `null` when no row has one that is text. */
  readonly min_sample_id: string | null;
  /** The largest `sample_id`. */
  readonly max_sample_id: string | null;
  /** The stages and input files that the rows come from. */
  readonly parents: readonly ManifestParent[];
  /** Whether the stage holds only a part of what the whole run would hold. */
  readonly partial: boolean;
  /** Whether rows may hold answers of a cheaper provider, asked since a budget neared its end; absent when not. */
  readonly degraded?: true;
}

const hexDigest = z.string().regex(/^[0-9a-f]{64}$/);
const wholeNumber = z.int().nonnegative();
const manifestSchema = z.strictObject({
  schema: z.literal(MANIFEST_SCHEMA),
  hash_policy: z.string(),
  run_id: z.string(),
  name: z.string(),
  stage: z.string(),
  pipeline_signature: z.string(),
  seed: z.number(),
  count: wholeNumber,
  columns: z.record(z.string(), z.enum(["string", "number", "boolean", "array", "object", "any"])),
  parts: z.array(z.strictObject({
    path: z.string().regex(/^[\w-]+\.\w+$/),
    sha256: hexDigest,
    size: wholeNumber,
    rows: wholeNumber,
  })),
  merkle_root: hexDigest,
  min_sample_id: z.string().nullable(),
  max_sample_id: z.string().nullable(),
  parents: z.array(z.strictObject({ name: z.string(), digest: z.string() })),
  partial: z.boolean(),
  degraded: z.literal(true).optional(),
});

/** The bytes of a manifest's file, as text. */
export function formatManifest(manifest: Manifest): string {
  return canonicalJson(manifest) + "\n";
}

/** The digest by which a manifest is named: the SHA-256 of its file, as any tool computes it. */
export function manifestDigest(manifest: Manifest): string {
  return sha256(formatManifest(manifest));
}

/**
 * Reads the manifest of a stage.
 * @throws {FastDistillError} `data.file_not_found`; `data.invalid_manifest`, with the first thing that is wrong
 */
export async function readManifest(path: string): Promise<Manifest> {
  const text = await readTextFile(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FastDistillError("data.invalid_manifest", `Cannot read ${path}: it is not JSON`, { cause });
  }
  const { data, error } = manifestSchema.safeParse(value);
  if (data !== undefined) return data;
  const { path: at, message } = error.issues[0]!;
  const place = at.length === 0 ? "" : ` at ${at.join(".")}`;
  throw new FastDistillError("data.invalid_manifest", `Cannot read ${path}: ${message}${place}`, {
    context: { path },
  });
}
