/**
 * Who names whom: every way in which one module of the repository can refer to another.
 *
 * @module
 */
import { posix } from "node:path";
import ts from "typescript";
import { exportSpecifier, type Package } from "./_packages.ts";
import { lineOf, visit } from "./_source.ts";

/** How a module names another. `type` covers `import type`, `export type` and `import("x").T`. */
export type ImportForm = "value" | "type" | "dynamic" | "url";

/** One reference from a module to another. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
  readonly form: ImportForm;
}

/** What a specifier means: a file of the tree, a scheme written inline, or a name from the import map. */
export type Target =
  | { readonly kind: "file"; readonly file: string; readonly byPath: boolean }
  | { readonly kind: "inline" }
  | { readonly kind: "external" };

/** Lists the references of one module: static, type-only, dynamic, import types, workers by URL, pragmas. */
export function readImports(source: ts.SourceFile): readonly Import[] {
  const found: Import[] = [];
  visit(source, (node) => {
    const one = readNode(node);
    if (one !== undefined) found.push({ ...one, line: lineOf(source, node) });
  });
  return [...found, ...readPragmas(source)];
}

/**
 * Finds out what a specifier in the given file means; relative paths need not exist. The stand-ins below
 * `compat/` are not published: their names mean the real packages, so they are external.
 */
export function resolveImport(from: string, specifier: string, packages: readonly Package[]): Target {
  if (specifier.startsWith("./") || specifier.startsWith("../")) {
    return { kind: "file", file: posix.join(posix.dirname(from), specifier), byPath: true };
  }
  for (const one of packages) {
    if (!one.published) continue;
    for (const [path, file] of one.exports) {
      if (specifier === exportSpecifier(one.name, path)) return { kind: "file", file, byPath: false };
    }
  }
  if (/^(npm|jsr|https?|file|data):/.test(specifier)) return { kind: "inline" };
  return { kind: "external" };
}

function readNode(node: ts.Node): Omit<Import, "line"> | undefined {
  if (ts.isImportDeclaration(node)) {
    return literal(node.moduleSpecifier, isTypeImport(node) ? "type" : "value");
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    return literal(node.moduleSpecifier, isTypeExport(node) ? "type" : "value");
  }
  if (ts.isExternalModuleReference(node)) return literal(node.expression, "value");
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return literal(node.argument.literal, "type");
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return literal(node.arguments[0], "dynamic");
  }
  if (ts.isNewExpression(node)) return moduleUrl(node);
  return undefined;
}

function literal(node: ts.Node | undefined, form: ImportForm): Omit<Import, "line"> | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? { specifier: node.text, form } : undefined;
}

/** `new URL("./worker.ts", import.meta.url)` loads a module as surely as an import does. */
function moduleUrl(node: ts.NewExpression): Omit<Import, "line"> | undefined {
  const [path, base] = node.arguments ?? [];
  const isUrl = ts.isIdentifier(node.expression) && node.expression.text === "URL";
  if (!isUrl || base?.getText() !== "import.meta.url") return undefined;
  const one = literal(path, "url");
  return one !== undefined && /^\.\.?\/.*\.ts$/.test(one.specifier) ? one : undefined;
}

function isTypeImport(node: ts.ImportDeclaration): boolean {
  const clause = node.importClause;
  if (clause === undefined) return false;
  if (clause.isTypeOnly) return true;
  if (clause.name !== undefined || clause.namedBindings === undefined) return false;
  return ts.isNamedImports(clause.namedBindings) && clause.namedBindings.elements.length > 0 &&
    clause.namedBindings.elements.every((one) => one.isTypeOnly);
}

function isTypeExport(node: ts.ExportDeclaration): boolean {
  if (node.isTypeOnly) return true;
  return node.exportClause !== undefined && ts.isNamedExports(node.exportClause) &&
    node.exportClause.elements.length > 0 && node.exportClause.elements.every((one) => one.isTypeOnly);
}

/** `/// <reference path>` and the `@ts-types` comment name modules too. */
function readPragmas(source: ts.SourceFile): readonly Import[] {
  const lineAt = (position: number) => source.getLineAndCharacterOfPosition(position).line + 1;
  const references = [...source.referencedFiles, ...source.typeReferenceDirectives].map((one): Import => ({
    specifier: one.fileName,
    line: lineAt(one.pos),
    form: "type",
  }));
  const comments = source.statements.flatMap((statement) =>
    (ts.getLeadingCommentRanges(source.text, statement.pos) ?? []).flatMap(({ pos, end }) => {
      const match = /^\/\/\s*@(?:ts|deno)-types\s*=\s*["']([^"']+)["']/.exec(source.text.slice(pos, end));
      return match?.[1] === undefined
        ? []
        : [{ specifier: match[1], line: lineAt(pos), form: "type" as const }];
    })
  );
  return [...references, ...comments];
}
