/**
 * Every example in the docs and in doc comments runs: `deno test --doc` over sources and Markdown.
 *
 * The runner passes over some fences in silence, so each file's share of runs is counted as well.
 *
 * @module
 */
import { relativeTo, runDeno } from "./_deno.ts";
import { type Fence, readMarkdown } from "./_markdown.ts";
import { finish, type Problem } from "./_problem.ts";
import { isProduct, isSource, isTest, listFiles, readText, ROOT } from "./_tree.ts";

/** Fences that say `ignore` today. The number may only fall. */
const IGNORED_MAX = 0;

/** Languages that the runner runs. */
const RUNNABLE: ReadonlySet<string> = new Set(
  "ts typescript mts cts tsx js javascript mjs cjs jsx".split(" "),
);

/** A file with examples, and how many of them the runner has to run. */
interface Page {
  readonly file: string;
  readonly fences: readonly Fence[];
}

/** Runs all examples; also holds the number of ignored ones and finds fences that would never run. */
export async function checkDocsExamples(
  root: string,
  options: { readonly ignoredMax?: number } = {},
): Promise<readonly Problem[]> {
  const { ignoredMax = IGNORED_MAX } = options;
  const pages = await readPages(root);
  const problems = [...pages.flatMap(silentFences), ...ignoredFences(pages, ignoredMax)];
  const runnable = pages.filter((page) => page.fences.some(runs));
  if (runnable.length === 0) return problems;
  const { code, stdout, stderr } = await runDeno(
    ["test", "-A", "--doc", ...runnable.map((one) => one.file)],
    root,
  );
  const output = relativeTo(root, `${stdout}\n${stderr}`);
  if (code !== 0) {
    return [...problems, { file: "deno.json", message: `deno test --doc failed:\n${withoutNoise(output)}` }];
  }
  return [...problems, ...skippedPages(runnable, output)];
}

async function readPages(root: string): Promise<readonly Page[]> {
  const isPage = (path: string) =>
    /\.md$/.test(path) && /^(docs|examples|core|providers|steps|[^/]+$)/.test(path);
  const isCode = (path: string) => isSource(path) && isProduct(path) && !isTest(path);
  const pages: Page[] = [];
  for (const file of await listFiles(root, (path) => isPage(path) || isCode(path))) {
    const text = await readText(root, file) ?? "";
    const { fences } = readMarkdown(file.endsWith(".ts") ? commentText(text) : text);
    if (fences.length > 0) pages.push({ file, fences });
  }
  return pages;
}

/** The doc comments of a source as Markdown, on their own lines; everything else becomes empty. */
function commentText(source: string): string {
  let text = "";
  let end = 0;
  for (const match of source.matchAll(/\/\*\*[^]*?\*\//g)) {
    text += source.slice(end, match.index).replace(/[^\n]/g, "");
    text += match[0].replace(/^\/\*\*|\*\/$/g, "").replace(/^[ \t]*\* ?/gm, "");
    end = match.index + match[0].length;
  }
  return text;
}

function runs(fence: Fence): boolean {
  const [language = "", ...attributes] = fence.info.split(/[\s,]+/);
  return RUNNABLE.has(language) && !attributes.includes("ignore");
}

/** The runner looks at fences of backticks that name their language, and at nothing else. */
function silentFences(page: Page): readonly Problem[] {
  return page.fences.flatMap(({ info, mark, line }) => {
    const problem = (message: string) => [{ file: page.file, line, message }];
    if (info === "") return problem("fence names no language, so it never runs: say ts, sh or text");
    if (mark === "~" && RUNNABLE.has(info.split(/\s/)[0] ?? "")) {
      return problem("fence of ~~~ never runs: use backticks");
    }
    return [];
  });
}

function ignoredFences(pages: readonly Page[], max: number): readonly Problem[] {
  const ignored = pages.flatMap(({ file, fences }) =>
    fences.filter(({ info }) => info.split(/[\s,]+/).slice(1).includes("ignore")).map(({ line }) => ({
      file,
      line,
    }))
  );
  if (ignored.length > max) {
    return ignored.map((one) => ({
      ...one,
      message: `ignored example: ${ignored.length} in all, at most ${max}`,
    }));
  }
  if (ignored.length === max) return [];
  const message = `${ignored.length} examples are ignored: lower IGNORED_MAX from ${max} to that`;
  return [{ file: "scripts/check_docs_examples.ts", message }];
}

/** What is left of the runner's output is about failures. */
function withoutNoise(output: string): string {
  const isNoise = (line: string) => /^(Check |running \d+ tests? )|\.\.\. ok \(/.test(line);
  return output.split("\n").filter((line) => !isNoise(line)).join("\n").trim();
}

function skippedPages(pages: readonly Page[], output: string): readonly Problem[] {
  const ran = new Map<string, number>();
  for (
    const [, file = ""] of output.replaceAll("\\", "/").matchAll(
      /^running 1 test from (?:\.\/)?(.+)#\d+-\d+\.\w+$/gm,
    )
  ) {
    ran.set(file, (ran.get(file) ?? 0) + 1);
  }
  return pages.flatMap(({ file, fences }) => {
    const [expected, seen] = [fences.filter(runs).length, ran.get(file) ?? 0];
    return expected === seen ? [] : [{ file, message: `has ${expected} examples, but ${seen} of them ran` }];
  });
}

if (import.meta.main) finish("check:docs_examples", await checkDocsExamples(ROOT));
