/** A double of a dataset hub, on the loopback: as much of its API as uploads need. @module */
import { createHash } from "node:crypto";

/** A hub that keeps in memory what it is sent. */
export interface HubDouble extends AsyncDisposable {
  readonly url: string;
  /** Every request, as `METHOD /path`. */
  readonly requests: readonly string[];
  /** The datasets by name. */
  readonly datasets: ReadonlyMap<string, DatasetDouble>;
  /** Digests of large files that were uploaded, in order. */
  readonly uploads: readonly string[];
  /** The access tokens that came, each once. */
  readonly tokens: ReadonlySet<string>;
  /** Makes the uploads of large files fail after so many. */
  failUploadsAfter: number;
  /** Answers every request with this status; 0 answers as it should. */
  refuseWith: number;
}

/** A dataset of the double. */
export interface DatasetDouble {
  readonly visibility: string;
  /** Bytes by path. */
  readonly files: Map<string, Uint8Array>;
  readonly commits: string[];
}

/** Large files are told by their ending, so that small tests have some. */
const LARGE = /\.jsonl$/;

/** Starts the double on a free port. */
export function startHubDouble(): HubDouble {
  const objects = new Map<string, Uint8Array>();
  const datasets = new Map<string, DatasetDouble>();
  const state = { requests: [] as string[], uploads: [] as string[], tokens: new Set<string>() };
  const double = { failUploadsAfter: Infinity, refuseWith: 0 };
  const handle = async (request: Request): Promise<Response> => {
    const { pathname, origin } = new URL(request.url);
    state.requests.push(`${request.method} ${pathname}`);
    const token = /^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "")?.[1];
    if (token !== undefined) state.tokens.add(token);
    if (double.refuseWith !== 0) {
      return Response.json({ error: `refused, token was ${token}` }, { status: double.refuseWith });
    }
    if (pathname.startsWith("/upload/")) {
      const bytes = new Uint8Array(await request.arrayBuffer());
      if (state.uploads.length >= double.failUploadsAfter) return new Response("no", { status: 500 });
      const oid = pathname.slice("/upload/".length);
      if (hex("sha256", bytes) !== oid) return new Response("wrong digest", { status: 400 });
      objects.set(oid, bytes);
      state.uploads.push(oid);
      return new Response(null);
    }
    if (pathname === "/api/repos/create") {
      const { organization, name, visibility } = await request.json();
      datasets.set(`${organization}/${name}`, { visibility, files: new Map(), commits: [] });
      return Response.json({ url: `${origin}/datasets/${organization}/${name}` });
    }
    const [, repo = "", rest = ""] =
      /^\/(?:api\/)?datasets\/([^/]+\/[^/]+?)(?:\.git)?(\/.*)?$/.exec(pathname) ?? [];
    const dataset = datasets.get(repo);
    if (dataset === undefined) return Response.json({ error: "Repository not found" }, { status: 404 });
    return await answer({ request, dataset, rest, objects, origin });
  };
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, handle);
  return Object.assign(double, {
    ...state,
    datasets,
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  });
}

interface Question {
  readonly request: Request;
  readonly dataset: DatasetDouble;
  readonly rest: string;
  readonly objects: Map<string, Uint8Array>;
  readonly origin: string;
}

async function answer({ request, dataset, rest, objects, origin }: Question): Promise<Response> {
  if (rest === "") return Response.json({ id: "dataset" });
  if (rest === "/info/lfs/objects/batch") {
    const { objects: wanted } = await request.json();
    const uploadOf = (oid: string) =>
      objects.has(oid) ? {} : { actions: { upload: { href: `${origin}/upload/${oid}` } } };
    return Response.json({
      transfer: "basic",
      objects: wanted.map(({ oid, size }: { oid: string; size: number }) => ({
        oid,
        size,
        ...uploadOf(oid),
      })),
    });
  }
  if (rest.startsWith("/preupload/")) {
    const { files } = await request.json();
    const modeOf = ({ path }: { path: string }) => ({
      path,
      uploadMode: LARGE.test(path) ? "lfs" : "regular",
    });
    return Response.json({ files: files.map(modeOf) });
  }
  if (rest.startsWith("/paths-info/")) {
    const { paths } = await request.json();
    return Response.json(paths.flatMap((path: string) => infoOf(dataset, path)));
  }
  if (rest.startsWith("/commit/")) return commit(await request.text(), { dataset, objects });
  return Response.json({ error: `the double has no ${rest}` }, { status: 501 });
}

function infoOf({ files }: DatasetDouble, path: string): readonly unknown[] {
  const bytes = files.get(path);
  if (bytes === undefined) return [];
  const header = new TextEncoder().encode(`blob ${bytes.length}\0`);
  const oid = hex("sha1", new Uint8Array([...header, ...bytes]));
  const lfs = LARGE.test(path)
    ? { lfs: { oid: hex("sha256", bytes), size: bytes.length, pointerSize: 1 } }
    : {};
  return [{ path, type: "file", oid, size: bytes.length, ...lfs }];
}

function commit(text: string, { dataset, objects }: Pick<Question, "dataset" | "objects">): Response {
  for (const line of text.split("\n")) {
    const { key, value } = JSON.parse(line);
    if (key === "header") dataset.commits.push(value.summary);
    if (key === "file") {
      dataset.files.set(value.path, Uint8Array.from(atob(value.content), (letter) => letter.charCodeAt(0)));
    }
    if (key === "lfsFile") {
      const bytes = objects.get(value.oid);
      if (bytes === undefined) return Response.json({ error: "object was not uploaded" }, { status: 400 });
      dataset.files.set(value.path, bytes);
    }
  }
  return Response.json({
    commitOid: `c0ffee${dataset.commits.length}`,
    commitUrl: "http://127.0.0.1/commit",
  });
}

function hex(algorithm: string, bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest("hex");
}
