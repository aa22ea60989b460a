import { join } from "node:path";
import { ROOT } from "../_docs.ts";

interface Config {
  readonly name?: string;
  readonly imports?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string>>;
  readonly workspace?: readonly string[];
}

/**
 * Has a folder's `deno.json` take the packages of this workspace where it names those of JSR, so that it can be run
 * before they are published. Everything else in the file stays.
 */
export async function useLocalPackages(folder: string): Promise<void> {
  const path = join(folder, "deno.json");
  const config = await readConfig(new URL(`file://${path}`));
  const root = await readConfig(new URL("deno.json", ROOT));
  const local: Record<string, string> = { ...root.imports };
  for (const member of root.workspace ?? []) {
    const base = new URL(`${member}/`, ROOT);
    const { name, exports = {} } = await readConfig(new URL("deno.json", base));
    for (const [key, file] of Object.entries(exports)) {
      local[`${name}${key.slice(1)}`] = new URL(file, base).href;
    }
  }
  const own = Object.entries(config.imports ?? {}).filter(([key]) => !key.startsWith("@fastdistill/"));
  await Deno.writeTextFile(
    path,
    JSON.stringify({ ...config, imports: { ...local, ...Object.fromEntries(own) } }),
  );
}

async function readConfig(url: URL): Promise<Config> {
  return JSON.parse(await Deno.readTextFile(url)) as Config;
}
