const CHARS_MAX = 60;

/** A value as messages show it: scalars as they are, long text cut, lists and maps by kind. */
export function shownValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (value !== null && typeof value === "object") return "a map";
  if (typeof value !== "string") return String(value);
  return JSON.stringify(value.length <= CHARS_MAX ? value : `${value.slice(0, CHARS_MAX - 3)}...`);
}

/** What kind of value it is, without showing it. */
export function kindOfValue(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  return `a ${typeof value}`;
}
