/**
 * Who may import whom: between packages, inside each of them, and never in a circle.
 *
 * Type-only imports, `import("x").T`, dynamic imports with a literal and `new URL("./x.ts", import.meta.url)`
 * count like any other import.
 *
 * @module
 */
import { findCycles } from "./_cycles.ts";
import { type Import, readImports, resolveImport, type Target } from "./_imports.ts";
import { type Package, readPackages } from "./_packages.ts";
import { finish, type Problem } from "./_problem.ts";
import { parseSource } from "./_source.ts";
import { isProduct, isSource, isTest, listFiles, readText, ROOT } from "./_tree.ts";

/** The whole rule, to be read before the code below. */
const LAYERS = {
  /** First path segment (or file at the root) -> what else of ours it may import. */
  areas: {
    "core": [],
    "providers": ["core"],
    "steps": ["core"],
    "mod.ts": ["core", "providers", "steps"],
    "cli": ["core", "providers", "steps", "mod.ts"],
    "cli.ts": ["core", "providers", "steps", "mod.ts", "cli"],
  } as Readonly<Record<string, readonly string[]>>,
  /** Inside core, left never imports right; the parts of one group may import each other one way. */
  core: [
    ["errors"],
    ["record", "statistics"],
    ["component"],
    ["step", "provider"],
    ["plugin"],
    ["registry", "config", "graph", "expression"],
    ["effects", "gateway", "artifact", "report", "observe"],
    ["run"],
    ["proof"],
  ] as readonly (readonly string[])[],
  /** Files of core that list names of all parts, and that no part imports. */
  entries: ["mod", "define", "authoring", "planning"] as readonly string[],
  /** `core/runtime/` serves this group and the ones to its right, and imports only these parts. */
  runtime: { servesFrom: "plugin", imports: ["errors", "record", "component"] },
  /** A folder inside these packages imports itself, this folder of the package, and core. */
  shared: { providers: "_shared", steps: "_shared" } as Readonly<Record<string, string>>,
} as const;

/** One resolved reference between two files of the tree. */
interface Edge extends Import {
  readonly from: string;
  readonly target: Target;
}

/** Finds every import that breaks a layer, every import cycle and every inline specifier. */
export async function checkLayers(root: string): Promise<readonly Problem[]> {
  const packages = await readPackages(root);
  const edges: Edge[] = [];
  const files = await listFiles(root, isSource);
  for (const from of files) {
    const source = parseSource(from, await readText(root, from) ?? "");
    for (const one of readImports(source)) {
      edges.push({ ...one, from, target: resolveImport(from, one.specifier, packages) });
    }
  }
  const problems = edges.flatMap((edge) => {
    const message = breach(edge, packages, new Set(files));
    return message === undefined ? [] : [{ file: edge.from, line: edge.line, message }];
  });
  return [...problems, ...unknownParts(files), ...fileCycles(edges), ...partCycles(edges)];
}

/** Says what is wrong with one reference; `undefined` when nothing is. */
function breach(edge: Edge, packages: readonly Package[], files: ReadonlySet<string>): string | undefined {
  const { from, specifier, target } = edge;
  if (target.kind === "inline") {
    return `imports "${specifier}" inline: give it a name in the imports of deno.json`;
  }
  if (target.kind === "external") return undefined;
  const to = target.file;
  if (target.byPath && isSource(to) && !files.has(to)) return `imports ${to}, which does not exist`;
  if (isTest(from)) {
    const strays = areaOf(from) === "core" && areaOf(to) !== "core";
    return strays ? `core imports nothing of ours, in tests too, but this imports ${to}` : undefined;
  }
  if (!isProduct(from)) return undefined;
  return areaBreach(from, to) ?? pathBreach(edge, to, packages) ?? testingBreach(from, to) ??
    coreBreach(from, to) ?? folderBreach(from, to);
}

function areaBreach(from: string, to: string): string | undefined {
  const [own, other] = [areaOf(from), areaOf(to)];
  const allowed = LAYERS.areas[own] ?? [];
  if (own === other || allowed.includes(other)) return undefined;
  const may = allowed.length === 0 ? "nothing of ours" : allowed.join(", ");
  return `${own} imports ${to}, but may import ${may}`;
}

function pathBreach(edge: Edge, to: string, packages: readonly Package[]): string | undefined {
  if (edge.target.kind !== "file" || !edge.target.byPath) return undefined;
  const [own, other] = [packageOf(edge.from, packages), packageOf(to, packages)];
  if (own === other || other === undefined) return undefined;
  return `imports ${to} by path, which is not published with it: import it as ${other.name}`;
}

function testingBreach(from: string, to: string): string | undefined {
  if (partOf(to) !== "testing" || partOf(from) === "testing") return undefined;
  return `imports ${to}, but core/testing is for tests only`;
}

