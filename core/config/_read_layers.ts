import { dirname, isAbsolute, join, resolve } from "node:path";
import { FastDistillError, type SourceLocation } from "../errors/mod.ts";
import { currentDirectory } from "../runtime/mod.ts";
import { checkConfigTree } from "./_config_tree.ts";
import { type LayerFile, readLayerFile } from "./_layer_file.ts";
import { locationIn } from "./_location.ts";
import { mergeTraced, type Refuse } from "./_merge.ts";
import { readPinnedFile } from "./_pinned_file.ts";
import { plainOf, type Spot, type Traced, type TracedMap, traceOf } from "./_traced.ts";
import type { Provenance } from "./loaded_pipeline.ts";

/** Files of one pipeline, each counted as often as it is named: includes may not multiply. */
const FILES_MAX = 64;

/** A file that makes up a layer, with all that it extends and includes. */
export interface WantedLayer {
  readonly layer: Provenance["layer"];
  readonly file: string;
}

/** Layers that were read and laid over each other. */
export interface ReadLayers {
  readonly files: readonly LayerFile[];
  readonly merged: Traced;
}

/**
 * Reads files with what they extend (`extends` at the top) and include (`$include` in any map), and lays each over those
 * before it.
 *
 * @throws {FastDistillError} `config.*`, with file, line and column
 */
export async function readLayers(wanted: readonly WantedLayer[]): Promise<ReadLayers> {
  const reader = new LayerReader();
  let merged: Traced | undefined;
  for (const { layer, file } of wanted) {
    const value = await reader.whole({ layer, file, within: [] });
    merged = mergeTraced(merged, value, { refuse: reader.refuse });
  }
  if (merged === undefined) throw new RangeError("A pipeline has at least one file");
  checkConfigTree(plainOf(merged), { locationOf: () => ({ file: wanted[0]!.file }) });
  return { files: reader.files, merged };
}

interface Named {
  readonly layer: Provenance["layer"];
  /** Path or address. */
  readonly file: string;
  /** Files that led here, the outermost first. */
  readonly within: readonly string[];
  /** Where it is named; absent for a layer of the command line. */
  readonly at?: SourceLocation;
}

class LayerReader {
  readonly files: LayerFile[] = [];

  readonly refuse: Refuse = (spot, message, hint) =>
    new FastDistillError("config.invalid_value", message, {
      location: this.#locationOf(spot),
      ...(hint === undefined ? {} : { hint }),
    });

  /** A file that stands for a whole configuration, laid over what it extends. */
  async whole(named: Named): Promise<Traced> {
    const { traced, within } = await this.#read(named, { isFragment: false });
    const value = traced as TracedMap;
    const parents = value.entries.get("extends");
    if (parents === undefined) return await this.#included(value, { ...named, within });
    const rest = new Map([...value.entries].filter(([key]) => key !== "extends"));
    let merged: Traced | undefined;
    for (const parent of this.#references(parents, "extends")) {
      const below = await this.whole(this.#named(parent, { ...named, within }));
      merged = mergeTraced(merged, below, { refuse: this.refuse });
    }
    const own = await this.#included({ ...value, entries: rest }, { ...named, within });
    return mergeTraced(merged, own, { refuse: this.refuse });
  }

  async #read(
    { layer, file, within, at }: Named,
    { isFragment }: { readonly isFragment: boolean },
  ): Promise<{ readonly traced: Traced; readonly within: readonly string[] }> {
    const id = isAddress(file) ? file : resolve(currentDirectory(), file);
    const location = at === undefined ? {} : { location: at };
    if (within.includes(id)) {
      const message = `Cannot read ${file}: it includes itself, by way of ${within.length} files`;
      throw new FastDistillError("config.invalid_value", message, location);
    }
    if (this.files.length >= FILES_MAX) {
      const message = `Expected at most ${FILES_MAX} files in one pipeline, found more`;
      throw new FastDistillError("config.invalid_value", message, location);
    }
    const read = isAddress(file)
      ? await readPinnedFile(layer, { reference: file, isFragment, at })
      : await readLayerFile(layer, file, { isFragment, at });
    this.files.push(read);
    return { traced: traceOf(read.value, this.files.length - 1), within: [...within, id] };
  }

  /** A value with the files that its maps include below them. */
  async #included(value: Traced, from: Named): Promise<Traced> {
    if (value.kind === "scalar") return value;
    if (value.kind === "list") {
      const items: Traced[] = [];
      for (const item of value.items) items.push(await this.#included(item, from));
      return { ...value, items };
    }
    const entries = new Map<string, Traced>();
    for (const [key, item] of value.entries) {
      if (key !== "$include") entries.set(key, await this.#included(item, from));
    }
    const included = value.entries.get("$include");
    const own = { ...value, entries };
    return included === undefined ? own : await this.#overIncluded(own, included, from);
  }

  async #overIncluded(own: TracedMap, included: Traced, from: Named): Promise<Traced> {
    const references = this.#references(included, "$include");
    const isAlone = references.length === 1 && own.entries.size === 0;
    let merged: Traced | undefined;
    for (const reference of references) {
      const named = this.#named(reference, from);
      const { traced, within } = await this.#read(named, { isFragment: true });
      if (!isAlone && traced.kind !== "map") {
        throw this.refuse(reference, `Expected a map in ${named.file}, since it is merged with others`);
      }
      const below = await this.#included(traced, { ...named, within });
      merged = mergeTraced(merged, below, { refuse: this.refuse });
    }
    // What stands beside `$include` is where the map begins, whatever the files say.
    if (isAlone) return merged!;
    const whole = mergeTraced(merged, own, { refuse: this.refuse });
    return { ...whole, file: own.file, path: own.path };
  }

  #references(value: Traced, key: string): readonly (Spot & { readonly text: string })[] {
    const items = value.kind === "list" ? value.items : [value];
    const texts = items.map((item) => {
      if (item.kind !== "scalar" || typeof item.value !== "string" || item.value === "") {
        throw this.refuse(item, `Expected a file, or a list of files, after ${key}`);
      }
      return { file: item.file, path: item.path, text: item.value };
    });
    if (texts.length === 0) throw this.refuse(value, `Expected a file, or a list of files, after ${key}`);
    return texts;
  }

  #named({ text, ...spot }: Spot & { readonly text: string }, from: Named): Named {
    return {
      layer: from.layer,
      file: resolveReference(text, from.file),
      within: from.within,
      at: this.#locationOf(spot),
    };
  }

  #locationOf({ file, path }: Spot): SourceLocation {
    return locationIn(this.files[file]!, path);
  }
}

function isAddress(file: string): boolean {
  return /^https?:\/\//.test(file);
}

/** A file that another names: relative to it, be that a path or an address. */
function resolveReference(reference: string, from: string): string {
  if (isAddress(reference)) return reference;
  if (isAddress(from)) return new URL(reference, from).href;
  return isAbsolute(reference) ? reference : join(dirname(from), reference);
}
