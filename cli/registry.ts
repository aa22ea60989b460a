import { discoverComponents, type PluginPolicy, Registry } from "@fastdistill/core/planning";
import { builtinProviders } from "@fastdistill/providers/builtin";
import { builtinSteps } from "@fastdistill/steps/builtin";

/** Where a user's own components are looked for. */
export interface RegistryOptions {
  /** Folder of the pipeline; the import map of the nearest `deno.json` in it or above it is read. */
  readonly from: string;
  /** A `deno.json` or import map to read instead. */
  readonly configFile?: string | undefined;
  /** What third-party components may do. */
  readonly plugins?: PluginPolicy | undefined;
}

/**
 * The built-in components and those that the user's import map names. Nothing is loaded.
 *
 * @throws {FastDistillError} `registry.duplicate`, naming both origins; `config.*` for an import map that cannot be read
 */
export async function defaultRegistry(options: RegistryOptions): Promise<Registry> {
  return new Registry([...builtinProviders, ...builtinSteps, ...await discoverComponents(options)]);
}
