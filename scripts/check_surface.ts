/**
 * What users can import, name by name, against the committed list in `scripts/surface/`.
 *
 * Names, kinds and places come from `deno doc --json`; a signature is the declaration that a compiler would
 * publish for it, without comments. `--update` rewrites the list.
 *
 * @module
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runDeno } from "./_deno.ts";
import { Declarations } from "./_declarations.ts";
import { exportSpecifier, type Package, readPublished } from "./_packages.ts";
import { finish, type Problem } from "./_problem.ts";
import { parseSurface, printSurface, type Surface, type SurfaceEntry } from "./_surface.ts";
import { listFiles, readText, ROOT } from "./_tree.ts";

/** Where the committed lists are. */
const FOLDER = "scripts/surface";

/** Compares what every published package shows with its committed list. */
export async function checkSurface(root: string): Promise<readonly Problem[]> {
  const { surfaces, problems } = await readSurfaces(root);
  const committed = await listFiles(root, (path) => path.startsWith(`${FOLDER}/`));
  const stale = committed.filter((file) => !surfaces.has(file))
    .map((file) => ({ file, message: "belongs to no published package" }));
  const compared: Problem[] = [];
  for (const [file, surface] of surfaces) {
    const before = parseSurface(await readText(root, file) ?? "");
    compared.push(...compare(before, surface).map((message) => ({ file, message })));
  }
  return [...problems, ...stale, ...compared];
}

/** Rewrites the committed lists; returns only what keeps a surface from being read. */
export async function updateSurface(root: string): Promise<readonly Problem[]> {
  const { surfaces, problems } = await readSurfaces(root);
  if (problems.length > 0) return problems;
  await rm(join(root, FOLDER), { recursive: true, force: true });
  await mkdir(join(root, FOLDER), { recursive: true });
  for (const [file, surface] of surfaces) await writeFile(join(root, file), printSurface(surface));
  return [];
}

/** The parts of `deno doc --json` (version 2) that are used here. */
interface DocOutput {
  readonly nodes: Readonly<Record<string, { readonly symbols?: readonly DocSymbol[] }>>;
}

interface DocSymbol {
  readonly name: string;
  readonly declarations: readonly DocDeclaration[];
}

interface DocDeclaration {
  readonly kind: string;
  readonly location: DocLocation;
  /** A second name for something that the same output already lists is a `reference` to its place. */
  readonly def?: { readonly target?: DocLocation };
}

interface DocLocation {
  readonly filename: string;
  readonly byteIndex: number;
}

interface Reading {
  readonly surfaces: ReadonlyMap<string, Surface>;
  readonly problems: readonly Problem[];
}

async function readSurfaces(root: string): Promise<Reading> {
  const packages = await readPublished(root);
  const declarations = new Declarations(root);
  const surfaces = new Map<string, Surface>();
  const problems: Problem[] = [];
  for (const one of packages) {
    const surface: Map<string, SurfaceEntry> = new Map();
    for (const [path, file] of one.exports) {
      const { code, stdout, stderr } = await runDeno(["doc", "--json", file], root);
      if (code !== 0) {
        problems.push({ file, message: `deno doc failed: ${stderr.trim().split("\n")[0]}` });
        continue;
      }
      const symbols = Object.values((JSON.parse(stdout) as DocOutput).nodes).flatMap((node) =>
        node.symbols ?? []
      );
      for (const symbol of withoutReferences(symbols)) {
        const entry = await describe(symbol, { own: one, packages, declarations, root });
        surface.set(`${exportSpecifier(one.name, path)} ${symbol.name}`, entry);
      }
    }
    surfaces.set(`${FOLDER}/${one.name.split("/").at(-1)}.txt`, surface);
  }
  return { surfaces, problems: [...problems, ...declarations.problems] };
}

/** Puts what a reference points at in its place. */
function withoutReferences(symbols: readonly DocSymbol[]): readonly DocSymbol[] {
  const all = symbols.flatMap((one) => one.declarations).filter((one) => one.kind !== "reference");
  const at = (place: DocLocation) =>
    all.filter(({ location }) =>
      location.filename === place.filename && location.byteIndex === place.byteIndex
    );
  return symbols.map(({ name, declarations }) => ({
    name,
    declarations: declarations.flatMap((one) =>
      one.kind === "reference" && one.def?.target !== undefined ? at(one.def.target) : [one]
    ),
  }));
}

interface Context {
  readonly own: Package;
  readonly packages: readonly Package[];
  readonly declarations: Declarations;
  readonly root: string;
}

/** A name of another package is only pointed at: its signature stands in that package's list. */
async function describe(symbol: DocSymbol, context: Context): Promise<SurfaceEntry> {
  const kinds = [...new Set(symbol.declarations.map((one) => one.kind))].sort().join("+");
  const location = symbol.declarations[0]?.location;
  const file = location === undefined ? undefined : relativeFile(context.root, location.filename);
  if (location === undefined || file === undefined) {
    return { kinds, signature: "from outside the repository" };
  }
  const owner = context.packages.find((one) => one.folder !== "" && file.startsWith(`${one.folder}/`));
  if (owner !== undefined && owner !== context.own) return { kinds, signature: `from ${owner.name}` };
  return { kinds, signature: await context.declarations.signature(file, location.byteIndex) };
}

function relativeFile(root: string, url: string): string | undefined {
  if (!url.startsWith("file:")) return undefined;
  const path = fileURLToPath(url).replaceAll("\\", "/");
  const folder = root.replaceAll("\\", "/").replace(/\/?$/, "/");
  return path.startsWith(folder) ? path.slice(folder.length) : undefined;
}

function compare(before: Surface, after: Surface): readonly string[] {
  const advice = "run deno task surface:update if it is meant";
  const messages: string[] = [];
  for (const [key, entry] of after) {
    const old = before.get(key);
    if (old === undefined) messages.push(`added ${entry.kinds} ${key}: ${advice}`);
    else if (old.kinds !== entry.kinds || old.signature !== entry.signature) {
      messages.push(`changed ${entry.kinds} ${key}: ${firstDifference(old, entry)}: ${advice}`);
    }
  }
  for (const [key, entry] of before) {
    if (!after.has(key)) messages.push(`removed ${entry.kinds} ${key}: ${advice}`);
  }
  return messages;
}

function firstDifference(old: SurfaceEntry, entry: SurfaceEntry): string {
  if (old.kinds !== entry.kinds) return `was ${old.kinds}`;
  const [left, right] = [old.signature.split("\n"), entry.signature.split("\n")];
  const index = left.findIndex((line, at) => line !== right[at]);
  const at = index < 0 ? left.length : index;
  return `was "${left[at]?.trim() ?? ""}", is "${right[at]?.trim() ?? ""}"`;
}

if (import.meta.main) {
  const isUpdate = Deno.args.includes("--update");
  finish(
    isUpdate ? "surface:update" : "check:surface",
    await (isUpdate ? updateSurface(ROOT) : checkSurface(ROOT)),
  );
}
