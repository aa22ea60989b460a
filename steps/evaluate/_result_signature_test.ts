import { assertEquals, assertNotEquals } from "@std/assert";
import { isSameResult, resultSignature, type SqlCell, type SqlResult } from "./_result_signature.ts";

function result(...rows: readonly (readonly SqlCell[])[]): SqlResult {
  return { columns: rows[0]?.length ?? 0, rows };
}

function isSame(found: SqlResult, wanted: SqlResult, groupEnds = [wanted.rows.length]): boolean {
  return isSameResult(found, wanted, { tolerance: 1e-6, groupEnds });
}

Deno.test("isSameResult() compares rows as a multiset", () => {
  assertEquals(isSame(result(["a"], ["b"], ["a"]), result(["b"], ["a"], ["a"])), true);
  assertEquals(isSame(result(["a"], ["b"], ["b"]), result(["b"], ["a"], ["a"])), false);
  assertEquals(isSame(result(["a"]), result(["a"], ["a"])), false);
});

Deno.test("isSameResult() keeps order between groups only", () => {
  const wanted = result([3], [2], [2.5], [1]);
  assertEquals(isSame(result([3], [2.5], [2], [1]), wanted, [1, 3, 4]), true);
  assertEquals(isSame(result([2], [3], [2.5], [1]), wanted, [1, 3, 4]), false);
  assertEquals(isSame(result([3], [2.5], [2], [1]), wanted, [1, 2, 3, 4]), false);
});

Deno.test("isSameResult() compares cells", () => {
  const cases: readonly (readonly [SqlCell, SqlCell, boolean])[] = [
    [1, 1.0, true],
    [0.1 + 0.2, 0.3, true],
    [33.33333333, 33.33333334, true],
    [33.33, 33.34, false],
    [5.6e-17, 0, true],
    [1_000_000, 1_000_001, false],
    [999_999.9999, 1_000_000, true],
    [9007199254740993n, 9007199254740995n, false],
    [9007199254740993n, 9007199254740993n, true],
    [9007199254740993n, 9007199254740992 * 1.0000001, true],
    [Infinity, Infinity, true],
    [Infinity, 1e308, false],
    [null, null, true],
    [null, 0, false],
    [null, "", false],
    ["1", 1, false],
    ["a", "A", false],
    ["a", "a ", false],
    [Uint8Array.of(1, 2), Uint8Array.of(1, 2), true],
    [Uint8Array.of(1, 2), Uint8Array.of(1, 3), false],
    [Uint8Array.of(97), "a", false],
  ];
  for (const [a, b, wanted] of cases) {
    assertEquals(isSame(result([a]), result([b])), wanted, `${a} and ${b}`);
    assertEquals(isSame(result([b]), result([a])), wanted, `${b} and ${a}`);
  }
});

Deno.test("isSameResult() counts the order and the number of columns, empty results included", () => {
  assertEquals(isSame(result([1, 2]), result([2, 1])), false);
  assertEquals(isSame({ columns: 1, rows: [] }, { columns: 2, rows: [] }), false);
  assertEquals(isSame({ columns: 2, rows: [] }, { columns: 2, rows: [] }), true);
});

Deno.test("isSameResult() finds pairs although noise changes the order of rows", () => {
  const noisy = result([0.3 + 1e-9, 5], [0.3, 7]);
  assertEquals(isSame(noisy, result([0.3, 5], [0.3, 7])), true);
  assertEquals(isSame(noisy, result([0.3, 5], [0.3, 5])), false);
});

Deno.test("isSameResult() compares ten thousand noisy rows", () => {
  const rows = Array.from({ length: 10_000 }, (_, index) => [`r${index % 7}`, index + 0.5]);
  const noisy = rows.map(([name, value]) => [name!, (value as number) * (1 + 1e-8)]).reverse();
  assertEquals(isSame(result(...noisy), result(...rows)), true);
  noisy[5000] = ["r1", 3.25];
  assertEquals(isSame(result(...noisy), result(...rows)), false);
});

Deno.test("resultSignature() is shared by equal results", () => {
  const signature = resultSignature(result([1, "a"], [2.5, null]), false);
  assertEquals(signature, resultSignature(result([2.5, null], [1.0, "a"]), false));
  assertEquals(signature.length, 64);
  assertNotEquals(signature, resultSignature(result([1, "a"], [2.5, "null"]), false));
  assertNotEquals(signature, resultSignature(result([1, "a"], [2.5, null], [1, "a"]), false));
  assertNotEquals(resultSignature(result([1], [2]), true), resultSignature(result([2], [1]), true));
  assertNotEquals(resultSignature(result(["a", "b"]), false), resultSignature(result(['a","tb']), false));
  assertNotEquals(
    resultSignature({ columns: 1, rows: [] }, false),
    resultSignature({ columns: 2, rows: [] }, false),
  );
});
