/**
 * Clocks, chance, timers, the platform and the console stay in `core/runtime/`; code from text stays nowhere.
 *
 * Names are resolved, so a local variable, a parameter, a property or an import of the same name is fine;
 * built-in modules that offer the same things by import are covered too.
 *
 * @module
 */
import ts from "typescript";
import { finish, type Problem } from "./_problem.ts";
import { lineOf, parseSource, visit } from "./_source.ts";
import { isProduct, isSource, isTest, listFiles, readText, ROOT } from "./_tree.ts";

/** The one folder that may touch the platform. */
const RUNTIME = "core/runtime/";

/** Globals whose every use is forbidden, and what to do instead. */
const FORBIDDEN: Readonly<Record<string, string>> = {
  Deno: "go through core/runtime",
  setTimeout: "take the clock from the context",
  setInterval: "take the clock from the context",
  setImmediate: "take the clock from the context",
  eval: "never run text as code",
  Function: "never run text as code",
  console: "emit an event, or write through the command line's output",
};

/** Globals of which only some members are forbidden. */
const FORBIDDEN_MEMBERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Date: { now: "take the clock from the context" },
  Math: { random: "take random numbers from the context" },
  performance: { now: "take the clock from the context", timeOrigin: "take the clock from the context" },
  crypto: {
    randomUUID: "take random numbers from the context",
    getRandomValues: "take random numbers from the context",
  },
  process: { env: "read the environment through core/runtime", hrtime: "take the clock from the context" },
};

/** What built-in modules offer of the same; `*` stands for the whole module. */
const FORBIDDEN_IMPORTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "node:process": {
    env: "read the environment through core/runtime",
    hrtime: "take the clock from the context",
  },
  "node:crypto": {
    randomUUID: "take random numbers from the context",
    randomBytes: "take random numbers from the context",
    randomInt: "take random numbers from the context",
  },
  "node:timers": { "*": "take the clock from the context" },
  "node:timers/promises": { "*": "take the clock from the context" },
  "node:perf_hooks": { "*": "take the clock from the context" },
  "node:vm": { "*": "never run text as code" },
};

/** Objects that hold the globals as members. */
const GLOBAL_OBJECTS: ReadonlySet<string> = new Set(["globalThis", "self", "window", "global"]);

/** Finds every forbidden global, and its like from built-in modules, in the product's sources. */
export async function checkGlobals(root: string): Promise<readonly Problem[]> {
  const isChecked = (path: string) =>
    isSource(path) && isProduct(path) && !isTest(path) && !path.startsWith(RUNTIME);
  const files = await listFiles(root, isChecked);
  const sources = new Map<string, ts.SourceFile>();
  for (const file of files) sources.set(file, parseSource(file, await readText(root, file) ?? ""));
  const checker = createChecker(sources);
  return [...sources].flatMap(([file, source]) => {
    const problems: Problem[] = [];
    visit(source, (node) => {
      const message = importProblem(node) ?? identifierProblem(node, checker) ?? currentDate(node, checker);
      if (message !== undefined) problems.push({ file, line: lineOf(source, node), message });
    });
    return problems;
  });
}

/** A checker that knows the scopes of each file and no library, so an unknown name is a global. */
function createChecker(sources: ReadonlyMap<string, ts.SourceFile>): ts.TypeChecker {
  const host: ts.CompilerHost = {
    getSourceFile: (name) => sources.get(name),
    getDefaultLibFileName: () => "lib.d.ts",
    writeFile: () => {},
    getCurrentDirectory: () => "",
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
    fileExists: (name) => sources.has(name),
    readFile: (name) => sources.get(name)?.text,
  };
  const options: ts.CompilerOptions = { noLib: true, noResolve: true, target: ts.ScriptTarget.ESNext };
  return ts.createProgram({ rootNames: [...sources.keys()], options, host }).getTypeChecker();
}

function identifierProblem(node: ts.Node, checker: ts.TypeChecker): string | undefined {
  if (!ts.isIdentifier(node)) return undefined;
  const name = globalName(node, checker);
  if (name === undefined) return undefined;
  const advice = own(FORBIDDEN, name);
  if (advice !== undefined) {
    const isAllowed = name === "Function" && !isCalled(node) || name !== "Deno" && isInType(node);
    return isAllowed ? undefined : `uses ${name}: ${advice}`;
  }
  const members = own(FORBIDDEN_MEMBERS, name);
  return members === undefined ? undefined : memberProblem(node, name, members);
}

/** The global that an identifier stands for: by itself, or as a member of `globalThis` and its like. */
function globalName(node: ts.Identifier, checker: ts.TypeChecker): string | undefined {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) {
    const holder = parent.expression;
    return ts.isIdentifier(holder) && isGlobal(holder, checker) && GLOBAL_OBJECTS.has(holder.text)
      ? node.text
      : undefined;
  }
  return isReference(node) && isGlobal(node, checker) ? node.text : undefined;
}

function isGlobal(node: ts.Identifier, checker: ts.TypeChecker): boolean {
  const symbol = ts.isShorthandPropertyAssignment(node.parent)
    ? checker.getShorthandAssignmentValueSymbol(node.parent)
    : checker.getSymbolAtLocation(node);
  const declarations = symbol?.declarations ?? [];
  return declarations.every(isAmbient);
}

