/**
 * The text form of a package's public surface: one block per name, made to be read in a diff.
 *
 * @module
 */

/** What one name is. */
export interface SurfaceEntry {
  /** Kinds as `deno doc` calls them, joined with `+` where declarations merge. */
  readonly kinds: string;
  /** Declaration without comments; or where the name comes from. */
  readonly signature: string;
}

/** `<specifier> <name>` to what it is. */
export type Surface = ReadonlyMap<string, SurfaceEntry>;

const HEADER = "Public surface, written by `deno task surface:update`. A change here is a change for users.";

/** Writes a surface, sorted. */
export function printSurface(surface: Surface): string {
  const blocks = [...surface].sort(([a], [b]) => a < b ? -1 : 1).map(([key, entry]) =>
    `\n${key} (${entry.kinds})\n${entry.signature.replace(/^/gm, "    ")}\n`
  );
  return `# ${HEADER}\n${blocks.join("")}`;
}

/** Reads what {@linkcode printSurface} wrote. */
export function parseSurface(text: string): Surface {
  const surface = new Map<string, SurfaceEntry>();
  for (const block of text.replaceAll("\r\n", "\n").split(/\n\n(?! )/)) {
    const [head = "", ...lines] = block.trimEnd().split("\n");
    const match = /^(\S+ \S+) \((.+)\)$/.exec(head);
    if (match === null) continue;
    const signature = lines.map((line) => line.replace(/^ {4}/, "")).join("\n");
    surface.set(match[1] ?? "", { kinds: match[2] ?? "", signature });
  }
  return surface;
}
