import { FastDistillError } from "../errors/mod.ts";
import { findDenos } from "../runtime/mod.ts";

/**
 * The first Deno in which no attempt of the hostile-plugin suite succeeds. Before it, a worker could keep data in the
 * cache interface, outside of the folder that is closed for it, and another plugin could read them.
 */
const VERSION_MIN = "2.9.4";

/**
 * The `deno` in which a plugin is run.
 *
 * @throws {FastDistillError} `plugin.no_sandbox` when there is none, or only ones whose sandbox does not hold
 */
export async function sandboxDeno(
  { name, specifier }: { readonly name: string; readonly specifier: string },
  wanted?: string,
): Promise<string> {
  const tooOld: string[] = [];
  for await (const { path, version } of findDenos(wanted)) {
    if (isAtLeast(version, VERSION_MIN)) return path;
    tooOld.push(`${path} is Deno ${version}`);
  }
  const found = tooOld.length > 0
    ? tooOld.join(", ")
    : wanted === undefined
    ? "none was found on the PATH or in node_modules"
    : `${wanted} cannot be started`;
  throw new FastDistillError(
    "plugin.no_sandbox",
    `The plugin "${name}" (${specifier}) runs in a sandbox only, and that needs Deno ${VERSION_MIN} or later: ${found}`,
    {
      hint:
        `Install Deno (npm install deno), or run the plugin with all permissions of this process: --trust-plugin ${name}`,
    },
  );
}

function isAtLeast(version: string, least: string): boolean {
  const [found, wanted] = [version, least].map((text) =>
    /^(\d+)\.(\d+)\.(\d+)/.exec(text)?.slice(1).map(Number)
  );
  if (found === undefined) return false;
  const at = wanted!.findIndex((part, index) => part !== found[index]);
  return at < 0 || found[at]! > wanted![at]!;
}
