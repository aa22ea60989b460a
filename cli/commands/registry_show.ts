import type { Component, RegistryEntry } from "@fastdistill/core";
import { EXIT_CODES, FastDistillError } from "@fastdistill/core/errors";
import type { Command } from "../command.ts";
import { outputOf } from "../output.ts";
import { PLUGIN_FLAGS } from "./_plugin_flags.ts";
import { CONFIG_FLAG } from "./_pipeline_flags.ts";
import { projectRegistry } from "./_project_registry.ts";

/** `fastdistill registry show`. */
export const registryShowCommand: Command = {
  name: "registry show",
  summary: "Show what a component takes, adds and may do",
  argument: { name: "component", summary: "Name of a step, a task or a provider" },
  flags: [CONFIG_FLAG, ...PLUGIN_FLAGS],
  examples: [
    { what: "A built-in step", line: "fastdistill registry show dedup_exact" },
    {
      what: "The JSON Schema of its configuration",
      line: "fastdistill registry show split --json | jq .config_schema",
    },
  ],
  run: async (invocation, io) => {
    const output = outputOf(invocation, io);
    const registry = await projectRegistry(invocation, io);
    const name = invocation.argument;
    const kinds = ["step", "provider"] as const;
    const kind = kinds.find((one) => registry.list().some((entry) => isNamed(entry, one, name))) ?? "step";
    const entry = registry.find(kind, name);
    const component = await registry.load(kind, name);
    const described = await describeComponent(entry, component);
    output.printJson(described);
    const { renderComponent } = await import("../render/render_components.ts");
    output.print(renderComponent(described, { style: output.style, width: io.stdout.columns() }));
    return EXIT_CODES.done;
  },
};

function isNamed(entry: RegistryEntry, kind: "step" | "provider", name: string): boolean {
  return entry.name === name && (entry.kind === "provider") === (kind === "provider");
}

/** Everything that a component states. */
export async function describeComponent(entry: RegistryEntry, component: Component) {
  const { describeConfig } = await import("@fastdistill/core");
  const { definition, plugin } = component;
  const { name, version, summary, citation, docs, permissions = {} } = definition;
  const schema = describeConfig(definition.config);
  const isBuiltIn = entry.plugin === undefined;
  return {
    kind: component.component,
    name,
    version,
    summary,
    ...("kind" in definition ? { step_kind: definition.kind } : {}),
    ...("capabilities" in definition ? { capabilities: definition.capabilities } : {}),
    ...("columns" in definition ? { columns: flowOf(component, schema) } : {}),
    stability: definition.stability ?? (isBuiltIn ? "stable" : null),
    permissions,
    origin: entry.origin,
    ...(plugin === undefined ? {} : { plugin }),
    ...(citation === undefined ? {} : { citation }),
    ...(docs === undefined && !isBuiltIn ? {} : { docs: docs ?? pageOf(entry) }),
    config_schema: schema ?? null,
  };
}

/** Where a built-in component is described, in the folder of this project. */
function pageOf({ name }: RegistryEntry): string {
  return `docs/reference/components.md#${name}`;
}

/** Columns that it reads and adds, where the names of columns are those of the keys that name them. */
function flowOf({ definition }: Component, schema: Readonly<Record<string, unknown>> | undefined) {
  if (!("columns" in definition)) return null;
  const result = definition.config["~standard"].validate(sampleOf(schema ?? {}, "config"));
  if (result instanceof Promise || result.issues !== undefined) return null;
  try {
    const { requires = [], adds = {}, removes = [], keeps } = definition.columns(result.value, {});
    const reads = Object.fromEntries(requires.map(({ column, type = "any" }) => [column, type]));
    return { reads, adds, removes, ...(keeps === undefined ? {} : { keeps }) };
  } catch (thrown) {
    if (thrown instanceof FastDistillError || thrown instanceof TypeError) return null;
    throw thrown;
  }
}

type Schema = Readonly<Record<string, unknown>>;

const DEPTH_MAX = 20;

/** A configuration that a schema accepts, with each text being the name of its key; of a schema that is none, that name. */
function sampleOf(given: unknown, key: string, depth = 0): unknown {
  if (typeof given !== "object" || given === null || depth > DEPTH_MAX) return key;
  const schema = given as Schema;
  const deeper = (inner: unknown, name: string) => sampleOf(inner, name, depth + 1);
  if ("default" in schema) return schema.default;
  if ("const" in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  for (const some of [schema.anyOf, schema.oneOf]) {
    if (Array.isArray(some)) return deeper(some[0], key);
  }
  switch (schema.type) {
    case "object": {
      const properties = new Map(Object.entries(schema.properties ?? {}));
      const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
      return Object.fromEntries(required.map((name) => [name, deeper(properties.get(name), name)]));
    }
    case "array":
      return [deeper(schema.items, key)];
    case "integer":
    case "number":
      return Math.max(1, Number(schema.minimum ?? 1));
    case "boolean":
      return false;
    default:
      return key;
  }
}
