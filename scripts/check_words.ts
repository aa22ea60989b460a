/**
 * What must not be in the repository: paths of a build machine, package registry hosts, secrets; and what must:
 * a licence in every published package and one version for all of them.
 *
 * @module
 */
import { access } from "node:fs/promises";
import { join } from "node:path";
import { type Package, readPublished } from "./_packages.ts";
import { finish, type Problem } from "./_problem.ts";
import { isTest, listFiles, readText, ROOT } from "./_tree.ts";

/** Something that no file may say. Patterns are put together from pieces, so that this file passes. */
interface Word {
  readonly what: string;
  readonly pattern: RegExp;
  /** Files that may say it all the same. */
  readonly allowed?: (path: string) => boolean;
}

const WORDS: readonly Word[] = [
  { what: "a path of the build machine", pattern: pattern("(?<![\\w.~-])/", "work/") },
  { what: "a path of the build machine", pattern: pattern("/tmp/", "wt\\b") },
  { what: "a tool of the build machine", pattern: pattern("(?<![\\w)\\]])\\.", "library\\b(?!\\()") },
  { what: "a tool of the build machine", pattern: pattern("\\bfarm", "-") },
  { what: "a package registry host", pattern: pattern("\\bregistry\\.", "(npmjs|yarnpkg|npmmirror)\\.\\w+") },
  { what: "a package registry host", pattern: pattern("\\b(pypi|crates|npm\\.jsr)\\.", "(org|io)\\b") },
  {
    what: "a package registry host",
    pattern: pattern("\\b(files\\.pythonhosted|proxy\\.golang)\\.", "org\\b"),
  },
  {
    what: "a package registry host outside the docs",
    pattern: pattern("\\bjsr\\.", "io\\b"),
    allowed: (path) => path.endsWith(".md"),
  },
];

/** Shapes of real credentials. */
const SECRETS: readonly RegExp[] = [
  pattern("\\bsk-", "[A-Za-z0-9_-]{20,}"),
  pattern("\\bgh[pousr]", "_[A-Za-z0-9]{30,}"),
  pattern("\\bgithub_", "pat_[A-Za-z0-9_]{30,}"),
  pattern("\\bAKI", "A[0-9A-Z]{16}\\b"),
  pattern("\\bAIz", "a[0-9A-Za-z_-]{35}"),
  pattern("\\bhf", "_[A-Za-z0-9]{30,}"),
  pattern("\\bxox", "[abprs]-[A-Za-z0-9-]{20,}"),
  pattern("-----BEGIN [A-Z ]*", "PRIVATE KEY-----"),
];

/** A made-up key in a test says so itself. */
const MADE_UP = /test|fake|example|dummy|secret|invalid|x{4}|0{4}|1234|abcd/i;

/** A file that may hold something of a secret's shape, and why. */
export interface SecretException {
  readonly file: string;
  readonly reason: string;
}

/** Files with secret-shaped text that is none. An entry that nothing needs any more is a problem too. */
const SECRET_EXCEPTIONS: readonly SecretException[] = [];

/** Reads every committed file, and the manifests. */
export async function checkWords(
  root: string,
  options: { readonly exceptions?: readonly SecretException[] } = {},
): Promise<readonly Problem[]> {
  const { exceptions = SECRET_EXCEPTIONS } = options;
  const problems: Problem[] = [];
  const excused = new Set<string>();
  for (const file of await committedFiles(root)) {
    if (/(^|\/)\.env(\.(?!example$)[\w.-]+)?$/.test(file)) {
      problems.push({ file, message: "is an environment file: keep it out of the repository" });
    }
    const text = await readText(root, file);
    if (text === undefined || text.includes("\0")) continue;
    problems.push(...wordProblems(file, text));
    const secrets = secretProblems(file, text);
    if (secrets.length > 0 && exceptions.some((one) => one.file === file)) excused.add(file);
    else problems.push(...secrets);
  }
  const stale = exceptions.filter((one) => !excused.has(one.file))
    .map(({ file }) => ({ file, message: "the exception for secrets is needed no more: remove it" }));
  return [...problems, ...stale, ...await packageProblems(root)];
}

function wordProblems(file: string, text: string): readonly Problem[] {
  return WORDS.filter((word) => !(word.allowed?.(file) ?? false)).flatMap((word) =>
    [...text.matchAll(word.pattern)].map((match) => ({
      file,
      line: lineAt(text, match.index),
      message: `names ${word.what}: ${match[0]}`,
    }))
  );
}

/** Never repeats the find itself. */
function secretProblems(file: string, text: string): readonly Problem[] {
  const isInput = isTest(file) || file.includes("_fixtures/");
  return SECRETS.flatMap((secret) =>
    [...text.matchAll(secret)]
      .filter((match) => !(isInput && MADE_UP.test(match[0])))
      .map((match) => ({
        file,
        line: lineAt(text, match.index),
        message: `holds what looks like a secret (${match[0].slice(0, 4)}...)`,
      }))
  );
}

async function packageProblems(root: string): Promise<readonly Problem[]> {
  const packages = await readPublished(root);
  const problems: Problem[] = [];
  const version = packages[0]?.version;
  for (const one of packages) {
    const file = inside(one, "deno.json");
    if (one.version === undefined) problems.push({ file, message: `${one.name} has no version` });
    else if (one.version !== version) {
      const message = `${one.name} has version ${one.version}, but ${packages[0]?.name} has ${version}`;
      problems.push({ file, message });
    }
    const licence = inside(one, "LICENSE");
    if (await readText(root, licence) === undefined) {
      problems.push({ file: licence, message: `is missing: ${one.name} is published` });
    }
  }
  return problems;
}

function inside(one: Package, file: string): string {
  return one.folder === "" ? file : `${one.folder}/${file}`;
}

/** What git knows or would add; without git, everything but what builds and runs leave behind. */
async function committedFiles(root: string): Promise<readonly string[]> {
  if (!await exists(join(root, ".git"))) {
    return listFiles(root, () => true);
  }
  try {
    const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    const { code, stdout } = await new Deno.Command("git", { args, cwd: root, stderr: "null" }).output();
    if (code === 0) {
      return [...new Set(new TextDecoder().decode(stdout).split("\0").filter((path) => path !== ""))];
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return listFiles(root, () => true);
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(() => true, () => false);
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

function pattern(...pieces: readonly string[]): RegExp {
  return new RegExp(pieces.join(""), "g");
}

if (import.meta.main) finish("check:words", await checkWords(ROOT));
