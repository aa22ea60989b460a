import type { JsonObject } from "../record/mod.ts";
import { formatKeyPath } from "./_key_path.ts";
import type { LayerFile } from "./_layer_file.ts";
import { locationIn } from "./_location.ts";
import { originOf, valueAt } from "./_merge.ts";
import { type Override, OVERRIDE_FILE, reachOf } from "./_override.ts";
import type { KeyPath, LoadedPipeline, Provenance } from "./loaded_pipeline.ts";

/** What a configuration was made of, from the bottom up. */
export interface Sources {
  readonly files: readonly LayerFile[];
  /** What each file contributes: its value without what a layer above replaced. */
  readonly values: readonly JsonObject[];
  readonly overrides: readonly Override[];
  /** All of it, placeholders as written. */
  readonly merged: JsonObject;
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

function fileOrigin({ files, values }: Sources, path: KeyPath): Found {
  const { layer, depth } = originOf(values, path);
  const file = files[layer]!;
  return { layer: file.layer, depth, location: locationIn(file, path.slice(0, depth)) };
}

/** The last override that decides what stands at the path, or one that alone makes the maps on the way to it. */
function overrideOrigin({ overrides, values }: Sources, path: KeyPath): Found | undefined {
  let deepest = originOf(values, path).depth;
  let found: Found | undefined;
  for (const override of overrides.toReversed()) {
    const { depth, decides } = reachOf(override, path);
    if (!decides && depth <= deepest) continue;
    const known = path.slice(0, depth);
    const location = { file: OVERRIDE_FILE, ...(depth === 0 ? {} : { path: formatKeyPath(known) }) };
    found = { layer: "set", depth, location };
    if (decides) return found;
    deepest = depth;
  }
  return found;
}
