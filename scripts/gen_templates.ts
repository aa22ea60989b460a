// deno-lint-ignore-file no-console -- scripts write to the terminal
/**
 * The templates of `fastdistill init` as modules. A template is a folder of real files, `cli/templates/<name>/`; what is
 * published is code, so each has a module beside it, `cli/templates/_<name>.ts`, that holds these files as texts.
 *
 * `deno task templates:update` writes the modules; `deno task check:templates` (`--check`) fails when they differ.
 *
 * @module
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TEMPLATES } from "../cli/templates/template_list.ts";
import { finish, type Problem } from "./_problem.ts";
import { listFiles, readText, ROOT } from "./_tree.ts";

const FOLDER = "cli/templates";

/** The modules of all templates, by path. */
export async function generateTemplates(root: string = ROOT): Promise<ReadonlyMap<string, string>> {
  const modules = TEMPLATES.map(async ({ name }) => {
    const path = `${FOLDER}/_${name.replaceAll("-", "_")}.ts`;
    return [path, moduleOf(name, await readTemplate(root, name))] as const;
  });
  return new Map(await Promise.all(modules));
}

/** Finds modules that are missing or differ from the files that they hold. */
export async function checkTemplates(
  root: string,
  modules: ReadonlyMap<string, string>,
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (const [file, text] of modules) {
    const found = await readText(root, file);
    if (found === text) continue;
    const what = found === undefined ? "is missing" : "differs from the files of the template";
    problems.push({ file, message: `${what}: run deno task templates:update` });
  }
  return problems;
}

/** What a run in the folder leaves there is no part of the template. */
async function readTemplate(root: string, name: string): Promise<readonly (readonly [string, string])[]> {
  const folder = join(root, FOLDER, name);
  const paths = await listFiles(folder, (path) => !path.startsWith("runs/"));
  return await Promise.all(paths.map(async (path) => [path, (await readText(folder, path))!] as const));
}

function moduleOf(name: string, files: readonly (readonly [string, string])[]): string {
  return [
    "// deno-fmt-ignore-file -- each line is a whole file",
    `/** The files of ${FOLDER}/${name}, made by \`deno task templates:update\`. */`,
    "export const files: Readonly<Record<string, string>> = {",
    ...files.map(([path, text]) => `  ${JSON.stringify(path)}: ${JSON.stringify(text)},`),
    "};",
    "",
  ].join("\n");
}

if (import.meta.main) {
  const modules = await generateTemplates();
  if (Deno.args.includes("--check")) finish("check:templates", await checkTemplates(ROOT, modules));
  for (const [path, text] of modules) {
    await writeFile(join(ROOT, path), text);
    console.log(`wrote ${path}`);
  }
}
