// A JSR registry for tests: takes `deno publish`, serves what was published, on loopback and in memory only.
import { createHash } from "node:crypto";
import { posix } from "node:path";
import { parseTarGzip } from "nanotar";

/** A registry that runs until it is disposed of. */
export interface JsrStandIn extends AsyncDisposable {
  /** Value for the environment variable `JSR_URL`. */
  readonly url: string;
  /** Name and version of every package, such as `@scope/name@1.0.0`, in the order of publication. */
  readonly published: () => readonly string[];
  /** The path of every file of a published version, such as `/mod.ts`. */
  readonly paths: (packageVersion: string) => readonly string[];
  /** The text of a published file. */
  readonly readText: (packageVersion: string, path: string) => string;
}

/** What is known of one published version. */
interface PublishedVersion {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

type Store = Map<string, PublishedVersion>;

const API = new URLPattern({ pathname: "/api/scopes/:scope/packages/:name/versions/:version" });
const META = new URLPattern({ pathname: "/:scope(@[^/]+)/:name/meta.json" });
const VERSION_META = new URLPattern({ pathname: "/:scope(@[^/]+)/:name/:version([^/]+)_meta.json" });
const FILE = new URLPattern({ pathname: "/:scope(@[^/]+)/:name/:version([^/]+)/:path(.+)" });

/** Starts an empty registry on a free port of 127.0.0.1. */
export function startJsrStandIn(): JsrStandIn {
  const store: Store = new Map();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => answer(request, store),
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    published: () => [...store.keys()],
    paths: (packageVersion) => [...store.get(packageVersion)?.files.keys() ?? []],
    readText: (packageVersion, path) => {
      const bytes = store.get(packageVersion)?.files.get(path);
      if (!bytes) throw new RangeError(`Cannot read a published file: ${packageVersion}${path}`);
      return new TextDecoder().decode(bytes);
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function answer(request: Request, store: Store): Promise<Response> {
  const { url, method } = request;
  const upload = API.exec(url)?.pathname.groups;
  if (upload) {
    const { scope, name, version } = upload;
    return await answerApi(request, { store, name: `@${scope}/${name}`, version: version! });
  }
  if (method !== "GET") return notFound();
  // `deno publish` asks whether the package exists; here every package does.
  if (new URL(url).pathname.startsWith("/api/scopes/")) return Response.json({});
  return answerMeta(url, store) ?? answerVersionMeta(url, store) ?? answerFile(url, store) ?? notFound();
}

async function answerApi(
  request: Request,
  { store, name, version }: { readonly store: Store; readonly name: string; readonly version: string },
): Promise<Response> {
  const id = `${name}@${version}`;
  if (request.method !== "POST") return store.has(id) ? Response.json({ version }) : notFound();
  const config = new URL(request.url).searchParams.get("config") ?? "/deno.json";
  const files = await unpack(await request.bytes());
  const { exports } = JSON.parse(new TextDecoder().decode(files.get(config))) as {
    readonly exports: string | Readonly<Record<string, string>>;
  };
  store.set(id, { name, version, files, exports: typeof exports === "string" ? { ".": exports } : exports });
  return Response.json({ id, status: "success" });
}

async function unpack(archive: Uint8Array<ArrayBuffer>): Promise<PublishedVersion["files"]> {
  const entries = await parseTarGzip(archive);
  return new Map(
    entries.flatMap(({ name, data }) =>
      data ? [[posix.join("/", name), Uint8Array.from(data)] as const] : []
    ),
  );
}

function answerMeta(url: string, store: Store): Response | undefined {
  const groups = META.exec(url)?.pathname.groups;
  if (!groups) return undefined;
  const versions = [...store.values()].filter((it) => it.name === `${groups.scope}/${groups.name}`);
  if (versions.length === 0) return undefined;
  return Response.json({
    scope: groups.scope!.slice(1),
    name: groups.name,
    latest: versions.at(-1)!.version,
    versions: Object.fromEntries(versions.map(({ version }) => [version, {}])),
  });
}

function answerVersionMeta(url: string, store: Store): Response | undefined {
  const found = lookUp(VERSION_META, url, store);
  if (!found) return undefined;
  const manifest = [...found.files].map(([path, bytes]) => {
    const checksum = `sha256-${createHash("sha256").update(bytes).digest("hex")}`;
    return [path, { size: bytes.length, checksum }];
  });
  return Response.json({ manifest: Object.fromEntries(manifest), exports: found.exports });
}

function answerFile(url: string, store: Store): Response | undefined {
  const bytes = lookUp(FILE, url, store)?.files.get(`/${FILE.exec(url)?.pathname.groups.path}`);
  return bytes && new Response(bytes);
}

function lookUp(pattern: URLPattern, url: string, store: Store): PublishedVersion | undefined {
  const groups = pattern.exec(url)?.pathname.groups;
  return groups && store.get(`${groups.scope}/${groups.name}@${groups.version}`);
}

function notFound(): Response {
  return Response.json({ code: "notFound", message: "Not found" }, { status: 404 });
}
