/**
 * Entry files list names: `mod.ts` holds named re-exports and nothing else, so that a growing surface shows.
 *
 * @module
 */
import ts from "typescript";
import { readPublished } from "./_packages.ts";
import { finish, type Problem } from "./_problem.ts";
import { lineOf, parseSource } from "./_source.ts";
import { isProduct, isSource, listFiles, readText, ROOT } from "./_tree.ts";

/** The module of a component: the registry takes its default export, as it does with a plugin's. */
const COMPONENT_MODULE = /^(providers|steps)\/(?!_)[^/]+\/mod\.ts$/;

/** Checks every `mod.ts` of the product, and that every export path's file says what it is for. */
export async function checkExports(root: string): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const isMod = (path: string) => isSource(path) && isProduct(path) && /(^|\/)mod\.ts$/.test(path);
  const mods = await listFiles(root, isMod);
  const entries = (await readPublished(root)).flatMap((one) => [...one.exports.values()]);
  for (const file of new Set([...mods, ...entries])) {
    const text = await readText(root, file);
    if (text === undefined) {
      problems.push({ file, message: "is an export path in deno.json, but does not exist" });
      continue;
    }
    const source = parseSource(file, text);
    if (!hasModuleDoc(text)) {
      problems.push({ file, line: 1, message: "has no module doc comment (/** ... @module */)" });
    }
    if (isMod(file)) {
      problems.push(...source.statements.flatMap((one) => statementProblems(file, source, one)));
    }
  }
  return problems;
}

/** The first thing in the file (after a shebang) is a doc comment that carries `@module` and some words. */
function hasModuleDoc(text: string): boolean {
  const comment = /^(?:#!.*\n)?\s*\/\*\*(.*?)\*\//s.exec(text)?.[1] ?? "";
  return /@module\b/.test(comment) && /\w/.test(comment.replace(/@module\b/, ""));
}

function statementProblems(
  file: string,
  source: ts.SourceFile,
  statement: ts.Statement,
): readonly Problem[] {
  const line = lineOf(source, statement);
  if (!ts.isExportDeclaration(statement)) {
    const what = statement.getText(source).split("\n")[0]?.slice(0, 60);
    return [{ file, line, message: `holds more than named re-exports: ${what}` }];
  }
  const clause = statement.exportClause;
  if (clause === undefined || ts.isNamespaceExport(clause)) {
    return [{ file, line, message: "re-exports with *: list the names" }];
  }
  if (statement.moduleSpecifier === undefined && clause.elements.length > 0) {
    return [{ file, line, message: "exports names of its own: re-export them with from" }];
  }
  if (COMPONENT_MODULE.test(file)) return [];
  return clause.elements
    .filter((one) => one.name.text === "default")
    .map((one) => ({ file, line: lineOf(source, one), message: "has a default export: give it a name" }));
}

if (import.meta.main) finish("check:exports", await checkExports(ROOT));
