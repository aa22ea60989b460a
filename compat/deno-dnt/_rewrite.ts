import ts from "typescript";
import type { GraphModule } from "./_graph.ts";
import { compiledPath, type Layout, relativeSpecifier } from "./_layout.ts";

/** A module's text as npm needs it, and what it turned out to need. */
export interface Rewritten {
  readonly text: string;
  /** Range of each npm package that is imported. */
  readonly packages: ReadonlyMap<string, string>;
}

/** A string in the source that names another file. */
export interface Reference {
  readonly node: ts.StringLiteralLike;
  /** `import` for every form of import and export, `url` for `new URL(x, import.meta.url)` and `import.meta.resolve(x)`. */
  readonly kind: "import" | "url";
}

const TYPESCRIPT = /\.m?tsx?$/;

/** Every literal in a module that names another file. */
export function referencesIn(text: string, fileName: string): readonly Reference[] {
  const references: Reference[] = [];
  const visit = (node: ts.Node): void => {
    const reference = referenceOf(node);
    if (reference) references.push(reference);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest, true));
  return references;
}

/** What the relative literals of kind `url` in a module point at. */
export function fileUrlsIn(module: GraphModule, text: string): readonly URL[] {
  return referencesIn(text, module.specifier)
    .filter(({ node, kind }) => kind === "url" && /^\.\.?\/.*[^/]$/.test(node.text))
    .map(({ node }) => new URL(node.text, module.specifier));
}

/** The text with every specifier replaced by the one that works in the package. */
export function rewrite(module: GraphModule, text: string, layout: Layout): Rewritten {
  const packages = new Map<string, string>();
  const here = layout.place(module.specifier);
  let rewritten = text;
  for (const { node, kind } of referencesIn(text, module.specifier).toReversed()) {
    const target = kind === "import"
      ? importTarget(module, node.text)
      : TYPESCRIPT.test(node.text)
      ? new URL(node.text, module.specifier).href
      : undefined;
    if (target === undefined || target.startsWith("node:")) continue;
    const replacement = target.startsWith("npm:")
      ? npmSpecifier(target, packages)
      : relativeSpecifier(here, compiledPath(layout.place(target)));
    rewritten = rewritten.slice(0, node.getStart()) + JSON.stringify(replacement) +
      rewritten.slice(node.getEnd());
  }
  return { text: rewritten, packages };
}

function referenceOf(node: ts.Node): Reference | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    return literal(node.moduleSpecifier, "import");
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return literal(node.argument.literal, "import");
  }
  if (ts.isNewExpression(node) && node.expression.getText() === "URL") {
    return node.arguments?.[1]?.getText() === "import.meta.url"
      ? literal(node.arguments[0], "url")
      : undefined;
  }
  if (!ts.isCallExpression(node)) return undefined;
  if (node.expression.kind === ts.SyntaxKind.ImportKeyword) return literal(node.arguments[0], "import");
  return node.expression.getText() === "import.meta.resolve" ? literal(node.arguments[0], "url") : undefined;
}

function literal(node: ts.Node | undefined, kind: Reference["kind"]): Reference | undefined {
  return node && ts.isStringLiteralLike(node) ? { node, kind } : undefined;
}

function importTarget(module: GraphModule, specifier: string): string | undefined {
  const target = module.dependencies.get(specifier);
  // Deno does not follow a dynamic import of a bare name that is mapped to nothing; Node may know it.
  return target ?? (specifier.startsWith("npm:") ? specifier : undefined);
}

function npmSpecifier(specifier: string, packages: Map<string, string>): string {
  const [, name, range = "*", path = ""] =
    /^npm:\/?((?:@[^/]+\/)?[^@/]+)(?:@([^/]+))?(\/.*)?$/.exec(specifier) ?? [];
  if (name === undefined) throw new Error(`Cannot rewrite the import of an npm package: ${specifier}`);
  packages.set(name, range);
  return name + path;
}
