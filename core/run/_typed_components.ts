import { type LoadedPipeline, type TypedPart, withTypedOverrides } from "../config/mod.ts";
import { isFastDistillError } from "../errors/mod.ts";
import type { Registry } from "../registry/mod.ts";

/**
 * The pipeline with overrides of its components' keys in the types that their schemas want. What cannot be loaded is left for
 * planning to refuse.
 */
export async function typedByComponents(
  pipeline: LoadedPipeline,
  registry: Registry,
): Promise<LoadedPipeline> {
  const { layers, config, components } = pipeline;
  const { set = [], variables = {}, withheld = [] } = layers ?? {};
  if (set.length + Object.keys(variables).length + withheld.length === 0) return pipeline;
  const parts: TypedPart[] = [];
  for (const [name, step] of Object.entries(config.steps)) {
    const schema = components[name]?.definition.config ?? await schemaOf(registry, "step", step.use);
    if (schema !== undefined) parts.push({ path: ["steps", name, "with"], value: step.with, schema });
  }
  for (const [name, provider] of Object.entries(config.providers)) {
    const schema = await schemaOf(registry, "provider", provider.use);
    if (schema === undefined) continue;
    parts.push({ path: ["providers", name, "with"], value: provider.with, schema });
    for (const [index, deployment] of (provider.deployments ?? []).entries()) {
      parts.push({ path: ["providers", name, "deployments", index, "with"], value: deployment.with, schema });
    }
  }
  return withTypedOverrides(pipeline, parts);
}

async function schemaOf(registry: Registry, kind: "step" | "provider", use: string) {
  try {
    return (await registry.load(kind, use)).definition.config;
  } catch (thrown) {
    if (isFastDistillError(thrown)) return undefined;
    throw thrown;
  }
}