/** `declare global { ... }` and `declare const x` describe a global, they do not make a local one. */
function isAmbient(node: ts.Node): boolean {
  for (let one: ts.Node | undefined = node; one !== undefined; one = one.parent) {
    if (
      ts.canHaveModifiers(one) && one.modifiers?.some((each) => each.kind === ts.SyntaxKind.DeclareKeyword)
    ) {
      return true;
    }
  }
  return false;
}

/** Names of declarations, properties and labels are no uses of a variable. */
function isReference(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isShorthandPropertyAssignment(parent)) return parent.name === node;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  if (ts.isTypeReferenceNode(parent) || ts.isTypeQueryNode(parent)) return true;
  if (ts.isExportSpecifier(parent) || ts.isImportSpecifier(parent)) return false;
  if (ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent)) return false;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isMetaProperty(parent) || ts.isJsxAttribute(parent)) return false;
  return (parent as { name?: ts.Node }).name !== node;
}

/** `Math.random`, `Math["random"]`, `const { random } = Math` and `const m = Math`. */
function memberProblem(
  node: ts.Identifier,
  name: string,
  members: Readonly<Record<string, string>>,
): string | undefined {
  const use = ts.isPropertyAccessExpression(node.parent) && node.parent.name === node ? node.parent : node;
  const parent = use.parent;
  if (isInType(node)) return undefined;
  const found = (member: string): string | undefined => {
    const advice = own(members, member);
    return advice === undefined ? undefined : `uses ${name}.${member}: ${advice}`;
  };
  if (ts.isPropertyAccessExpression(parent) && parent.expression === use) return found(parent.name.text);
  if (ts.isElementAccessExpression(parent) && parent.expression === use) {
    const key = parent.argumentExpression;
    return ts.isStringLiteralLike(key) ? found(key.text) : `uses ${name} by a computed name: name the member`;
  }
  if (!ts.isVariableDeclaration(parent) || parent.initializer !== use) return undefined;
  if (!ts.isObjectBindingPattern(parent.name)) {
    return `keeps ${name} under another name: name the member where it is used`;
  }
  return parent.name.elements.map((one) => found((one.propertyName ?? one.name).getText()))
    .find((message) => message !== undefined);
}

/** `new Date()` and `Date()` read the clock; `new Date(value)` does not. */
function currentDate(node: ts.Node, checker: ts.TypeChecker): string | undefined {
  const isCall = ts.isCallExpression(node);
  if (!isCall && !(ts.isNewExpression(node) && (node.arguments ?? []).length === 0)) return undefined;
  const callee = node.expression;
  const name = ts.isPropertyAccessExpression(callee) ? callee.name : callee;
  if (!ts.isIdentifier(name) || globalName(name, checker) !== "Date") return undefined;
  return `uses ${isCall ? "Date()" : "new Date()"}: take the clock from the context`;
}

/** `import { randomUUID } from "node:crypto"`, `process.env` of an imported process, and whole modules. */
function importProblem(node: ts.Node): string | undefined {
  if (!ts.isImportDeclaration(node) && !ts.isExportDeclaration(node)) return undefined;
  if (node.moduleSpecifier === undefined || !ts.isStringLiteral(node.moduleSpecifier)) return undefined;
  const module = node.moduleSpecifier.text;
  const members = own(FORBIDDEN_IMPORTS, module.startsWith("node:") ? module : `node:${module}`);
  if (members === undefined) return undefined;
  const whole = members["*"];
  if (whole !== undefined) return `imports ${module}: ${whole}`;
  const imported = importedMembers(node);
  const bad = imported.find((name) => own(members, name) !== undefined);
  return bad === undefined ? undefined : `imports ${bad} of ${module}: ${members[bad]}`;
}

/** Names taken from a module, and the members used of its default or namespace import. */
function importedMembers(node: ts.ImportDeclaration | ts.ExportDeclaration): readonly string[] {
  if (ts.isExportDeclaration(node)) {
    const clause = node.exportClause;
    if (clause === undefined || !ts.isNamedExports(clause)) return [];
    return clause.elements.map((one) => (one.propertyName ?? one.name).text);
  }
  const { name, namedBindings } = node.importClause ?? {};
  const whole = new Set<string>(name === undefined ? [] : [name.text]);
  const taken: string[] = [];
  if (namedBindings !== undefined && ts.isNamespaceImport(namedBindings)) whole.add(namedBindings.name.text);
  for (
    const one of namedBindings !== undefined && ts.isNamedImports(namedBindings) ? namedBindings.elements : []
  ) {
    const original = (one.propertyName ?? one.name).text;
    if (original === "default") whole.add(one.name.text);
    else taken.push(original);
  }
  visit(node.getSourceFile(), (other) => {
    if (!ts.isPropertyAccessExpression(other)) return;
    if (ts.isIdentifier(other.expression) && whole.has(other.expression.text)) taken.push(other.name.text);
  });
  return taken;
}

function isCalled(node: ts.Identifier): boolean {
  const { parent } = node;
  return (ts.isCallExpression(parent) || ts.isNewExpression(parent)) && parent.expression === node;
}

/** True inside a type, where nothing happens at run time. */
function isInType(node: ts.Node): boolean {
  for (let one: ts.Node = node; !ts.isSourceFile(one); one = one.parent) {
    if (ts.isTypeNode(one) && !ts.isExpressionWithTypeArguments(one)) return true;
    if (ts.isStatement(one)) return false;
  }
  return false;
}

/** A table's own entry, so that a name like `constructor` finds nothing. */
function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

if (import.meta.main) finish("check:globals", await checkGlobals(ROOT));
