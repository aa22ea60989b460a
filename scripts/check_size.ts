/**
 * Ceilings: length of functions and files, parameters of public functions, and what files may be called.
 *
 * @module
 */
import ts from "typescript";
import { finish, type Problem } from "./_problem.ts";
import { declaredNames, readPublicNames } from "./_public_names.ts";
import { lineOf, parseSource, visit } from "./_source.ts";
import { isProduct, isSource, isTest, listFiles, readText, ROOT } from "./_tree.ts";

/** The ceilings. Targets are lower: 40 lines a function, 300 a file. */
const CEILINGS = { functionLines: 70, fileLines: 500, testFileLines: 800, parameters: 2 } as const;

/** Names that say nothing about what is inside. */
const VAGUE_NAMES: ReadonlySet<string> = new Set(["util", "utils", "helper", "helpers", "common", "types"]);

/** A place that may break one ceiling, and why. */
export interface Exception {
  readonly file: string;
  readonly rule: "function" | "file" | "parameters";
  /** Function name; left out for the rule `file`. */
  readonly name?: string;
  readonly reason: string;
}

/** Who may break a ceiling today. An entry that nothing needs any more is a problem too. */
const EXCEPTIONS: readonly Exception[] = [
  {
    file: "core/mod.ts",
    rule: "file",
    reason: "the front door of the package: one line a name, and no logic",
  },
];

/** One breach, with what an exception would have to name. */
interface Breach extends Problem {
  readonly rule: Exception["rule"];
  readonly name?: string;
}

/** Finds files, functions and parameter lists above their ceilings, and vague or odd file names. */
export async function checkSize(
  root: string,
  options: { readonly exceptions?: readonly Exception[] } = {},
): Promise<readonly Problem[]> {
  const { exceptions = EXCEPTIONS } = options;
  const names = await readPublicNames(root);
  const breaches: Breach[] = [];
  const problems: Problem[] = [];
  for (const file of await listFiles(root, isSource)) {
    const source = parseSource(file, await readText(root, file) ?? "");
    breaches.push(...fileBreaches(file, source));
    if (!isTest(file)) breaches.push(...functionBreaches(file, source));
    if (isProduct(file)) breaches.push(...parameterBreaches(file, source, names.get(file) ?? new Set()));
    problems.push(...nameProblems(file));
  }
  const excused = (one: Breach) => exceptions.some((entry) => matches(entry, one));
  const stale = exceptions.filter((entry) => !breaches.some((one) => matches(entry, one)));
  return [
    ...problems,
    ...breaches.filter((one) => !excused(one)).map(({ file, line, message }) => ({ file, line, message })),
    ...stale.map(({ file, rule, name }) => ({
      file,
      message: `the exception for ${rule}${
        name === undefined ? "" : ` ${name}`
      } is needed no more: remove it`,
    })),
  ];
}

function matches(entry: Exception, breach: Breach): boolean {
  return entry.file === breach.file && entry.rule === breach.rule && entry.name === breach.name;
}

function fileBreaches(file: string, source: ts.SourceFile): readonly Breach[] {
  const lines = source.text.replace(/\n$/, "").split("\n").length;
  const ceiling = isTest(file) ? CEILINGS.testFileLines : CEILINGS.fileLines;
  if (lines <= ceiling) return [];
  return [{ file, rule: "file", message: `file has ${lines} lines, ceiling ${ceiling}` }];
}

function functionBreaches(file: string, source: ts.SourceFile): readonly Breach[] {
  const found: Breach[] = [];
  visit(source, (node) => {
    if (!hasBlockBody(node)) return;
    const line = lineOf(source, node);
    const lines = source.getLineAndCharacterOfPosition(node.end).line + 2 - line;
    if (lines <= CEILINGS.functionLines) return;
    const name = nameOf(node);
    const message = `function ${name} has ${lines} lines, ceiling ${CEILINGS.functionLines}`;
    found.push({ file, line, rule: "function", name, message });
  });
  return found;
}

function hasBlockBody(node: ts.Node): boolean {
  if (ts.isClassStaticBlockDeclaration(node)) return true;
  if (!ts.isFunctionLike(node) || !("body" in node) || node.body === undefined) return false;
  return ts.isBlock(node.body as ts.Node);
}

