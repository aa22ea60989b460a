/** What near-duplicates are compared by: the columns' texts, a line each. Values that are no text count as their JSON. */
export function textOf(row: Readonly<Record<string, unknown>>, columns: readonly string[]): string {
  if (columns.length === 1) return textOfValue(row[columns[0]!]);
  const texts = columns.map((column) => textOfValue(row[column]));
  return texts.every((text) => text === "") ? "" : texts.join("\n");
}

function textOfValue(value: unknown): string {
  if (typeof value === "string") return value;
  return value === null || value === undefined ? "" : JSON.stringify(value);
}
