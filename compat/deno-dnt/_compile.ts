import { join } from "node:path";
import ts from "typescript";
import type { ResolvedOptions } from "./build_options.ts";

/** A folder with rewritten sources in `src/` and packages in `node_modules/`. */
export interface Workshop {
  readonly folder: string;
  /** Paths of the sources below `src/`. */
  readonly sources: readonly string[];
}

/**
 * Compiles everything into one folder.
 *
 * @throws {Error} If the type check finds anything; the message holds every finding.
 */
export function compile({ folder, sources }: Workshop, options: ResolvedOptions): void {
  const program = ts.createProgram(sources.map((path) => join(folder, "src", path)), {
    ...languageOptions(options),
    rootDir: join(folder, "src"),
    outDir: join(options.outDir, "esm"),
    typeRoots: [join(folder, "node_modules/@types")],
    preserveSymlinks: true,
  });
  if (options.typeCheck !== false) refuseFindings(ts.getPreEmitDiagnostics(program), folder, options);
  const { diagnostics } = program.emit();
  refuseFindings(diagnostics, folder, options);
}

function languageOptions(options: ResolvedOptions): ts.CompilerOptions {
  const { compilerOptions = {}, declaration = "inline" } = options;
  const { target = "ES2021", lib, ...same } = compilerOptions;
  return {
    skipLibCheck: true,
    ...same,
    target: target === "Latest" ? ts.ScriptTarget.ESNext : ts.ScriptTarget[target],
    ...(lib && { lib: lib.map((name) => `lib.${name.toLowerCase()}.d.ts`) }),
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    strict: true,
    isolatedModules: true,
    resolveJsonModule: true,
    allowJs: true,
    types: ambientTypes(options).map((name) => name.slice("@types/".length)),
    declaration: declaration === "inline",
    newLine: ts.NewLineKind.LineFeed,
  };
}

/** The `@types/*` packages whose globals the sources may use. */
export function ambientTypes({ package: { devDependencies = {} } }: ResolvedOptions): readonly string[] {
  return Object.keys(devDependencies).filter((name) => name.startsWith("@types/"));
}

function refuseFindings(findings: readonly ts.Diagnostic[], folder: string, options: ResolvedOptions): void {
  const kept = findings.filter((finding) => options.filterDiagnostic?.(finding) ?? true);
  if (kept.length === 0) return;
  const text = ts.formatDiagnostics(kept, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => join(folder, "src"),
    getNewLine: () => "\n",
  });
  throw new Error(`Cannot build: ${kept.length} findings of the type check\n${text}`);
}
