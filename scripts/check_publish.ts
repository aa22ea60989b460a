/**
 * What each package would upload: a publish dry run, no slow types, the right files and all of them.
 *
 * @module
 */
import { posix } from "node:path";
import { type DenoResult, relativeTo, runDeno } from "./_deno.ts";
import { readDiagnostics } from "./_diagnostics.ts";
import { readImports } from "./_imports.ts";
import { type Package, readPublished } from "./_packages.ts";
import { mapPool } from "./_pool.ts";
import { finish, type Problem } from "./_problem.ts";
import { parseSource } from "./_source.ts";
import { readText, ROOT } from "./_tree.ts";

/** What users have no use for, by path inside the package. */
const UNWANTED =
  /_(test|bench)\.ts$|(^|\/)_fixtures\/|^(compat|tests|docs|examples|scripts|runs|npm)\/|(^|\/)deno\.lock$/;

/** What each package must carry besides its sources. */
const WANTED = ["deno.json", "LICENSE"] as const;

/** Dry-runs the upload of every published package and looks at the list of files. */
export async function checkPublish(root: string): Promise<readonly Problem[]> {
  const packages = await readPublished(root);
  return (await mapPool(packages, 2, (one) => checkPackage(root, one))).flat();
}

async function checkPackage(root: string, one: Package): Promise<readonly Problem[]> {
  const manifest = posix.join(one.folder, "deno.json");
  const folder = posix.join(root.replaceAll("\\", "/"), one.folder);
  const result = await runDeno(["publish", "--dry-run", "--allow-dirty"], folder);
  if (result.code !== 0) return readDiagnostics(root, result, manifest);
  const files = uploadedFiles(root, result);
  const inside = (file: string) => posix.join(one.folder, file);
  const message = (text: string): Problem => ({
    file: manifest,
    message: `${one.name} would upload ${text}`,
  });
  return [
    ...files.filter((file) => UNWANTED.test(posix.relative(one.folder, file))).map((file) => message(file)),
    ...[...WANTED.map(inside), ...one.exports.values()].filter((file) => !files.includes(file))
      .map((file) => message(`no ${file}`)),
    ...await missingImports(root, files),
  ];
}

/** Reads the list under "Simulating publish". */
function uploadedFiles(root: string, result: DenoResult): readonly string[] {
  const text = relativeTo(root, `${result.stdout}\n${result.stderr}`);
  return [...text.matchAll(/^ {3}(\S.*) \([\d.]+\s?[kKMG]?i?B\)$/gm)].map((match) =>
    decodeURI(match[1] ?? "")
  );
}

/** A dry run does not notice a module that is imported by path, but lies outside the list. */
async function missingImports(root: string, files: readonly string[]): Promise<readonly Problem[]> {
  const known = new Set(files);
  const problems: Problem[] = [];
  for (const file of files.filter((path) => path.endsWith(".ts"))) {
    const source = parseSource(file, await readText(root, file) ?? "");
    for (const { specifier, line } of readImports(source)) {
      const target = posix.join(posix.dirname(file), specifier);
      if (!/^\.\.?\//.test(specifier) || known.has(target)) continue;
      problems.push({ file, line, message: `imports ${target}, which the package would not upload` });
    }
  }
  return problems;
}

if (import.meta.main) finish("check:publish", await checkPublish(ROOT));
