import type { AwsClient } from "aws4fetch";
import type { ByteRange } from "../component/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import { sha256 } from "../record/mod.ts";
import { checkBlobKey } from "./_blob_key.ts";
import { elementsOf, textOf, unescapeXml } from "./_xml_text.ts";
import type { BlobInfo, BlobStore } from "./blob_store.ts";

/** S3 refuses parts below 5 MiB, the last one apart, and more than 10,000 of them. */
const PART_BYTES = 8 * 1024 * 1024;
const PARTS_MAX = 10_000;
const RETRIES = 3;
const XML_CHARS_MAX = 16 * 1024 * 1024;

/** Where a bucket is, and who may use it. */
export interface S3BlobStoreOptions {
  /** Name of the bucket. */
  readonly bucket: string;
  /** Address of the service, without the bucket. @default {AWS: https://s3.<region>.amazonaws.com} */
  readonly endpoint?: string | undefined;
  /** Region that requests are signed for. @default {"us-east-1"} */
  readonly region?: string | undefined;
  /** Name of the key. */
  readonly accessKeyId: string;
  /** The key itself; it is in no request, message or log. */
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string | undefined;
}

interface Bucket {
  readonly client: AwsClient;
  /** Address of the bucket, without a slash at its end. */
  readonly address: string;
  readonly name: string;
}

/**
 * Keeps files in a bucket of an S3-compatible object store (AWS, R2, MinIO, Ceph and others), with signature version 4 and
 * addresses that hold the bucket in their path. A file above 8 MiB goes up in parts, and appears when the last one is there.
 * Needs the package `aws4fetch`.
 *
 * Source: Amazon S3 API reference, version 2006-03-01.
 *
 * @throws {FastDistillError} `registry.load_failed` when the package is not there
 */
export async function s3BlobStore(options: S3BlobStoreOptions): Promise<BlobStore> {
  const { bucket: name, region = "us-east-1", accessKeyId, secretAccessKey, sessionToken } = options;
  const endpoint = (options.endpoint ?? `https://s3.${region}.amazonaws.com`).replace(/\/+$/, "");
  const { AwsClient } = await loadClient();
  const session = sessionToken === undefined ? {} : { sessionToken };
  const client = new AwsClient({
    accessKeyId,
    secretAccessKey,
    ...session,
    service: "s3",
    region,
    retries: RETRIES,
  });
  const bucket: Bucket = { client, name, address: `${endpoint}/${encodeURIComponent(name)}` };
  return {
    put: async (key, bytes) => await put(bucket, key, bytes),
    get: (key, range) => get(bucket, key, range),
    head: async (key) => await head(bucket, key),
    list: (prefix) => list(bucket, prefix),
    delete: async (key) => {
      await send(bucket, { key, method: "DELETE", accepts: [404] });
    },
  };
}

async function loadClient(): Promise<typeof import("aws4fetch")> {
  try {
    return await import("aws4fetch");
  } catch (cause) {
    throw new FastDistillError("registry.load_failed", "Object storage needs the package aws4fetch", {
      cause,
      hint: "Add it: npm install aws4fetch, or deno add npm:aws4fetch",
    });
  }
}

interface S3Request {
  readonly key?: string;
  readonly method: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Statuses besides success that are an answer. */
  readonly accepts?: readonly number[];
}

async function send({ client, address, name }: Bucket, request: S3Request): Promise<Response> {
  const { key, method, query, headers, body, accepts = [] } = request;
  if (key !== undefined) checkBlobKey(key);
  const path = key === undefined ? "" : `/${key.split("/").map(encodeURIComponent).join("/")}`;
  const search = query === undefined ? "" : `?${new URLSearchParams(query)}`;
  const what = `${method} s3://${name}${key === undefined ? "" : `/${key}`}`;
  let response: Response;
  try {
    response = await client.fetch(`${address}${path}${search}`, {
      method,
      headers: { ...headers, "x-amz-content-sha256": sha256(body ?? "") },
      ...(body === undefined ? {} : { body: body as BodyInit }),
    });
  } catch (cause) {
    throw new FastDistillError("data.storage", `${what}: the object store cannot be reached`, { cause });
  }
  if (response.ok || accepts.includes(response.status)) return response;
  throw await refusal(response, { what, key });
}

async function refusal(
  response: Response,
  { what, key }: { readonly what: string; readonly key: string | undefined },
): Promise<FastDistillError> {
  const text = (await response.text()).slice(0, XML_CHARS_MAX);
  const code = textOf(text, "Code");
  if (response.status === 404 && key !== undefined && code !== "NoSuchBucket" && code !== "NoSuchUpload") {
    return new FastDistillError("data.file_not_found", `${what}: the object does not exist`);
  }
  const message = [response.status, code, unescapeXml(textOf(text, "Message") ?? "")].filter(Boolean).join(
    " ",
  ).slice(0, 300);
  return new FastDistillError("data.storage", `${what}: the object store answered ${message}`, {
    hint: response.status === 403 ? "Check the credentials and the region, and what they may do" : undefined,
  });
}

