import type { Plan } from "./plan.ts";

/** Which code a plan's steps and providers are, by `steps.<name>` and `providers.<name>`: version, and digest of a plugin. */
export function componentsOf({ steps, providers }: Plan): Readonly<Record<string, string>> {
  const entries = [
    ...[...steps.values()].map(({ name, component }) => [`steps.${name}`, component] as const),
    ...[...providers.values()].map(({ name, component }) => [`providers.${name}`, component] as const),
  ];
  return Object.fromEntries(entries.map(([name, { definition, plugin }]) => [
    name,
    `${definition.name} ${definition.version}${plugin === undefined ? "" : ` ${plugin.integrity}`}`,
  ]));
}
