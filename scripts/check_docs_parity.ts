/**
 * Every page in two languages: same paths, same headings in the same order, the same code.
 *
 * @module
 */
import { type Fence, type Heading, readMarkdown } from "./_markdown.ts";
import { finish, type Problem } from "./_problem.ts";
import { listFiles, readText, ROOT } from "./_tree.ts";

/** Compares `docs/` with `docs/zh/`, and each `X.md` at the root with its `X.zh.md`. */
export async function checkDocsParity(root: string): Promise<readonly Problem[]> {
  const files = new Set(await listFiles(root, (path) => path.endsWith(".md")));
  const problems: Problem[] = [];
  for (
    const english of [...files].filter((path) => path.startsWith("docs/") && !path.startsWith("docs/zh/"))
  ) {
    const chinese = english.replace(/^docs\//, "docs/zh/");
    if (!files.has(chinese)) problems.push({ file: chinese, message: `is missing: ${english} has no twin` });
  }
  for (const chinese of files) {
    const english = englishOf(chinese);
    if (english === undefined) continue;
    if (files.has(english)) problems.push(...await comparePages(root, english, chinese));
    else problems.push({ file: english, message: `is missing: ${chinese} has no original` });
  }
  return problems;
}

/** The page that a Chinese page translates; `undefined` for pages in English. */
function englishOf(path: string): string | undefined {
  if (path.startsWith("docs/zh/")) return path.replace(/^docs\/zh\//, "docs/");
  return /^[^/]+\.zh\.md$/.test(path) ? path.replace(/\.zh\.md$/, ".md") : undefined;
}

async function comparePages(root: string, english: string, chinese: string): Promise<readonly Problem[]> {
  const left = readMarkdown(await readText(root, english) ?? "");
  const right = readMarkdown(await readText(root, chinese) ?? "");
  return [
    ...compareHeadings({ english, chinese }, left.headings, right.headings),
    ...compareFences({ english, chinese }, left.fences, right.fences),
  ];
}

interface Pair {
  readonly english: string;
  readonly chinese: string;
}

function compareHeadings(
  pair: Pair,
  left: readonly Heading[],
  right: readonly Heading[],
): readonly Problem[] {
  const file = pair.chinese;
  for (const [index, heading] of right.entries()) {
    const other = left[index];
    if (other === undefined || other.level === heading.level) continue;
    const message = `heading ${index + 1} has level ${heading.level}, but level ${other.level} at ` +
      `${pair.english}:${other.line}`;
    return [{ file, line: heading.line, message }];
  }
  if (left.length === right.length) return [];
  return [{ file, message: `has ${right.length} headings, but ${pair.english} has ${left.length}` }];
}

function compareFences(pair: Pair, left: readonly Fence[], right: readonly Fence[]): readonly Problem[] {
  const file = pair.chinese;
  for (const [index, fence] of right.entries()) {
    const other = left[index];
    if (other === undefined) break;
    if (other.info === fence.info && other.text === fence.text) continue;
    return [{ file, line: fence.line, message: `code differs from ${pair.english}:${other.line}` }];
  }
  if (left.length === right.length) return [];
  return [{ file, message: `has ${right.length} code fences, but ${pair.english} has ${left.length}` }];
}

if (import.meta.main) finish("check:docs_parity", await checkDocsParity(ROOT));
