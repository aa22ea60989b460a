/**
 * Lets Node run this repository's tests against the npm package: what a test imports of the product comes from the
 * package, and what it imports besides is compiled on the way.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { createRequire, registerHooks } from "node:module";
import { join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = join(import.meta.dirname!, "../..");
const PACKAGE = "node_modules/fastdistill/esm";

/** Where things are. */
export interface NpmHooks {
  /** The folder in which the package is installed. */
  readonly consumer: string;
  /** A folder in which packages are installed that tests import themselves. */
  readonly tools: string;
}

interface Compiler {
  readonly transpileModule: (text: string, options: object) => { readonly outputText: string };
  readonly ModuleKind: { readonly ESNext: number };
  readonly ScriptTarget: { readonly ES2022: number };
}

/** Takes effect for every later import of this thread. */
export function registerNpmHooks({ consumer, tools }: NpmHooks): void {
  const typescript = createRequire(join(tools, "package.json"))("typescript") as Compiler;
  registerHooks({
    resolve: (specifier, context, next) => {
      const { parentURL = "" } = context;
      if (!isOurs(parentURL)) return next(specifier, context);
      if (/^\.{0,2}\//.test(specifier) || specifier.startsWith("file:")) {
        return next(builtFile(new URL(specifier, parentURL), consumer).href, context);
      }
      const [url, folder] = bareTarget(specifier, { consumer, tools });
      return next(url, { ...context, parentURL: pathToFileURL(join(folder, "index.js")).href });
    },
    load: (url, context, next) => {
      if (!isOurs(url) || !url.endsWith(".ts")) return next(url, context);
      const { ModuleKind, ScriptTarget } = typescript;
      const compilerOptions = { module: ModuleKind.ESNext, target: ScriptTarget.ES2022, sourceMap: false };
      const source = typescript.transpileModule(readFileSync(fileURLToPath(url), "utf8"), {
        compilerOptions,
      });
      return { format: "module", source: source.outputText, shortCircuit: true };
    },
  });
}

/** A file of this repository, and none of a package that is installed below it. */
function isOurs(url: string): boolean {
  const root = pathToFileURL(ROOT + sep).href;
  return url.startsWith(root) && !url.includes("/node_modules/");
}

/** The file of the package that a source was built into; the source itself where it is in no package. */
function builtFile(source: URL, consumer: string): URL {
  const path = relative(ROOT, fileURLToPath(source));
  const built = join(consumer, PACKAGE, path.replace(/\.ts$/, ".js"));
  return path.endsWith(".ts") && existsSync(built) ? pathToFileURL(built) : source;
}

function bareTarget(
  specifier: string,
  { consumer, tools }: NpmHooks,
): readonly [url: string, folder: string] {
  const [, member] = /^@fastdistill\/(.*)$/.exec(specifier) ?? [];
  if (member !== undefined) return [`fastdistill/${member}`, consumer];
  const [, std] = /^@std\/([a-z]+)$/.exec(specifier) ?? [];
  if (std !== undefined) return [pathToFileURL(join(ROOT, `compat/std-${std}/mod.ts`)).href, consumer];
  return [specifier, tools];
}
