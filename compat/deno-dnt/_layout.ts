import { dirname, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Where every module goes, relative to the folder of all modules. */
export interface Layout {
  /** Path of a module's source or of an asset, with its own extension. */
  readonly place: (specifier: string) => string;
}

/** Puts local files where they are relative to the folder that holds them all, and remote ones below `deps/`. */
export function layoutOf(specifiers: readonly string[]): Layout {
  const root = commonFolder(specifiers.filter(isLocal).map((specifier) => fileURLToPath(specifier)));
  return {
    place: (specifier) => {
      if (isLocal(specifier)) return relative(root, fileURLToPath(specifier)).replaceAll(sep, "/");
      const { host, pathname } = new URL(specifier);
      return `deps/${host.replace(":", "_")}${pathname}`;
    },
  };
}

/** The path that the compiled form of a source file has. */
export function compiledPath(path: string): string {
  return path.replace(/\.(m?)tsx?$/, ".$1js");
}

/** The specifier by which the module at one place imports the one at another. */
export function relativeSpecifier(from: string, to: string): string {
  const path = relative(dirname(from), to).replaceAll(sep, "/");
  return path.startsWith(".") ? path : `./${path}`;
}

function isLocal(specifier: string): boolean {
  return specifier.startsWith("file:");
}

function commonFolder(paths: readonly string[]): string {
  return paths.map(dirname).reduce((common, folder) => {
    let shared = common;
    while (relative(shared, folder).startsWith("..")) shared = dirname(shared);
    return shared;
  });
}
