import { assertAlmostEquals, assertEquals } from "@std/assert";
import { cohenKappa, fleissKappa, krippendorffAlpha, type Ratings } from "./agreement.ts";
import { kendall, pearson, type Point, spearman } from "./correlation.ts";
import { countsOf, type Weighted } from "./weighted.ts";
import { seededRandom } from "../runtime/mod.ts";

/** The items of a table of two raters. */
function tableItems(table: readonly (readonly number[])[]): readonly Weighted<Ratings>[] {
  return table.flatMap((row, first) => row.map((count, second) => ({ item: [first, second], count })));
}

function kappaOf(table: readonly (readonly number[])[], weights: "none" | "linear" | "quadratic" = "none") {
  const items = tableItems(table);
  return cohenKappa(items, { weights })(countsOf(items))!;
}

Deno.test("cohenKappa() agrees with published tables", () => {
  // J. Fleiss, B. Levin and M. Paik, Statistical Methods for Rates and Proportions, table 18.1: kappa = 0.68.
  assertAlmostEquals(kappaOf([[75, 1, 4], [5, 4, 1], [0, 0, 10]]), 0.68, 0.005);
  // A. Agresti, Modelling patterns of agreement (1988), 91 couples; R package vcd, SexualFun: 0.1293, linear 0.2374.
  const couples = [[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]];
  assertAlmostEquals(kappaOf(couples), 0.1293, 5e-5);
  assertAlmostEquals(kappaOf(couples, "linear"), 0.2374, 5e-5);
  assertAlmostEquals(kappaOf(couples, "quadratic"), 0.3320, 5e-5);
});

Deno.test("cohenKappa() takes the order of categories that it is told, and leaves out what one did not rate", () => {
  const items: Weighted<Ratings>[] = [
    { item: ["low", "low"], count: 4 },
    { item: ["low", "high"], count: 1 },
    { item: ["mid", "mid"], count: 3 },
    { item: ["high", "mid"], count: 2 },
    { item: ["high", null], count: 9 },
  ];
  const known = items.slice(0, 4);
  const order = ["low", "mid", "high"];
  const found = cohenKappa(items, { weights: "linear", order })(countsOf(items));
  assertEquals(found, cohenKappa(known, { weights: "linear", order })(countsOf(known)));
  assertAlmostEquals(found!, kappaOf([[4, 0, 1], [0, 3, 0], [0, 2, 0]], "linear"), 1e-12);
  const same = [{ item: ["a", "a"], count: 3 }];
  assertEquals(cohenKappa(same, { weights: "none" })(countsOf(same)), null);
});

Deno.test("fleissKappa() agrees with a published table", () => {
  // Fleiss' kappa on the worked example of 10 subjects and 14 raters, Wikipedia: 0.210.
  const rows = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
  ];
  const items = rows.map((row) => ({
    item: row.flatMap((count, category) => Array<number>(count).fill(category)),
    count: 1,
  }));
  assertAlmostEquals(fleissKappa(items)(countsOf(items))!, 0.21, 5e-4);
});

Deno.test("krippendorffAlpha() agrees with the example of its author", () => {
  // K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section C: 0.743, 0.815, 0.849.
  const raters = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, null, null, null],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, null, 3],
    [null, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, null],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, null],
  ];
  const items = raters[0]!.map((_, unit) => ({ item: raters.map((rater) => rater[unit]!), count: 1 }));
  for (const [level, alpha] of [["nominal", 0.743], ["ordinal", 0.815], ["interval", 0.849]] as const) {
    assertAlmostEquals(krippendorffAlpha(items, { level })(countsOf(items))!, alpha, 5e-4, level);
  }
});

Deno.test("pearson(), spearman() and kendall() agree with sums over all pairs", () => {
  const { integer } = seededRandom("points");
  const points: Weighted<Point>[] = Array.from({ length: 60 }, () => {
    const x = integer(8);
    return { item: [x, x + integer(9)] as const, count: 1 + integer(3) };
  });
  const all = points.flatMap(({ item, count }) => Array.from({ length: count }, () => item));
  let [concordant, discordant, tiesX, tiesY] = [0, 0, 0, 0];
  for (const [index, [x, y]] of all.entries()) {
    for (const [otherX, otherY] of all.slice(0, index)) {
      const sign = Math.sign(x - otherX) * Math.sign(y - otherY);
      if (sign > 0) concordant++;
      if (sign < 0) discordant++;
      if (x === otherX) tiesX++;
      if (y === otherY) tiesY++;
    }
  }
  const pairs = all.length * (all.length - 1) / 2;
  const tau = (concordant - discordant) / Math.sqrt((pairs - tiesX) * (pairs - tiesY));
  // Ties with itself are no pairs: kendall() counts n(n-1)/2 of them as sums of squares do.
  assertAlmostEquals(kendall(points)(countsOf(points))!, tau, 1e-12);
  const rankOf = (side: 0 | 1) => (point: Point) => {
    const below = all.filter((other) => other[side] < point[side]).length;
    return below + (all.filter((other) => other[side] === point[side]).length + 1) / 2;
  };
  const correlation = (xs: readonly number[], ys: readonly number[]) => {
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const [mx, my] = [mean(xs), mean(ys)];
    const sum = (of: (index: number) => number) => xs.reduce((total, _, index) => total + of(index), 0);
    const cross = sum((index) => (xs[index]! - mx) * (ys[index]! - my));
    return cross / Math.sqrt(sum((index) => (xs[index]! - mx) ** 2) * sum((index) => (ys[index]! - my) ** 2));
  };
  const columns = [all.map(([x]) => x), all.map(([, y]) => y)] as const;
  assertAlmostEquals(pearson(points)(countsOf(points))!, correlation(...columns), 1e-12);
  const ranks = [all.map(rankOf(0)), all.map(rankOf(1))] as const;
  assertAlmostEquals(spearman(points)(countsOf(points))!, correlation(...ranks), 1e-12);
  const flat = [{ item: [1, 2] as const, count: 2 }, { item: [1, 3] as const, count: 2 }];
  assertEquals([pearson, spearman, kendall].map((of) => of(flat)(countsOf(flat))), [null, null, null]);
});