async function head(bucket: Bucket, key: string): Promise<BlobInfo | undefined> {
  const response = await send(bucket, { key, method: "HEAD", accepts: [404] });
  await response.body?.cancel();
  if (response.status === 404) return undefined;
  return { key, size: Number(response.headers.get("content-length")) };
}

async function* get(bucket: Bucket, key: string, range: ByteRange | undefined): AsyncGenerator<Uint8Array> {
  if (range !== undefined && range.end <= range.start) return;
  const headers: Record<string, string> = range === undefined
    ? {}
    : { range: `bytes=${range.start}-${range.end - 1}` };
  const response = await send(bucket, { key, method: "GET", headers, accepts: [416] });
  if (response.status === 416) return void await response.body?.cancel(); // The range begins after the last byte.
  yield* response.body ?? [];
}

async function* list(bucket: Bucket, prefix: string): AsyncGenerator<BlobInfo> {
  let token: string | undefined;
  do {
    const page = { "list-type": "2", "encoding-type": "url", prefix };
    const query = token === undefined ? page : { ...page, "continuation-token": token };
    const text = (await (await send(bucket, { method: "GET", query })).text()).slice(0, XML_CHARS_MAX);
    for (const entry of elementsOf(text, "Contents")) {
      const key = decodeURIComponent((textOf(entry, "Key") ?? "").replaceAll("+", " "));
      yield { key, size: Number(textOf(entry, "Size")) };
    }
    const isMore = textOf(text, "IsTruncated") === "true";
    token = isMore ? unescapeXml(textOf(text, "NextContinuationToken") ?? "") : undefined;
  } while (token !== undefined && token !== "");
}

async function put(bucket: Bucket, key: string, bytes: AsyncIterable<Uint8Array>): Promise<BlobInfo> {
  checkBlobKey(key);
  const parts = inParts(bytes);
  const first = await parts.next();
  const start = first.done === true ? new Uint8Array(0) : first.value;
  if (start.length < PART_BYTES) {
    await (await send(bucket, { key, method: "PUT", body: start })).body?.cancel();
    return { key, size: start.length };
  }
  return await putParts(bucket, { key, start, rest: parts });
}

interface Upload {
  readonly key: string;
  readonly start: Uint8Array;
  readonly rest: AsyncIterable<Uint8Array>;
}

async function putParts(bucket: Bucket, { key, start, rest }: Upload): Promise<BlobInfo> {
  const begun = await (await send(bucket, { key, method: "POST", query: { uploads: "" } })).text();
  const uploadId = unescapeXml(textOf(begun, "UploadId") ?? "");
  const tags: string[] = [];
  let size = 0;
  const sendPart = async (body: Uint8Array) => {
    if (tags.length === PARTS_MAX) {
      throw new FastDistillError(
        "data.storage",
        `Put at most ${PARTS_MAX * PART_BYTES} bytes as s3://${bucket.name}/${key}`,
      );
    }
    const query = { partNumber: String(tags.length + 1), uploadId };
    const response = await send(bucket, { key, method: "PUT", query, body });
    await response.body?.cancel();
    tags.push(response.headers.get("etag") ?? "");
    size += body.length;
  };
  try {
    await sendPart(start);
    for await (const part of rest) await sendPart(part);
    const items = tags.map((tag, index) =>
      `<Part><PartNumber>${index + 1}</PartNumber><ETag>${tag}</ETag></Part>`
    );
    const body = `<CompleteMultipartUpload>${items.join("")}</CompleteMultipartUpload>`;
    const done = await (await send(bucket, { key, method: "POST", query: { uploadId }, body })).text();
    // It may fail after it began to answer: then the status says that all is well.
    if (textOf(done, "Code") !== undefined) {
      throw new FastDistillError(
        "data.storage",
        `Put s3://${bucket.name}/${key}: the object store answered ${textOf(done, "Code")}`,
      );
    }
    return { key, size };
  } catch (cause) {
    await abandon(bucket, { key, uploadId });
    throw cause;
  }
}

/** What was sent is kept, and paid for, until it is said that it is not wanted. The error that led here matters more. */
async function abandon(
  bucket: Bucket,
  { key, uploadId }: { readonly key: string; readonly uploadId: string },
): Promise<void> {
  try {
    const response = await send(bucket, { key, method: "DELETE", query: { uploadId }, accepts: [404] });
    await response.body?.cancel();
  } catch (cause) {
    if (!(cause instanceof FastDistillError)) throw cause;
  }
}

/** The bytes in pieces of `PART_BYTES`, the last one apart. */
async function* inParts(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let part = new Uint8Array(PART_BYTES);
  let used = 0;
  for await (const chunk of bytes) {
    let at = 0;
    while (at < chunk.length) {
      const taken = Math.min(chunk.length - at, PART_BYTES - used);
      part.set(chunk.subarray(at, at + taken), used);
      used += taken;
      at += taken;
      if (used < PART_BYTES) continue;
      yield part;
      part = new Uint8Array(PART_BYTES);
      used = 0;
    }
  }
  if (used > 0) yield part.subarray(0, used);
}
