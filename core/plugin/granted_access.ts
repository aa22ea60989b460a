import { resolve } from "node:path";
import type { PluginPermissions } from "../component/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import { linksOf, realPathOf, type SandboxAccess } from "../runtime/mod.ts";
import { PERMISSION_KINDS } from "./grants.ts";
import { isInside } from "./plugin_graph.ts";

const ENTRIES_MAX = 20_000;

/** Whether a plugin asks for nothing. */
export function asksNothing(declared: PluginPermissions): boolean {
  return PERMISSION_KINDS.every((kind) => (declared[kind] ?? []).length === 0);
}

/** What two sets of permissions have in common. */
export function intersect(declared: PluginPermissions, granted: PluginPermissions): PluginPermissions {
  const both = PERMISSION_KINDS.flatMap((kind) => {
    const values = (declared[kind] ?? []).filter((value) => granted[kind]?.includes(value));
    return values.length === 0 ? [] : [[kind, values] as const];
  });
  return Object.fromEntries(both);
}

/**
 * What a sandbox is started with: what is both declared and granted, with absolute paths. A folder with a symbolic link
 * that leads out of it is refused, since Deno checks the path that is asked for and not where it leads.
 *
 * @throws {FastDistillError} `plugin.refused`
 */
export async function grantedAccess(
  name: string,
  permissions: PluginPermissions,
  baseDir: string,
): Promise<SandboxAccess> {
  const read = (permissions.read ?? []).map((path) => resolve(baseDir, path));
  for (const path of read) await refuseLinks(name, path);
  return { ...permissions, ...(read.length === 0 ? {} : { read }) };
}

async function refuseLinks(name: string, path: string): Promise<void> {
  const root = await realPathOf(path);
  const refuse = (what: string) => {
    throw new FastDistillError("plugin.refused", `Cannot let the plugin "${name}" read ${path}: ${what}`);
  };
  const links = await linksOf(root, { entriesMax: ENTRIES_MAX });
  if (links === undefined) return refuse(`it has more than ${ENTRIES_MAX} entries`);
  for (const link of links) {
    if (!isInside(root, await realPathOf(link))) return refuse(`the symbolic link ${link} leads out of it`);
  }
}
