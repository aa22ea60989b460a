import { isAbsolute, relative, sep } from "node:path";

/** A path as it is shortest and still right for a person in that folder; unchanged when the folder is not given. */
export function shownPath(path: string, currentDirectory: string): string {
  if (!isAbsolute(path) || currentDirectory === "") return path;
  const inside = relative(currentDirectory, path);
  if (inside === "") return ".";
  return inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside) ? path : inside;
}
