// deno-lint-ignore-file no-console -- scripts write to the terminal
/**
 * The generated pages of the docs, English and Chinese: the pipeline file, the components, the command
 * line, the error codes.
 *
 * `deno task docs:generate` writes them; `deno task check:reference` (`--check`) fails when the committed ones differ.
 *
 * @module
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { finish, type Problem } from "./_problem.ts";
import { commandsPage } from "./_reference_commands.ts";
import { componentsPage } from "./_reference_components.ts";
import { errorsPage } from "./_reference_errors.ts";
import type { Language, ReferencePage } from "./_reference_page.ts";
import { pipelinePage } from "./_reference_pipeline.ts";
import { readText, ROOT } from "./_tree.ts";

/** Every generated page. */
const PAGES: readonly ReferencePage[] = [pipelinePage, componentsPage, commandsPage, errorsPage];

const FOLDERS: Readonly<Record<Language, string>> = { en: "docs", zh: "docs/zh" };

/** The generated files by path, formatted as the repository's other Markdown is. */
export async function generateReference(
  pages: readonly ReferencePage[] = PAGES,
): Promise<ReadonlyMap<string, string>> {
  const languages: readonly Language[] = ["en", "zh"];
  const files = pages.flatMap((page) =>
    languages.map(async (language) => {
      return [`${FOLDERS[language]}/${page.path}`, await format(await page.write(language))] as const;
    })
  );
  return new Map(await Promise.all(files));
}

/** Finds generated pages that are missing or differ from what would be generated now. */
export async function checkReference(
  root: string,
  files: ReadonlyMap<string, string>,
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (const [file, text] of files) {
    const found = await readText(root, file);
    if (found === text) continue;
    const what = found === undefined ? "is missing" : "differs from what is generated";
    problems.push({ file, message: `${what}: run deno task docs:generate` });
  }
  return problems;
}

/** Writes generated pages below a folder. */
export async function writeReference(root: string, files: ReadonlyMap<string, string>): Promise<void> {
  for (const [file, text] of files) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), text);
  }
}

async function format(markdown: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", "md", "-"],
    cwd: ROOT,
    env: { DENO_NO_UPDATE_CHECK: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(markdown));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  if (!success) throw new Error(`deno fmt failed: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

if (import.meta.main) {
  const files = await generateReference();
  if (Deno.args.includes("--check")) finish("check:reference", await checkReference(ROOT, files));
  await writeReference(ROOT, files);
  for (const file of files.keys()) console.log(`wrote ${file}`);
}
