import { join } from "node:path";
import type { PluginPermissions } from "../component/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import { isJsonObject, type Json } from "../record/mod.ts";
import { pathExists, readTextFile, writeTextFile } from "../runtime/mod.ts";

/** Permissions that let a plugin do anything, so that they are granted by a flag of their own only. */
export const DANGEROUS: readonly ["run", "ffi", "sys"] = ["run", "ffi", "sys"];
/** All kinds of permission, the harmless first. */
export const PERMISSION_KINDS: readonly ["net", "read", "env", "run", "ffi", "sys"] = [
  "net",
  "read",
  "env",
  "run",
  "ffi",
  "sys",
];

/** What a user lets a plugin do. */
export interface PluginGrant extends PluginPermissions {
  /** Of the code that it holds for; other code needs another grant. */
  readonly integrity: string;
}

/** The grants of a project, in `.fastdistill/grants.json` beside its import map. */
export class Grants {
  readonly #file: string;
  readonly #byName: Map<string, PluginGrant>;

  private constructor(file: string, byName: Map<string, PluginGrant>) {
    this.#file = file;
    this.#byName = byName;
  }

  /** Reads them. @throws {FastDistillError} `config.invalid_value` for a file that holds something else */
  static async open(baseDir: string): Promise<Grants> {
    const file = join(baseDir, ".fastdistill", "grants.json");
    return new Grants(file, await pathExists(file) ? grantsIn(file, await readTextFile(file)) : new Map());
  }

  /** By name of the plugin, sorted. */
  list(): readonly (readonly [string, PluginGrant])[] {
    return [...this.#byName].sort(([a], [b]) => a < b ? -1 : 1);
  }

  /** What a plugin of this name may do; `undefined` when nobody has said. */
  get(name: string): PluginGrant | undefined {
    return this.#byName.get(name);
  }

  /** Keeps a grant. @throws {FastDistillError} `data.write_failed` */
  async set(name: string, grant: PluginGrant): Promise<void> {
    this.#byName.set(name, grant);
    await this.#write();
  }

  /** Takes a grant back; whether there was one. @throws {FastDistillError} `data.write_failed` */
  async revoke(name: string): Promise<boolean> {
    const had = this.#byName.delete(name);
    if (had) await this.#write();
    return had;
  }

  async #write(): Promise<void> {
    const content = { version: 1, grants: Object.fromEntries(this.list()) };
    await writeTextFile(this.#file, `${JSON.stringify(content, null, 2)}\n`);
  }
}

function grantsIn(file: string, text: string): Map<string, PluginGrant> {
  let found: Json;
  try {
    found = JSON.parse(text);
  } catch (cause) {
    throw unreadable(file, "it is not JSON", cause);
  }
  const grants = isJsonObject(found) && found.version === 1 ? found.grants : undefined;
  if (!isJsonObject(grants)) throw unreadable(file, "it holds no grants of version 1");
  return new Map(
    Object.entries(grants).map(([name, grant]) => {
      if (!isJsonObject(grant) || typeof grant.integrity !== "string") {
        throw unreadable(file, `the grant of "${name}" has no integrity`);
      }
      for (const kind of PERMISSION_KINDS) {
        const values = grant[kind] ?? [];
        if (!Array.isArray(values) || !values.every((value) => typeof value === "string")) {
          throw unreadable(file, `${kind} of "${name}" is no list of names`);
        }
      }
      return [name, grant as unknown as PluginGrant];
    }),
  );
}

function unreadable(file: string, what: string, cause?: unknown): FastDistillError {
  return new FastDistillError("config.invalid_value", `Cannot read ${file}: ${what}`, { cause });
}
