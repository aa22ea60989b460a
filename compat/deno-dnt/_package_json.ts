import type { ResolvedOptions } from "./build_options.ts";

/** What `package.json` needs to know of the build. */
export interface Built {
  /** Path of the compiled form of each entry point, relative to `esm/`. */
  readonly compiled: ReadonlyMap<string, string>;
  /** Range of each npm package that is imported. */
  readonly packages: ReadonlyMap<string, string>;
}

/** The contents of `package.json`: what was asked for, entry points, and the dependencies that were found. */
export function packageJson(
  options: ResolvedOptions,
  { compiled, packages }: Built,
): Record<string, unknown> {
  const { exports, dependencies, ...rest } = options.package;
  const paths = (kind: "bin" | "export"): [string, string][] =>
    options.entryPoints
      .filter((entry) => entry.kind === kind)
      .map(({ name, path }) => [name, `./esm/${compiled.get(path)}`]);
  const exported = paths("export");
  const commands = paths("bin");
  return {
    ...rest,
    ...(exported[0] && { module: exported[0][1] }),
    exports: { ...Object.fromEntries(exported.map(([name, path]) => [name, { import: path }])), ...exports },
    ...(commands.length > 0 && { bin: Object.fromEntries(commands) }),
    dependencies: { ...Object.fromEntries([...packages].toSorted(byName)), ...dependencies },
  };
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}