/** Public functions, and the constructors and public methods of public classes. */
function parameterBreaches(
  file: string,
  source: ts.SourceFile,
  names: ReadonlySet<string>,
): readonly Breach[] {
  return source.statements
    .filter((one) => declaredNames(one).some((name) => names.has(name)))
    .flatMap(publicFunctions)
    .filter((one) => !fitsParameters(one.node.parameters))
    .map(({ name, node }) => ({
      file,
      line: lineOf(source, node),
      rule: "parameters",
      name,
      message: `public ${name} takes ${listParameters(node.parameters)}: ` +
        `at most ${CEILINGS.parameters} parameters and an options object`,
    }));
}

interface NamedFunction {
  readonly name: string;
  readonly node: ts.SignatureDeclarationBase;
}

function publicFunctions(statement: ts.Statement): readonly NamedFunction[] {
  if (ts.isFunctionDeclaration(statement)) return [{ name: nameOf(statement), node: statement }];
  if (ts.isClassDeclaration(statement)) {
    const owner = nameOf(statement);
    return statement.members.filter(isPublicMethod).map((node) => ({
      name: `${owner}.${nameOf(node)}`,
      node: node as ts.MethodDeclaration,
    }));
  }
  if (!ts.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations.flatMap((one) => {
    const value = one.initializer;
    if (value === undefined || !(ts.isArrowFunction(value) || ts.isFunctionExpression(value))) return [];
    return [{ name: one.name.getText(), node: value }];
  });
}

function isPublicMethod(node: ts.ClassElement): boolean {
  if (!ts.isMethodDeclaration(node) && !ts.isConstructorDeclaration(node)) return false;
  if (node.name !== undefined && ts.isPrivateIdentifier(node.name)) return false;
  const hidden = [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword];
  return !(node.modifiers ?? []).some((one) => hidden.includes(one.kind));
}

function fitsParameters(all: readonly ts.ParameterDeclaration[]): boolean {
  const parameters = withoutThis(all);
  if (parameters.length <= CEILINGS.parameters) return true;
  const last = parameters[CEILINGS.parameters];
  return parameters.length === CEILINGS.parameters + 1 && last !== undefined && isOptions(last);
}

/** An options object: named so, typed so, or written out as an object type. */
function isOptions(parameter: ts.ParameterDeclaration): boolean {
  if (parameter.dotDotDotToken !== undefined) return false;
  if (ts.isObjectBindingPattern(parameter.name)) return true;
  if (/^(options|init|opts)$/.test(parameter.name.getText())) return true;
  const type = parameter.type;
  if (type === undefined) return false;
  return ts.isTypeLiteralNode(type) || /(Options|Init|Settings)(<.*>)?$/s.test(type.getText());
}

function listParameters(all: readonly ts.ParameterDeclaration[]): string {
  return `(${withoutThis(all).map((one) => one.name.getText()).join(", ")})`;
}

function withoutThis(all: readonly ts.ParameterDeclaration[]): readonly ts.ParameterDeclaration[] {
  return all.filter((one) => one.name.getText() !== "this");
}

function nameProblems(file: string): readonly Problem[] {
  const base = file.split("/").at(-1) ?? file;
  const stem = base.replace(/(\.d)?\.ts$/, "").replace(/^_/, "");
  if (VAGUE_NAMES.has(stem.replace(/_(test|bench)$/, ""))) {
    return [{ file, message: `"${base}" says nothing about what is inside: name it after its main export` }];
  }
  if (/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(stem)) return [];
  return [{ file, message: `"${base}" is not snake_case` }];
}

/** The function's own name, or that of the variable, property or class member that holds it. */
function nameOf(node: ts.Node): string {
  if (ts.isConstructorDeclaration(node)) return "constructor";
  const own = (node as { name?: ts.Node }).name ?? (node.parent as { name?: ts.Node } | undefined)?.name;
  return own === undefined ? "(anonymous)" : own.getText();
}

if (import.meta.main) finish("check:size", await checkSize(ROOT));
