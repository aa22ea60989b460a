import { readMarkdown } from "../scripts/_markdown.ts";

/** The root of the repository. */
export const ROOT = new URL("../", import.meta.url);

/** The text of a file of the repository. */
export function readPage(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, ROOT));
}

/** The code fences of a page in one language. */
export async function fencesOf(path: string, language: string): Promise<readonly string[]> {
  const { fences } = readMarkdown(await readPage(path));
  return fences.filter(({ info }) => info.split(/\s/)[0] === language).map(({ text }) => text);
}

/** All pages that a reader may open: of the docs, and those at the root. */
export async function allPages(): Promise<readonly string[]> {
  const pages: string[] = [];
  const visit = async (folder: string) => {
    for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
      if (isDirectory) await visit(`${folder}${name}/`);
      else if (name.endsWith(".md")) pages.push(`${folder}${name}`);
    }
  };
  await visit("docs/");
  for await (const { name } of Deno.readDir(ROOT)) if (name.endsWith(".md")) pages.push(name);
  return pages.sort();
}
