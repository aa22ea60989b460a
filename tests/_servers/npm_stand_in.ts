import { createHash } from "node:crypto";
import { createTarGzip } from "nanotar";

/** A version of a package. */
export interface NpmVersion {
  readonly name: string;
  readonly version: string;
  /** Text of each file; `package.json` is made. */
  readonly files: Readonly<Record<string, string>>;
  /** What its `package.json` says besides name and version. */
  readonly manifest?: Readonly<Record<string, unknown>>;
}

/** An npm registry that runs until it is disposed of. */
export interface NpmStandIn extends AsyncDisposable {
  /** Value for `NPM_CONFIG_REGISTRY`. */
  readonly url: string;
  /** Adds a version, or puts other bytes in its place, which no real registry lets anyone do. */
  readonly publish: (version: NpmVersion) => Promise<void>;
}

interface Published {
  readonly listing: Readonly<Record<string, unknown>>;
  readonly archive: Uint8Array<ArrayBuffer>;
}

/** An npm registry for tests: lists packages and hands their archives out, on loopback and in memory only. */
export function startNpmStandIn(): NpmStandIn {
  const packages = new Map<string, Map<string, Published>>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, ({ url }) => {
    const path = decodeURIComponent(new URL(url).pathname).slice(1);
    const [name, file] = path.split("/-/") as [string, string | undefined];
    const versions = packages.get(name);
    if (versions === undefined) return Response.json({ error: "Not found" }, { status: 404 });
    if (file !== undefined) return new Response(versions.get(file.replace(/\.tgz$/, ""))?.archive);
    return Response.json({
      name,
      "dist-tags": { latest: [...versions.keys()].at(-1) },
      versions: Object.fromEntries([...versions].map(([version, { listing }]) => [version, listing])),
    });
  });
  const url = `http://127.0.0.1:${server.addr.port}/`;
  return {
    url,
    publish: async ({ name, version, files, manifest = {} }) => {
      const described = { name, version, type: "module", ...manifest };
      const all = { "package.json": JSON.stringify(described), ...files };
      const entries = Object.entries(all).map(([path, data]) => ({ name: `package/${path}`, data }));
      const archive = Uint8Array.from(await createTarGzip(entries, { attrs: { mtime: 0 } }));
      const integrity = `sha512-${createHash("sha512").update(archive).digest("base64")}`;
      const dist = { tarball: `${url}${name}/-/${version}.tgz`, integrity };
      const versions = packages.get(name) ?? new Map<string, Published>();
      packages.set(name, versions.set(version, { listing: { ...described, dist }, archive }));
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
