import { dirname, join } from "node:path";
import { isJsonObject, type Json, type JsonObject } from "../record/mod.ts";
import { pathExists, readTextFile, realPathOf } from "../runtime/mod.ts";

const PACKAGES_MAX = 2_000;
const CORE_PACKAGES: ReadonlySet<string> = new Set(["fastdistill", "@fastdistill/core"]);

/** A package in a `node_modules` folder. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** Where it really is. Absolute path. */
  readonly folder: string;
  readonly manifest: JsonObject;
}

/** The package of this name that code in a folder would import; `undefined` when it is not installed. */
export async function findInstalled(from: string, name: string): Promise<InstalledPackage | undefined> {
  for (let here = from;;) {
    const folder = join(here, "node_modules", name);
    if (await pathExists(join(folder, "package.json"))) return await readInstalled(folder);
    const above = dirname(here);
    if (above === here) return undefined;
    here = above;
  }
}

/** Reads what a package says of itself. */
export async function readInstalled(path: string): Promise<InstalledPackage> {
  const folder = await realPathOf(path);
  const found: Json = JSON.parse(await readTextFile(join(folder, "package.json")));
  const manifest = isJsonObject(found) ? found : {};
  return { name: String(manifest.name), version: String(manifest.version), folder, manifest };
}

/**
 * A package and all that it needs, as far as it is installed, sorted. `fastdistill` is left out: the host brings it.
 *
 * @throws {RangeError} for more packages than a plugin may have
 */
export async function installedPackages(root: InstalledPackage): Promise<readonly InstalledPackage[]> {
  const found = new Map<string, InstalledPackage>();
  const waiting = [root];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next.folder)) continue;
    found.set(next.folder, next);
    if (found.size > PACKAGES_MAX) throw new RangeError(`It needs more than ${PACKAGES_MAX} packages`);
    for (const name of neededBy(next)) {
      const needed = await findInstalled(next.folder, name);
      // By the name that it has itself: another package may be installed under that of the host's.
      if (needed !== undefined && !CORE_PACKAGES.has(needed.name)) waiting.push(needed);
    }
  }
  const placeOf = ({ name, version, folder }: InstalledPackage) => `${name}@${version} ${folder}`;
  return [...found.values()].sort((a, b) => placeOf(a) < placeOf(b) ? -1 : 1);
}

function neededBy({ manifest }: InstalledPackage): readonly string[] {
  const { dependencies, optionalDependencies, peerDependencies } = manifest;
  const names = [dependencies, optionalDependencies, peerDependencies].flatMap((one) =>
    isJsonObject(one) ? Object.keys(one) : []
  );
  return [...new Set(names)];
}

const CONDITIONS: readonly string[] = ["deno", "node", "import", "module-sync", "default"];

/** The module that an import of a package leads to, relative to its folder; `undefined` when it has none. */
export function entryOf({ exports, main }: JsonObject): string | undefined {
  if (exports === undefined) return typeof main === "string" ? main : "index.js";
  return targetOf(isJsonObject(exports) && "." in exports ? exports["."] : exports);
}

function targetOf(found: Json | undefined): string | undefined {
  if (typeof found === "string") return found;
  if (Array.isArray(found)) return found.map(targetOf).find((one) => one !== undefined);
  if (!isJsonObject(found)) return undefined;
  for (const [condition, value] of Object.entries(found)) {
    const target = CONDITIONS.includes(condition) ? targetOf(value) : undefined;
    if (target !== undefined) return target;
  }
  return undefined;
}
