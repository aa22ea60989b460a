import type { PipelineConfig } from "../config/mod.ts";
import { didYouMean, FastDistillError, type SourceLocation } from "../errors/mod.ts";
import type { PlannedProvider } from "./plan.ts";

/** What checks of fallbacks look at. */
interface FallbackCheck {
  readonly config: PipelineConfig;
  readonly locate: (path: readonly (string | number)[]) => SourceLocation | undefined;
}

/** Every provider that steps may come to ask: their own, the one to degrade to, and the fallbacks of both. */
export function providersAsked({ steps, providers, budget }: PipelineConfig): ReadonlySet<string> {
  const asked = Object.values(steps).flatMap(({ provider }) => provider === undefined ? [] : [provider]);
  const first = budget.degrade === undefined ? asked : [...asked, budget.degrade.to];
  return new Set(first.flatMap((name) => [name, ...providers[name]?.fallback?.to ?? []]));
}

/** Fallbacks that are not there, that are the provider itself, or that are named twice. */
export function fallbackReferenceProblems({ config, locate }: FallbackCheck): readonly FastDistillError[] {
  const known = Object.keys(config.providers);
  return Object.entries(config.providers).flatMap(([name, { fallback }]) =>
    (fallback?.to ?? []).flatMap((to, index, all) => {
      const location = placeOf(locate, { name, index });
      if (!known.includes(to)) {
        const message =
          `The provider "${name}" falls back to "${to}", and the pipeline defines none of that name` +
          didYouMean(to, known.filter((other) => other !== name));
        return [new FastDistillError("graph.unknown_provider", message, { location })];
      }
      if (to !== name && all.indexOf(to) === index) return [];
      const message = to === name
        ? `The provider "${name}" falls back to itself`
        : `The provider "${name}" falls back to "${to}" twice`;
      const hint = "Name each other provider once; the fallbacks of those named are not followed";
      return [new FastDistillError("config.invalid_value", message, { location, hint })];
    })
  );
}

/** A fallback answers what steps ask, so it must be able to chat. */
export function fallbackProblems(
  planned: ReadonlyMap<string, PlannedProvider>,
  { config, locate }: FallbackCheck,
): readonly FastDistillError[] {
  return [...planned.keys()].flatMap((name) =>
    (config.providers[name]!.fallback?.to ?? []).flatMap((to, index) => {
      const capabilities = planned.get(to)?.component.definition.capabilities;
      if (capabilities === undefined || capabilities.includes("chat")) return [];
      const message =
        `The provider "${name}" falls back to "${to}", which must be able to chat, and it can: ` +
        capabilities.join(", ");
      return [
        new FastDistillError("graph.missing_capability", message, {
          location: placeOf(locate, { name, index }),
        }),
      ];
    })
  );
}

/** A chain is a list, or stands under `to`; whichever is not there is located less deeply. */
function placeOf(
  locate: FallbackCheck["locate"],
  { name, index }: { readonly name: string; readonly index: number },
): SourceLocation | undefined {
  const path = ["providers", name, "fallback"];
  const [listed, named] = [locate([...path, index]), locate([...path, "to", index])];
  return (named?.path?.length ?? 0) > (listed?.path?.length ?? 0) ? named : listed;
}
