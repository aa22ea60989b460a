import { Buffer } from "node:buffer";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { isJsonObject, type Json, sha256 } from "../record/mod.ts";
import { filesOf, pathExists, readBytes, readTextFile } from "../runtime/mod.ts";
import type { GraphModule, GraphPackage } from "./_deno_graph.ts";

const FILES_MAX = 20_000;
/** What Deno appends to what it keeps of a server: headers and the time. */
const CACHE_NOTE = "\n// denoCacheMetadata=";

/** The code that a digest is of. */
export interface DigestedCode {
  /** The plugin. */
  readonly url: URL;
  readonly modules: readonly GraphModule[];
  readonly packages: readonly GraphPackage[];
}

/**
 * Digest of all code of a plugin. It is the same on every machine: files are named by their place in the plugin's
 * folder, and what Deno notes down when it fetches a module does not count.
 */
export async function pluginDigest({ url, modules, packages }: DigestedCode): Promise<string> {
  const lines = await Promise.all([
    ...modules.map(async (module) => `${placeOf(url, module.specifier)} ${await moduleDigest(module)}`),
    ...packages.map(async (one) => `${one.name}@${one.version} ${await packageDigest(one)}`),
  ]);
  return sha256(lines.join("\n"));
}

/** A module's name that stays when the project is moved. */
function placeOf(root: URL, specifier: string): string {
  if (!specifier.startsWith("file:") || root.protocol !== "file:") return specifier;
  return relative(dirname(fileURLToPath(root)), fileURLToPath(specifier)).replaceAll(sep, "/");
}

async function moduleDigest({ specifier, local }: GraphModule): Promise<string> {
  const bytes = await bytesOf(local!);
  const end = specifier.startsWith("file:") ? -1 : bytes.lastIndexOf(CACHE_NOTE);
  return sha256(end < 0 ? bytes : bytes.subarray(0, end));
}

/** What the registry says of the archive, which Deno checked when it unpacked it; otherwise what is in the folder. */
async function packageDigest({ version, localPath }: GraphPackage): Promise<string> {
  if (localPath === undefined) return "";
  const listing = join(dirname(localPath), "registry.json");
  if (await pathExists(listing)) {
    const found = distIn(JSON.parse(await readTextFile(listing)), version);
    if (found !== undefined) return found;
  }
  return await folderDigest(localPath);
}

function distIn(listing: Json, version: string): string | undefined {
  const versions = isJsonObject(listing) && isJsonObject(listing.versions) ? listing.versions : {};
  const found = versions[version];
  const dist = isJsonObject(found) && isJsonObject(found.dist) ? found.dist : {};
  return [dist.integrity, dist.shasum].find((one) => typeof one === "string");
}

/** Digest of all files in a folder and below, apart from folders of the name `without`. @throws {Error} for too many */
export async function folderDigest(folder: string, without?: string): Promise<string> {
  const files = await filesOf(folder, { entriesMax: FILES_MAX, without });
  if (files === undefined) throw new Error(`There are more than ${FILES_MAX} files in ${folder}`);
  const lines = await Promise.all(files.map(async (file) => {
    return `${relative(folder, file).replaceAll(sep, "/")} ${sha256(await bytesOf(file))}`;
  }));
  return sha256(lines.sort().join("\n"));
}

async function bytesOf(path: string): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(readBytes(path)));
}