function coreBreach(from: string, to: string): string | undefined {
  if (areaOf(from) !== "core" || areaOf(to) !== "core") return undefined;
  const [own, other] = [partOf(from), partOf(to)];
  if (own === other || isEntry(own) || own === "testing") return undefined;
  if (isEntry(other)) return `imports ${to}: inside core, import the part itself`;
  if (own === "runtime") {
    const allowed: readonly (string | undefined)[] = LAYERS.runtime.imports;
    if (allowed.includes(other)) return undefined;
    return `core/runtime imports ${to}, but may import ${allowed.join(", ")}`;
  }
  const floor = other === "runtime" ? rankOf(LAYERS.runtime.servesFrom) : rankOf(other);
  if (rankOf(own) >= floor) return undefined;
  return `core/${own} imports ${to}, which is to the right of it: ${describeOrder()}`;
}

function folderBreach(from: string, to: string): string | undefined {
  const area = areaOf(from);
  const shared = LAYERS.shared[area];
  if (shared === undefined || areaOf(to) !== area) return undefined;
  const [own, other] = [folderIn(from), folderIn(to)];
  if (own === undefined || own === other || other === shared) return undefined;
  return `${area}/${own} imports ${to}, but may import itself, ${area}/${shared} and core`;
}

function isEntry(part: string | undefined): boolean {
  return part !== undefined && LAYERS.entries.includes(part);
}

/** A part of core that the table does not know would escape the order. */
function unknownParts(files: readonly string[]): readonly Problem[] {
  const known = new Set([...LAYERS.core.flat(), ...LAYERS.entries, "runtime", "testing"]);
  return files.flatMap((file) => {
    const part = partOf(file);
    if (part === undefined || isTest(file) || known.has(part)) return [];
    return [{ file, message: `core/${part} has no place in the layers of scripts/check_layers.ts` }];
  });
}

function fileCycles(edges: readonly Edge[]): readonly Problem[] {
  const graph = new Map<string, Set<string>>();
  for (const { from, target } of edges) {
    if (target.kind === "file") connect(graph, from, target.file);
  }
  return findCycles(graph).map((path) => {
    const first = edges.find((edge) =>
      edge.from === path[0] && edge.target.kind === "file" && edge.target.file === path[1]
    );
    return { file: path[0] ?? "", line: first?.line, message: `import cycle: ${path.join(" -> ")}` };
  });
}

/** Two parts of one group may not import each other both ways, even where no two files do. */
function partCycles(edges: readonly Edge[]): readonly Problem[] {
  return LAYERS.core.flatMap((group) => {
    const graph = new Map<string, Set<string>>();
    for (const { from, target } of edges) {
      if (target.kind !== "file" || isTest(from)) continue;
      const [own, other] = [partOf(from), partOf(target.file)];
      if (own === other || own === undefined || other === undefined) continue;
      if (group.includes(own) && group.includes(other)) connect(graph, own, other);
    }
    return findCycles(graph).map((path) => ({
      file: `core/${path[0]}`,
      message: `parts of one layer import each other both ways: ${path.join(" -> ")} (${
        witness(edges, path)
      })`,
    }));
  });
}

/** One import for each step of a loop of parts. */
function witness(edges: readonly Edge[], path: readonly string[]): string {
  return path.slice(1).map((to, index) => {
    const found = edges.find((edge) =>
      edge.target.kind === "file" && !isTest(edge.from) && partOf(edge.from) === path[index] &&
      partOf(edge.target.file) === to
    );
    return `${found?.from}:${found?.line}`;
  }).join(", ");
}

function connect(graph: Map<string, Set<string>>, from: string, to: string): void {
  const known = graph.get(from);
  if (known === undefined) graph.set(from, new Set([to]));
  else known.add(to);
}

function areaOf(path: string): string {
  return path.split("/")[0] ?? path;
}

/** `core/run/x.ts` -> `run`, `core/errors.ts` -> `errors`, anything outside core -> `undefined`. */
function partOf(path: string): string | undefined {
  const [area, part] = path.split("/");
  return area === "core" ? part?.replace(/\.ts$/, "") : undefined;
}

/** `providers/replay/chat.ts` -> `replay`; files right in the package folder have none. */
function folderIn(path: string): string | undefined {
  const [, folder, ...rest] = path.split("/");
  return rest.length > 0 ? folder : undefined;
}

function rankOf(part: string | undefined): number {
  return LAYERS.core.findIndex((group) => part !== undefined && group.includes(part));
}

function packageOf(path: string, packages: readonly Package[]): Package | undefined {
  const inside = packages.filter((one) => one.folder !== "" && path.startsWith(`${one.folder}/`));
  return inside[0] ?? packages.find((one) => one.folder === "");
}

function describeOrder(): string {
  return LAYERS.core.map((group) => group.join(", ")).join(" -> ");
}

if (import.meta.main) finish("check:layers", await checkLayers(ROOT));
