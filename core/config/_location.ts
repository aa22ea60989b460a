import type { SourceLocation } from "../errors/mod.ts";
import { formatKeyPath } from "./_key_path.ts";
import type { KeyPath } from "./loaded_pipeline.ts";

/** A file, and who knows where in it a key path stands. */
export interface LocatedFile {
  readonly file: string;
  readonly positions: {
    readonly at: (path: KeyPath) => { readonly line?: number; readonly column?: number };
  };
}

/** The place of a key path in a file. */
export function locationIn({ file, positions }: LocatedFile, path: KeyPath): SourceLocation {
  const place = { file, ...positions.at(path) };
  return path.length === 0 ? place : { ...place, path: formatKeyPath(path) };
}
