import { FastDistillError } from "@fastdistill/core/authoring";
import type { BlobStore, S3BlobStoreOptions } from "@fastdistill/core";
import { z } from "zod";

/** Where `s3://` addresses are, and which variables hold the credentials. */
export const STORAGE = z.strictObject({
  endpoint: z.url({ protocol: /^https?$/ }).optional().describe(
    "Address of an S3-compatible service; AWS when absent",
  ),
  region: z.string().min(1).default("us-east-1").describe("Region that requests are signed for"),
  access_key_env: z.string().min(1).default("AWS_ACCESS_KEY_ID").describe(
    "Variable with the name of the key",
  ),
  secret_key_env: z.string().min(1).default("AWS_SECRET_ACCESS_KEY").describe("Variable with the key itself"),
  session_token_env: z.string().min(1).default("AWS_SESSION_TOKEN").describe(
    "Variable with the token of temporary credentials; it need not be set",
  ),
}).prefault({}).meta({ operational: true }).describe("Object storage behind s3:// addresses");

/** How `s3://` addresses are reached. */
export type StorageConfig = z.infer<typeof STORAGE>;

/** What {@linkcode STORAGE} takes, for TypeScript pipelines. */
export interface StorageInput {
  /** Address of an S3-compatible service. @default {AWS} */
  readonly endpoint?: string;
  /** Region that requests are signed for. @default {"us-east-1"} */
  readonly region?: string;
  /** Variable with the name of the key. @default {"AWS_ACCESS_KEY_ID"} */
  readonly access_key_env?: string;
  /** Variable with the key itself. @default {"AWS_SECRET_ACCESS_KEY"} */
  readonly secret_key_env?: string;
  /** Variable with the token of temporary credentials. @default {"AWS_SESSION_TOKEN"} */
  readonly session_token_env?: string;
}

type Env = (name: string) => string | undefined;

/** Whether a path is the address of an object. */
export function isObjectAddress(path: string): boolean {
  return path.startsWith("s3://");
}

/** An object behind an address. */
export interface ObjectPlace {
  readonly store: BlobStore;
  readonly bucket: string;
  readonly key: string;
}

/** Finds objects by their addresses, with one store a bucket. */
export class ObjectStorage {
  readonly #config: StorageConfig;
  readonly #env: Env;
  readonly #stores: Map<string, Promise<BlobStore>> = new Map();

  constructor(config: StorageConfig, env: Env) {
    this.#config = config;
    this.#env = env;
  }

  /** The store and the key of an address. @throws {FastDistillError} `config.invalid_value`, `config.missing_env` */
  async at(address: string): Promise<ObjectPlace> {
    const [, bucket, key] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,62})\/(.*)$/.exec(address) ?? [];
    if (bucket === undefined || key === undefined) {
      throw new FastDistillError(
        "config.invalid_value",
        `Name an object as s3://bucket/key, found "${address}"`,
      );
    }
    return { store: await this.#open(bucket), bucket, key };
  }

  #open(bucket: string): Promise<BlobStore> {
    const known = this.#stores.get(bucket);
    if (known !== undefined) return known;
    const { endpoint, region, access_key_env, secret_key_env, session_token_env } = this.#config;
    const opening = openS3({
      bucket,
      endpoint,
      region,
      accessKeyId: this.#variable(access_key_env),
      secretAccessKey: this.#variable(secret_key_env),
      sessionToken: this.#env(session_token_env),
    });
    this.#stores.set(bucket, opening);
    return opening;
  }

  #variable(name: string): string {
    const value = this.#env(name);
    if (value !== undefined && value !== "") return value;
    throw new FastDistillError(
      "config.missing_env",
      `Reach object storage, found no ${name} in the environment`,
      {
        hint: `Set ${name}, or name another variable under storage:`,
      },
    );
  }
}

/** The store is loaded when the first address is used. */
async function openS3(options: S3BlobStoreOptions): Promise<BlobStore> {
  const { s3BlobStore } = await import("@fastdistill/core");
  return await s3BlobStore(options);
}
