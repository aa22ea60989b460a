import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { entryOf, findInstalled } from "../plugin/installed_packages.ts";
import { isJsonObject } from "../record/mod.ts";
import {
  findNearest,
  type ImportMap,
  type ImportMapEntry,
  locationOf,
  readJsonc,
  settingsOf,
  type Source,
} from "./import_map.ts";

const GROUPS = ["dependencies", "devDependencies", "optionalDependencies"] as const;
/** Ranges that name a folder of the project's own. */
const LINKED = /^(?:file|link|portal|workspace):/;

/** The nearest `package.json`: in a folder or above it. */
export async function findPackageFile(folder: string): Promise<string | undefined> {
  return await findNearest(folder, ["package.json"]);
}

/**
 * The dependencies of a `package.json` whose name is of a kind, as an import map has them: each leads to the module
 * that an import of it would load from `node_modules`, and nowhere while it is not installed.
 *
 * @throws {FastDistillError} `config.file_not_found`, `config.syntax`, `config.invalid_value`
 */
export async function readPackageMap(file: string, isWanted: (name: string) => boolean): Promise<ImportMap> {
  const source = await readJsonc(file);
  const found = GROUPS.flatMap((group) => {
    const listed = source.value[group];
    return Object.entries(isJsonObject(listed) ? listed : {}).map(([name, range]) => ({
      group,
      name,
      range,
    }));
  });
  const wanted = found.filter(({ name }) => isWanted(name));
  // A package.json belongs to other tools too: what is of no use here is not looked at.
  if (wanted.length === 0) return { file, isPackage: true, entries: [], settings: {} };
  const entries = await Promise.all(wanted.map((one) => entryFor(source, one)));
  return { file, isPackage: true, entries, settings: await settingsOf(source) };
}

interface Dependency {
  readonly group: string;
  readonly name: string;
  readonly range: unknown;
}

async function entryFor(source: Source, { group, name, range }: Dependency): Promise<ImportMapEntry> {
  const text = String(range);
  const installed = await findInstalled(dirname(source.file), name);
  const entry = installed === undefined ? undefined : entryOf(installed.manifest);
  return {
    key: name,
    target: LINKED.test(text) ? text : `npm:${name}@${text}`,
    url: entry === undefined ? undefined : pathToFileURL(join(installed!.folder, entry)),
    packageFolder: installed?.folder,
    location: await locationOf(source, [group, name]),
  };
}
