/** A double of an S3-compatible object store, on the loopback, that checks signatures of version 4. @module */
import { Buffer } from "node:buffer";
import { createHash, createHmac } from "node:crypto";

/** A store with one bucket that keeps in memory what it is sent. */
export interface S3Double extends AsyncDisposable {
  readonly url: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The objects by key. */
  readonly objects: Map<string, Uint8Array>;
  /** Uploads in parts that were begun and neither ended nor given up. */
  readonly uploads: ReadonlyMap<string, unknown>;
  /** Every request, as `METHOD /path?query`, with the headers that came. */
  readonly requests: readonly { readonly line: string; readonly headers: Readonly<Record<string, string>> }[];
  /** Objects of one page of a listing. */
  pageSize: number;
  /** Answers so many requests with this status first. */
  failWith: { status: number; times: number };
}

interface Upload {
  readonly key: string;
  readonly parts: Map<number, Uint8Array>;
}

const BUCKET = "corpus";
const REGION = "eu-test-1";
const ACCESS = "AKIADOUBLE";
const SECRET = "double/secret+key=";

/** Starts the double on a free port. */
export function startS3Double(): S3Double {
  const objects = new Map<string, Uint8Array>();
  const uploads = new Map<string, Upload>();
  const requests: { line: string; headers: Record<string, string> }[] = [];
  const double = { pageSize: 3, failWith: { status: 503, times: 0 } };
  const handle = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const body = new Uint8Array(await request.arrayBuffer());
    requests.push({
      line: `${request.method} ${url.pathname}${url.search}`,
      headers: Object.fromEntries(request.headers),
    });
    if (double.failWith.times > 0) {
      double.failWith.times--;
      return failure(double.failWith.status, "SlowDown");
    }
    const problem = signatureProblem(request, { url, body });
    if (problem !== undefined) return failure(403, problem);
    return answer(request, { url, body, objects, uploads, pageSize: double.pageSize });
  };
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, handle);
  return Object.assign(double, {
    url: `http://127.0.0.1:${server.addr.port}`,
    bucket: BUCKET,
    region: REGION,
    accessKeyId: ACCESS,
    secretAccessKey: SECRET,
    objects,
    uploads,
    requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  });
}

interface Asked {
  readonly url: URL;
  readonly body: Uint8Array;
  readonly objects: Map<string, Uint8Array>;
  readonly uploads: Map<string, Upload>;
  readonly pageSize: number;
}

function answer(request: Request, asked: Asked): Response {
  const { url, objects } = asked;
  const [, bucket, ...rest] = url.pathname.split("/").map(decodeURIComponent);
  if (bucket !== BUCKET) return failure(404, "NoSuchBucket");
  const key = rest.join("/");
  if (key === "") return listing(asked);
  if (url.searchParams.has("uploads") || url.searchParams.has("uploadId")) {
    return multipart(request, key, asked);
  }
  const object = objects.get(key);
  switch (request.method) {
    case "PUT":
      objects.set(key, asked.body);
      return new Response(null);
    case "DELETE":
      objects.delete(key);
      return new Response(null, { status: 204 });
    case "HEAD":
      if (object === undefined) return new Response(null, { status: 404 });
      return new Response(null, { headers: { "content-length": String(object.length) } });
    default:
      return object === undefined ? failure(404, "NoSuchKey") : content(object, request.headers.get("range"));
  }
}

function content(object: Uint8Array, range: string | null): Response {
  const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? [];
  if (start === undefined) return new Response(object.slice());
  if (Number(start) >= object.length) return failure(416, "InvalidRange");
  return new Response(object.slice(Number(start), Number(end) + 1), { status: 206 });
}

function listing({ url, objects, pageSize }: Asked): Response {
  const prefix = url.searchParams.get("prefix") ?? "";
  const after = url.searchParams.get("continuation-token") ?? "";
  const bytes = (key: string) => Buffer.from(key, "utf8");
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort((a, b) =>
    Buffer.compare(bytes(a), bytes(b))
  );
  const from = after === "" ? 0 : keys.indexOf(after.slice("<&>".length)) + 1;
  const page = keys.slice(from, from + pageSize);
  const isMore = from + pageSize < keys.length;
  const entries = page.map((key) =>
    `<Contents><Key>${encodeURIComponent(key).replaceAll("%20", "+")}</Key><Size>${
      objects.get(key)!.length
    }</Size></Contents>`
  );
  const token = `<NextContinuationToken>&lt;&amp;&gt;${page.at(-1)}</NextContinuationToken>`;
  return xml(
    `<ListBucketResult><IsTruncated>${isMore}</IsTruncated>${isMore ? token : ""}${
      entries.join("")
    }</ListBucketResult>`,
  );
}

