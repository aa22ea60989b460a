/**
 * Which declarations users can reach, by following the named re-exports from each export path.
 *
 * @module
 */
import ts from "typescript";
import { resolveImport } from "./_imports.ts";
import { type Package, readPackages } from "./_packages.ts";
import { isExported, parseSource } from "./_source.ts";
import { readText } from "./_tree.ts";

/** File to the names it declares that some export path of a published package shows. */
export type PublicNames = ReadonlyMap<string, ReadonlySet<string>>;

/** Follows every export path of every published package to the declaring files. */
export async function readPublicNames(root: string): Promise<PublicNames> {
  const packages = await readPackages(root);
  const walk: Walk = { root, packages, names: new Map(), exports: new Map() };
  for (const one of packages.filter((each) => each.published)) {
    for (const file of one.exports.values()) {
      const table = await exportsOf(walk, file);
      for (const name of table.keys()) await follow(walk, file, name);
    }
  }
  return walk.names;
}

/** Where an exported name comes from: another module's export, or this very file. */
type Origin = { readonly specifier: string; readonly name: string } | { readonly local: string };

interface Walk {
  readonly root: string;
  readonly packages: readonly Package[];
  readonly names: Map<string, Set<string>>;
  readonly exports: Map<string, ReadonlyMap<string, Origin>>;
}

async function follow(walk: Walk, file: string, name: string): Promise<void> {
  const origin = (await exportsOf(walk, file)).get(name);
  if (origin === undefined) return;
  if ("local" in origin) {
    const known = walk.names.get(file);
    if (known === undefined) walk.names.set(file, new Set([origin.local]));
    else known.add(origin.local);
    return;
  }
  const target = resolveImport(file, origin.specifier, walk.packages);
  if (target.kind === "file" && target.file !== file) await follow(walk, target.file, origin.name);
}

async function exportsOf(walk: Walk, file: string): Promise<ReadonlyMap<string, Origin>> {
  const known = walk.exports.get(file);
  if (known !== undefined) return known;
  const table = new Map<string, Origin>();
  const source = parseSource(file, await readText(walk.root, file) ?? "");
  for (const statement of source.statements) addExports(statement, table);
  walk.exports.set(file, table);
  return table;
}

function addExports(statement: ts.Statement, table: Map<string, Origin>): void {
  if (ts.isExportDeclaration(statement)) {
    const { exportClause, moduleSpecifier } = statement;
    if (exportClause === undefined || !ts.isNamedExports(exportClause)) return;
    for (const one of exportClause.elements) {
      const name = (one.propertyName ?? one.name).text;
      const isElsewhere = moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier);
      table.set(one.name.text, isElsewhere ? { specifier: moduleSpecifier.text, name } : { local: name });
    }
    return;
  }
  if (!isExported(statement)) return;
  for (const name of declaredNames(statement)) table.set(name, { local: name });
}

/** The names that a declaration statement introduces. */
export function declaredNames(statement: ts.Statement): readonly string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap((one) =>
      ts.isIdentifier(one.name) ? [one.name.text] : []
    );
  }
  const name = (statement as ts.Statement & { name?: ts.Node }).name;
  return name !== undefined && ts.isIdentifier(name) ? [name.text] : [];
}
