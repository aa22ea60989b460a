/**
 * The known name that is closest to a wrong one, or `undefined` when none is close. Distance is optimal string
 * alignment (insert, delete, replace, swap neighbours); a third of the longer name may differ.
 *
 * @example
 * ```ts
 * import { nearestName } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(nearestName("dedup_exat", ["dedup_exact", "select"]), "dedup_exact");
 * assertEquals(nearestName("zzz", ["dedup_exact", "select"]), undefined);
 * ```
 */
export function nearestName(wrong: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const name of [...known].sort()) {
    const distance = editDistance(wrong.toLowerCase(), name.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  if (best === undefined) return undefined;
  return bestDistance <= Math.max(1, Math.floor(Math.max(wrong.length, best.length) / 3)) ? best : undefined;
}

/** The ending of a message that proposes the nearest name: `; did you mean "x"?`, or an empty text. */
export function didYouMean(wrong: string, known: Iterable<string>): string {
  const name = nearestName(wrong, known);
  return name === undefined ? "" : `; did you mean "${name}"?`;
}

function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(replaced, last[j]! + 1, row[j - 1]! + 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, beforeLast[j - 2]! + 1);
      row.push(cost);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
}