function multipart(request: Request, key: string, { url, body, objects, uploads }: Asked): Response {
  if (url.searchParams.has("uploads")) {
    const id = `upload&${uploads.size + 1}`;
    uploads.set(id, { key, parts: new Map() });
    return xml(
      `<InitiateMultipartUploadResult><UploadId>${
        id.replace("&", "&amp;")
      }</UploadId></InitiateMultipartUploadResult>`,
    );
  }
  const id = url.searchParams.get("uploadId")!;
  const upload = uploads.get(id);
  if (upload === undefined) return failure(404, "NoSuchUpload");
  if (request.method === "DELETE") {
    uploads.delete(id);
    return new Response(null, { status: 204 });
  }
  if (request.method === "PUT") {
    const number = Number(url.searchParams.get("partNumber"));
    upload.parts.set(number, body);
    return new Response(null, { headers: { etag: `"part-${number}"` } });
  }
  const wanted = [
    ...new TextDecoder().decode(body).matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>"part-(\d+)"/g),
  ];
  const parts = wanted.map(([, number]) => upload.parts.get(Number(number))!);
  if (parts.slice(0, -1).some((part) => part.length < 5 * 1024 * 1024)) return failure(400, "EntityTooSmall");
  objects.set(key, new Uint8Array(Buffer.concat(parts)));
  uploads.delete(id);
  return xml("<CompleteMultipartUploadResult><Key>k</Key></CompleteMultipartUploadResult>");
}

/** What is wrong with the signature of a request, by the document "Authenticating Requests (AWS Signature Version 4)". */
function signatureProblem(
  request: Request,
  { url, body }: { readonly url: URL; readonly body: Uint8Array },
): string | undefined {
  const given = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/
    .exec(
      request.headers.get("authorization") ?? "",
    );
  if (given === null) return "MissingSecurityHeader";
  const [, credential, signed, signature] = given as unknown as [string, string, string, string];
  const [id, day, region, service, end] = credential.split("/");
  if (id !== ACCESS) return "InvalidAccessKeyId";
  if (region !== REGION || service !== "s3" || end !== "aws4_request") return "AuthorizationHeaderMalformed";
  const payload = request.headers.get("x-amz-content-sha256") ?? "";
  if (payload !== createHash("sha256").update(body).digest("hex")) return "XAmzContentSHA256Mismatch";
  const headers = signed.split(";").map((name) => `${name}:${(request.headers.get(name) ?? "").trim()}\n`)
    .join("");
  const canonical = [request.method, pathOf(url), queryOf(url), headers, signed, payload].join("\n");
  const time = request.headers.get("x-amz-date") ?? "";
  const scope = `${day}/${region}/${service}/${end}`;
  const text = ["AWS4-HMAC-SHA256", time, scope, createHash("sha256").update(canonical).digest("hex")].join(
    "\n",
  );
  const mac = (key: string | Uint8Array, data: string) => createHmac("sha256", key).update(data).digest();
  const key = [region!, service!, end!].reduce((key, part) => mac(key, part), mac(`AWS4${SECRET}`, day!));
  return mac(key, text).toString("hex") === signature ? undefined : "SignatureDoesNotMatch";
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function pathOf(url: URL): string {
  return url.pathname.split("/").map((part) => encoded(decodeURIComponent(part))).join("/");
}

function queryOf(url: URL): string {
  return [...url.searchParams].map(([name, value]) => `${encoded(name)}=${encoded(value)}`).sort().join("&");
}

function failure(status: number, code: string): Response {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>No &lt;luck&gt;</Message></Error>`;
  return new Response(body, { status });
}

function xml(body: string): Response {
  return new Response(`<?xml version="1.0" encoding="UTF-8"?>${body}`);
}
