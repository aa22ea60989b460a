/**
 * The packages of the workspace, as their `deno.json` files describe them.
 *
 * @module
 */
import { posix } from "node:path";
import { readText } from "./_tree.ts";

/** One workspace package. */
export interface Package {
  readonly name: string;
  readonly version: string | undefined;
  /** Folder relative to the repository root with `/`; `""` for the root package. */
  readonly folder: string;
  /** False for the local stand-ins, which say `"publish": false`. */
  readonly published: boolean;
  /** Export path (`.`, `./testing`) to file, relative to the repository root. */
  readonly exports: ReadonlyMap<string, string>;
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly publish?: unknown;
  readonly exports?: string | Readonly<Record<string, string>>;
  readonly workspace?: readonly string[] | { readonly members?: readonly string[] };
}

/** Reads the root package and every member; a tree without a root `deno.json` has none. */
export async function readPackages(root: string): Promise<readonly Package[]> {
  const manifest = await readManifest(root, "deno.json");
  if (manifest === undefined) return [];
  const workspace = manifest.workspace ?? [];
  const members = "members" in workspace ? workspace.members ?? [] : workspace as readonly string[];
  const packages = [toPackage("", manifest)];
  for (const member of members) {
    const folder = posix.normalize(member).replace(/\/$/, "");
    const inner = await readManifest(root, `${folder}/deno.json`);
    if (inner !== undefined) packages.push(toPackage(folder, inner));
  }
  return packages.filter((one) => one.name !== "");
}

/** The packages that are published, in workspace order, the root first. */
export async function readPublished(root: string): Promise<readonly Package[]> {
  return (await readPackages(root)).filter((one) => one.published);
}

/** The specifier under which users import an export path, such as `@fastdistill/core/testing`. */
export function exportSpecifier(name: string, path: string): string {
  return path === "." ? name : `${name}${path.slice(1)}`;
}

function toPackage(folder: string, manifest: Manifest): Package {
  const exports = typeof manifest.exports === "string" ? { ".": manifest.exports } : manifest.exports ?? {};
  return {
    name: manifest.name ?? "",
    version: manifest.version,
    folder,
    published: manifest.publish !== false,
    exports: new Map(Object.entries(exports).map(([path, file]) => [path, posix.join(folder, file)])),
  };
}

async function readManifest(root: string, path: string): Promise<Manifest | undefined> {
  const text = await readText(root, path);
  return text === undefined ? undefined : JSON.parse(text) as Manifest;
}
