/**
 * Opens a provider component the way the runtime does: configuration through its schema, real files, real fetch.
 *
 * @module
 */
import { checkConfig, type Provider, type ProviderComponent, type ProviderSetup } from "@fastdistill/core";
import { inputFilesOf } from "../../core/runtime/mod.ts";

/** The moment that providers under test take for now: 2026-01-01. */
export const NOW: number = Date.UTC(2026, 0, 1);

/** What a test may decide of a provider's surroundings. */
export interface OpenOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Folder where relative paths start. */
  readonly baseDir?: string;
  readonly setup?: Partial<ProviderSetup>;
}

/** Opens a provider; throws what its schema finds. */
export async function openProvider(
  component: ProviderComponent,
  config: unknown,
  options: OpenOptions = {},
): Promise<Provider> {
  return await component.definition.open(configOf(component, config), {
    name: "teacher",
    files: inputFilesOf(options.baseDir ?? "/nonexistent"),
    fetch,
    env: (name) => options.env?.[name],
    now: () => NOW,
    ...options.setup,
  });
}

/** The configuration with defaults filled in; a TypeError with all that the schema says. */
export function configOf(component: ProviderComponent, config: unknown): unknown {
  const result = checkConfig(component.definition.config, config);
  if (result.issues === undefined) return result.value;
  throw new TypeError(result.issues.map(({ path, message }) => `${path?.join(".")}: ${message}`).join("\n"));
}
