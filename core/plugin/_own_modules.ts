import type { GraphImport, GraphModule, ModuleGraph } from "./_deno_graph.ts";

/** What of a graph is the plugin's, and what it shares with the host. */
export interface OwnModules {
  /** Modules of the plugin, sorted by specifier. */
  readonly own: readonly GraphModule[];
  /** Modules that it reaches through `@fastdistill/core` only. */
  readonly core: readonly GraphModule[];
  /** Its npm packages and theirs, as the graph names them, sorted. */
  readonly packages: readonly string[];
}

/** `@fastdistill/core` and what it exports, however it is named. */
const CORE_NAME =
  /^(?:(?:jsr:\/?)?@fastdistill\/core(?:@[^/]+)?|npm:\/?fastdistill(?:@[^/]+)?\/core|fastdistill\/core)(?:\/[a-z_]+)?$/;
const CORE_PACKAGE = "fastdistill";

/**
 * Tells a plugin's modules from those of `@fastdistill/core`, which the host brings: from the registry, from a clone
 * or from npm, by how it was started. So the same plugin has the same modules everywhere.
 */
export function ownModules(graph: ModuleGraph): OwnModules {
  const borders: string[] = [];
  const own = reached(graph, graph.roots, (one) => {
    const isBorder = isCore(one.specifier, graph.resolve(one.code!.specifier!));
    if (isBorder) borders.push(one.code!.specifier!);
    return !isBorder;
  });
  const mine = new Set(own);
  return {
    own,
    core: reached(graph, borders, () => true).filter((module) => !mine.has(module)),
    packages: packagesOf(graph, own),
  };
}

/** The modules to which imports lead, sorted by specifier. */
function reached(
  { modules, resolve }: ModuleGraph,
  from: readonly string[],
  follows: (one: GraphImport) => boolean,
): readonly GraphModule[] {
  const found = new Map<string, GraphModule>();
  const waiting = [...from];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const module = modules.get(resolve(next));
    if (module === undefined || found.has(module.specifier)) continue;
    found.set(module.specifier, module);
    for (const one of module.dependencies ?? []) {
      const target = one.code?.specifier;
      if (target !== undefined && follows(one)) waiting.push(target);
    }
  }
  return [...found.values()].sort((a, b) => a.specifier < b.specifier ? -1 : 1);
}

function packagesOf({ packages }: ModuleGraph, own: readonly GraphModule[]): readonly string[] {
  const found = new Set<string>();
  const waiting = own.flatMap(({ npmPackage }) => npmPackage ?? []);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next) || packages.get(next)?.name === CORE_PACKAGE) continue;
    found.add(next);
    waiting.push(...packages.get(next)?.dependencies ?? []);
  }
  return [...found].sort();
}

/** Whether an import is of `@fastdistill/core`: by its name, or by its place in the clone that runs. */
function isCore(written: string, resolved: string): boolean {
  const here = new URL("../", import.meta.url);
  return CORE_NAME.test(written) || (here.protocol === "file:" && resolved.startsWith(here.href));
}
