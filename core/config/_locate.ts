import type { Json } from "../record/mod.ts";
import { formatKeyPath } from "./_key_path.ts";
import type { LayerFile } from "./_layer_file.ts";
import { locationIn } from "./_location.ts";
import { valueAt } from "./_merge.ts";
import { type Override, reachOf } from "./_override.ts";
import { deepestAt, type Traced } from "./_traced.ts";
import type { KeyPath, LoadedPipeline, Provenance } from "./loaded_pipeline.ts";

/** What a configuration was made of, from the bottom up. */
export interface Sources {
  readonly files: readonly LayerFile[];
  /** What the files come to. */
  readonly traced: Traced;
  readonly overrides: readonly Override[];
  /** All of it, placeholders as written. */
  readonly merged: Json;
}

/** Makes the function that says where a value came from. */
export function locatorOf(sources: Sources): LoadedPipeline["locate"] {
  return (path) => {
    const { depth, ...provenance } = overrideOrigin(sources, path) ?? fileOrigin(sources, path);
    const written = depth < path.length ? undefined : valueAt(sources.merged, path);
    return written === undefined || (typeof written === "object" && written !== null)
      ? provenance
      : { ...provenance, written };
  };
}

type Found = Provenance & { readonly depth: number };

/** The path of the place is that in the whole configuration; in a file that is included it is another. */
function fileOrigin({ files, traced }: Sources, path: KeyPath): Found {
  const { traced: { file: index, path: written }, depth } = deepestAt(traced, path);
  const file = files[index]!;
  const { path: _, ...place } = locationIn(file, written);
  const known = path.slice(0, depth);
  const location = depth === 0 ? place : { ...place, path: formatKeyPath(known) };
  return { layer: file.layer, depth, location };
}

/** The last override that decides what stands at the path, or one that alone makes the maps on the way to it. */
function overrideOrigin({ overrides, traced }: Sources, path: KeyPath): Found | undefined {
  let deepest = deepestAt(traced, path).depth;
  let found: Found | undefined;
  for (const override of overrides.toReversed()) {
    const { depth, decides } = reachOf(override, path);
    if (!decides && depth <= deepest) continue;
    const known = path.slice(0, depth);
    const location = { file: override.origin, ...(depth === 0 ? {} : { path: formatKeyPath(known) }) };
    const typed = decides && depth === path.length && depth === override.path.length
      ? override.text
      : undefined;
    found = { layer: override.layer, depth, location, ...(typed === undefined ? {} : { text: typed }) };
    if (decides) return found;
    deepest = depth;
  }
  return found;
}
