/**
 * Builds an npm package from Deno source with the API of the JSR package `@deno/dnt`, over npm `typescript`.
 *
 * @module
 */
export { build } from "./build.ts";
export type {
  BuildOptions,
  CompilerOptions,
  EntryPoint,
  PackageJson,
  ScriptTarget,
  ShimOptions,
} from "./build_options.ts";
export { emptyDir } from "./empty_dir.ts";
