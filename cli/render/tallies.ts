/** Counts by name: rows by reason, rows by code. */
export type Counts = Readonly<Record<string, number>>;

/** The sum of all counts. */
export function totalOf(counts: Counts): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

/** The counts, the largest first, equal ones by name. */
export function largestFirst(counts: Counts): readonly (readonly [string, number])[] {
  return Object.entries(counts).sort(([nameA, a], [nameB, b]) => b - a || (nameA < nameB ? -1 : 1));
}
