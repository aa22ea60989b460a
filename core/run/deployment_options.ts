import { type LoadedPipeline, type ProviderConfig, validateComponentConfig } from "../config/mod.ts";
import type { ProviderComponent } from "../provider/mod.ts";

interface Checking {
  readonly component: ProviderComponent;
  readonly locate: LoadedPipeline["locate"];
}

/** The configuration of each deployment: the provider's, with what the deployment states in its place; checked. */
export function deploymentOptions(
  name: string,
  { with: shared, deployments }: ProviderConfig,
  { component, locate }: Checking,
): readonly unknown[] {
  const schema = component.definition.config;
  const path = ["providers", name, "with"];
  if (deployments === undefined) return [validateComponentConfig(schema, shared, { path, locate })];
  return deployments.map(({ with: own }, index) => {
    const at = ["providers", name, "deployments", index, "with"];
    return validateComponentConfig(schema, { ...shared, ...own }, {
      path: at,
      locate: (asked) => {
        const [key] = asked.slice(at.length);
        if (key === undefined || key in own || !(key in shared)) return locate(asked);
        // What the provider states for all is wrong there, not at the deployment.
        const found = locate([...path, ...asked.slice(at.length)]);
        const place = found?.location.path?.replace(path.join("."), at.join("."));
        return found === undefined ? undefined : {
          ...found,
          location: { ...found.location, ...(place === undefined ? {} : { path: place }) },
        };
      },
    });
  });
}
