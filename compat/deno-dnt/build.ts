import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ambientTypes, compile } from "./_compile.ts";
import { type BuildOptions, type ResolvedOptions, resolveOptions } from "./build_options.ts";
import { type Graph, type GraphModule, readGraph, readPackage } from "./_graph.ts";
import { compiledPath, type Layout, layoutOf } from "./_layout.ts";
import { packageJson } from "./_package_json.ts";
import { fileUrlsIn, rewrite } from "./_rewrite.ts";

/** Everything that goes into the package, before it is changed. */
interface Materials {
  readonly graph: Graph;
  readonly texts: ReadonlyMap<string, string>;
  /** Files that a module names by URL and that are no modules. */
  readonly assets: readonly string[];
}

const MODULE = /\.m?[jt]sx?$/;

/**
 * Builds an npm package: ES modules and declarations below `esm/`, and a `package.json`.
 *
 * Workspace members and remote modules become modules of the package; npm packages become dependencies, with the
 * ranges of the import map.
 *
 * @throws {TypeError} If an option is not supported.
 * @throws {Error} If a module cannot be resolved, or the type check finds anything.
 */
export async function build(options: BuildOptions): Promise<void> {
  const resolved = resolveOptions(options);
  const materials = await gather(resolved);
  const layout = layoutOf([...materials.graph.modules.keys(), ...materials.assets]);
  const folder = await Deno.makeTempDir({ prefix: "dnt_" });
  try {
    const packages = await furnish(folder, materials, { layout, options: resolved });
    const sources = [...materials.texts.keys()].filter((it) => MODULE.test(it)).map(layout.place);
    compile({ folder, sources }, resolved);
    for (const asset of materials.assets) {
      await copyInto(join(resolved.outDir, "esm", layout.place(asset)), fileURLToPath(asset));
    }
    await writeManifests(resolved, { layout, packages });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  await resolved.postBuild?.();
}

/** Reads the graph, then again with the modules that are named only by URL, until there are no new ones. */
async function gather(options: ResolvedOptions): Promise<Materials> {
  const roots = new Set(options.entryPoints.map((entry) => pathToFileURL(entry.path).href));
  const { configFile, importMap } = options;
  const settings = { cwd: dirname(options.entryPoints[0]!.path), configFile, importMap };
  for (;;) {
    const graph = await readGraph(roots, settings);
    const texts = new Map<string, string>();
    const named = new Set<string>();
    for (const module of graph.modules.values()) {
      const text = await Deno.readTextFile(module.local);
      texts.set(module.specifier, text);
      if (MODULE.test(module.specifier)) fileUrlsIn(module, text).forEach((url) => named.add(url.href));
    }
    const missing = [...named].filter((url) => MODULE.test(url) && !graph.modules.has(url));
    if (missing.length === 0) return { graph, texts, assets: [...named].filter((url) => !MODULE.test(url)) };
    missing.forEach((url) => roots.add(url));
  }
}

/** Writes rewritten sources and links packages, for the compiler to find; returns the packages that are imported. */
async function furnish(
  folder: string,
  { graph, texts }: Materials,
  { layout, options }: { readonly layout: Layout; readonly options: ResolvedOptions },
): Promise<ReadonlyMap<string, string>> {
  const packages = new Map<string, string>();
  const commands = new Set(
    options.entryPoints.filter((entry) => entry.kind === "bin").map((entry) =>
      pathToFileURL(entry.path).href
    ),
  );
  for (const [specifier, text] of texts) {
    const module = graph.modules.get(specifier) as GraphModule;
    const rewritten = MODULE.test(specifier) ? rewrite(module, text, layout) : { text, packages: new Map() };
    rewritten.packages.forEach((range, name) => packages.set(name, range));
    const shebang = commands.has(specifier) ? "#!/usr/bin/env node\n" : "";
    await writeInto(
      join(folder, "src", layout.place(specifier)),
      shebang + rewritten.text.replace(/^#!.*\n/, ""),
    );
  }
  const ranges = options.package.devDependencies ?? {};
  const declared = await Promise.all(ambientTypes(options).map((name) => readPackage(name, ranges[name]!)));
  const folders = new Map([...graph.packages, ...declared.flatMap((found) => [...found])]);
  for (const [name, path] of folders) await linkInto(join(folder, "node_modules", name), path);
  return packages;
}

async function writeManifests(
  options: ResolvedOptions,
  { layout, packages }: { readonly layout: Layout; readonly packages: ReadonlyMap<string, string> },
): Promise<void> {
  const compiled = new Map(
    options.entryPoints.map(({ path }) => [path, compiledPath(layout.place(pathToFileURL(path).href))]),
  );
  const write = (path: string, value: unknown) =>
    writeInto(join(options.outDir, path), `${JSON.stringify(value, null, 2)}\n`);
  await write("package.json", packageJson(options, { compiled, packages }));
  await write("esm/package.json", { type: "module" });
}

async function writeInto(path: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, text);
}

async function copyInto(path: string, from: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.copyFile(from, path);
}

async function linkInto(path: string, target: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.symlink(target, path, { type: "dir" });
}
