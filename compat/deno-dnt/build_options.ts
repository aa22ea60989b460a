import { resolve } from "node:path";
import type ts from "typescript";

/** A module that users of the package reach. */
export interface EntryPoint {
  /** Whether it is imported or run as a command. @default {"export"} */
  kind?: "bin" | "export";
  /** Export path or name of the command; a single command may leave it out. */
  name?: string;
  /** Path of the module, relative to the current directory. */
  path: string;
}

/** Node shims; this stand-in takes only an object without any. */
export type ShimOptions = Record<string, false | undefined>;

/** Language level of what is written. */
export type ScriptTarget = "ES2021" | "ES2022" | "ES2023" | "Latest";

/** What `package.json` is to hold besides entry points and the dependencies that were found. */
export interface PackageJson {
  /** Name in the registry. */
  name: string;
  /** Version of the package. */
  version: string;
  /** Overrides for the versions of dependencies that were found, and further ones. */
  dependencies?: Record<string, string>;
  /** Packages for development; `@types/*` among them are used for the type check. */
  devDependencies?: Record<string, string>;
  /** Export paths besides those of the entry points. */
  exports?: Record<string, unknown>;
  /** Everything else that npm knows. */
  [property: string]: unknown;
}

/** The TypeScript options that can be set. */
export interface CompilerOptions {
  /** Language level of what is written. @default {"ES2021"} */
  target?: ScriptTarget;
  /** Type libraries by name. */
  lib?: readonly string[];
  /** @default {true} */
  skipLibCheck?: boolean;
  /** @default {false} */
  noUncheckedIndexedAccess?: boolean;
  /** @default {false} */
  stripInternal?: boolean;
  /** @default {false} */
  useUnknownInCatchVariables?: boolean;
}

/** Options of `build`. Those of the JSR package that are not listed here are refused by name. */
export interface BuildOptions {
  /** Modules that users reach; the first plain path is the package's main export. */
  entryPoints: (string | EntryPoint)[];
  /** Folder to write to. */
  outDir: string;
  /** Has to be an object without shims. */
  shims: ShimOptions;
  /** What `package.json` is to hold. */
  package: PackageJson;
  /** Whether to check types before anything is written. @default {"single"} */
  typeCheck?: "both" | "single" | false;
  /** Whether to run tests on the result: only `false` is supported. */
  test?: boolean;
  /** Whether to write CommonJS as well: only `false` is supported. */
  scriptModule?: "cjs" | "umd" | false;
  /** Whether to write ES modules: only `true` is supported. @default {true} */
  esModule?: boolean;
  /** Whether to write declaration files beside the modules. @default {"inline"} */
  declaration?: "inline" | "separate" | false;
  /** Whether to leave the TypeScript out of the package: only `true` is supported. */
  skipSourceOutput?: boolean;
  /** Without effect: types come from Deno's cache, so nothing is ever installed. @default {false} */
  skipNpmInstall?: boolean;
  /** Path of a `deno.json` to use instead of the nearest one. */
  configFile?: string;
  /** Path of an import map. */
  importMap?: string;
  /** TypeScript options. */
  compilerOptions?: CompilerOptions;
  /** Returns `false` for a diagnostic to ignore. */
  filterDiagnostic?: (diagnostic: ts.Diagnostic) => boolean;
  /** Called when everything is written. */
  postBuild?: () => void | Promise<void>;
}

/** Build options with defaults applied and paths made absolute. */
export interface ResolvedOptions extends Omit<BuildOptions, "entryPoints"> {
  readonly entryPoints: readonly Required<EntryPoint>[];
}

const SUPPORTED: ReadonlySet<string> = new Set([
  ...[
    "entryPoints",
    "outDir",
    "shims",
    "package",
    "typeCheck",
    "test",
    "scriptModule",
    "esModule",
    "declaration",
  ],
  ...["skipSourceOutput", "skipNpmInstall", "configFile", "importMap", "compilerOptions", "filterDiagnostic"],
  "postBuild",
]);
const SUPPORTED_COMPILER_OPTIONS: ReadonlySet<string> = new Set([
  ...[
    "target",
    "lib",
    "skipLibCheck",
    "noUncheckedIndexedAccess",
    "stripInternal",
    "useUnknownInCatchVariables",
  ],
]);

/**
 * Applies defaults.
 *
 * @throws {TypeError} If an option is not supported, or is but not with this value.
 */
export function resolveOptions(options: BuildOptions): ResolvedOptions {
  refuseUnknown(Object.keys(options), SUPPORTED, "");
  refuseUnknown(Object.keys(options.compilerOptions ?? {}), SUPPORTED_COMPILER_OPTIONS, "compilerOptions.");
  refuseUnknown(Object.keys(options.shims).filter((name) => options.shims[name]), new Set(), "shims.");
  requireValue("test", options.test, [false]);
  requireValue("scriptModule", options.scriptModule, [false]);
  requireValue("esModule", options.esModule ?? true, [true]);
  requireValue("skipSourceOutput", options.skipSourceOutput, [true]);
  requireValue("declaration", options.declaration ?? "inline", ["inline", false]);
  if (options.entryPoints.length === 0) throw new TypeError("Cannot build: there is no entry point");
  const entryPoints = options.entryPoints.map((entry, index) => resolveEntryPoint(entry, index, options));
  return { ...options, entryPoints, outDir: resolve(options.outDir) };
}

function resolveEntryPoint(
  entry: string | EntryPoint,
  index: number,
  options: BuildOptions,
): Required<EntryPoint> {
  if (typeof entry === "string") {
    return { kind: "export", name: index === 0 ? "." : entry.replace(/\.ts$/, ".js"), path: resolve(entry) };
  }
  const { kind = "export", path } = entry;
  const name = entry.name ?? (kind === "bin" ? options.package.name : undefined);
  if (name === undefined) throw new TypeError(`Cannot build: the entry point has no name: ${path}`);
  return { kind, name, path: resolve(path) };
}

function refuseUnknown(names: readonly string[], supported: ReadonlySet<string>, prefix: string): void {
  const unknown = names.find((name) => !supported.has(name));
  if (unknown === undefined) return;
  throw new TypeError(
    `Cannot build: the local stand-in for @deno/dnt does not support the option: ${prefix}${unknown}`,
  );
}

function requireValue(name: string, value: unknown, supported: readonly unknown[]): void {
  if (supported.includes(value)) return;
  throw new TypeError(
    `Cannot build: the local stand-in for @deno/dnt supports only ${
      supported.join(" or ")
    } for the option ${name}: ${value}`,
  );
}
