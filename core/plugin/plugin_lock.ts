import { join } from "node:path";
import type { PluginOrigin } from "../component/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import { isJsonObject, type JsonObject } from "../record/mod.ts";
import { pathExists, readTextFile, writeTextFile } from "../runtime/mod.ts";

/** Name of the file beside the import map that says which code each plugin is. */
export const LOCK_FILE = "fastdistill.lock";

/**
 * Holds a plugin against the project's `fastdistill.lock`, and writes it down there where it is new. Code that comes
 * from elsewhere and is not the code that was locked is refused; a local file may change.
 *
 * @throws {FastDistillError} `plugin.changed`; `config.invalid_value` for a lock that cannot be read
 */
export async function lockPlugin(
  name: string,
  { specifier, version, integrity }: PluginOrigin,
  { baseDir, renews = false }: { readonly baseDir: string; readonly renews?: boolean },
): Promise<void> {
  const file = join(baseDir, LOCK_FILE);
  const plugins = await pathExists(file) ? pluginsIn(file, await readTextFile(file)) : {};
  const known = plugins[name];
  const locked = { specifier, ...(version === undefined ? {} : { version }), integrity };
  if (isJsonObject(known)) {
    if (known.specifier === specifier && known.integrity === integrity) return;
    const isRemote = /^(?:jsr|npm|https?):/.test(specifier);
    if (isRemote && known.specifier === specifier && !renews) {
      const was = String(known.version ?? known.integrity);
      throw new FastDistillError(
        "plugin.changed",
        `The plugin "${name}" is not the code that ${file} names: locked is ${was}, found ${
          version ?? ""
        } ${integrity}`,
        { hint: `To take the new code: fastdistill plugins grant ${name}` },
      );
    }
  }
  const all = Object.entries({ ...plugins, [name]: locked }).sort(([a], [b]) => a < b ? -1 : 1);
  await writeTextFile(
    file,
    `${JSON.stringify({ version: 1, plugins: Object.fromEntries(all) }, null, 2)}\n`,
  );
}

function pluginsIn(file: string, text: string): JsonObject {
  try {
    const found: unknown = JSON.parse(text);
    if (isJsonObject(found) && found.version === 1 && isJsonObject(found.plugins)) return found.plugins;
  } catch (cause) {
    throw new FastDistillError("config.invalid_value", `Cannot read ${file}: it is not JSON`, { cause });
  }
  throw new FastDistillError("config.invalid_value", `Cannot read ${file}: it holds no plugins of version 1`);
}
