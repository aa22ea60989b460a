import * as std from "@std/assert";
import nodeAssert from "node:assert";

// These tests lean on node:assert, so that a broken assertion cannot vouch for itself.
function throws(fn: () => unknown, message: RegExp): void {
  nodeAssert.throws(fn, (error) => error instanceof std.AssertionError && message.test(error.message));
}

Deno.test("every assertion passes on what it asserts and throws on what it does not", () => {
  const cases: [pass: () => unknown, fail: () => unknown][] = [
    [() => std.assert(1), () => std.assert(0)],
    [() => std.assertFalse(""), () => std.assertFalse("x")],
    [() => std.assertExists(0), () => std.assertExists(null)],
    [() => std.assertInstanceOf([], Array), () => std.assertInstanceOf({}, Array)],
    [() => std.assertNotInstanceOf({}, Array), () => std.assertNotInstanceOf([], Array)],
    [() => std.assertStrictEquals(NaN, NaN), () => std.assertStrictEquals({}, {})],
    [() => std.assertNotStrictEquals({}, {}), () => std.assertNotStrictEquals(1, 1)],
    [() => std.assertEquals({ a: [1] }, { a: [1] }), () => std.assertEquals<unknown>({ a: undefined }, {})],
    [() => std.assertNotEquals(1, 2), () => std.assertNotEquals([1], [1])],
    [() => std.assertArrayIncludes([1, { a: 1 }], [{ a: 1 }]), () => std.assertArrayIncludes([1], [2])],
    [() => std.assertAlmostEquals(0.1 + 0.2, 0.3), () => std.assertAlmostEquals(1, 1.1)],
    [() => std.assertAlmostEquals(1, 1.1, 0.2), () => std.assertAlmostEquals(NaN, 1)],
    [() => std.assertGreater(2, 1), () => std.assertGreater(1, 1)],
    [() => std.assertGreaterOrEqual(1, 1), () => std.assertGreaterOrEqual(0, 1)],
    [() => std.assertLess(1, 2), () => std.assertLess(1, 1)],
    [() => std.assertLessOrEqual(1, 1), () => std.assertLessOrEqual(2, 1)],
    [() => std.assertMatch("abc", /b/), () => std.assertMatch("abc", /x/)],
    [() => std.assertNotMatch("abc", /x/), () => std.assertNotMatch("abc", /b/)],
    [() => std.assertStringIncludes("abc", "b"), () => std.assertStringIncludes("abc", "x")],
    [
      () => std.assertIsError(new TypeError("x y"), TypeError, /x/),
      () => std.assertIsError(new Error("x"), TypeError),
    ],
  ];
  for (const [pass, fail] of cases) {
    pass();
    throws(fail, /^/);
  }
});

Deno.test("a failure says what differs and adds the caller's note", () => {
  throws(() => std.assertEquals({ a: 1 }, { a: 2 }, "NOTE"), /^Values are not equal: NOTE\n[^]*a: 2/);
  throws(() => std.assertEquals(1, 2, "NOTE"), /NOTE/);
  throws(() => std.fail("NOTE"), /^Failed assertion: NOTE$/);
  throws(() => std.unreachable(), /^Unreachable/);
  throws(() => std.unimplemented(), /^Unimplemented/);
});

Deno.test("equal() takes an object without a prototype for a plain one, and 0 for -0", () => {
  const bare = Object.assign(Object.create(null), { n: -0, list: [Object.create(null)] });
  nodeAssert.ok(std.equal(bare, { n: 0, list: [{}] }));
  nodeAssert.ok(!std.equal(bare, { n: 1, list: [{}] }));
  nodeAssert.ok(!std.equal(new Date(0), new Date(1)));
  nodeAssert.ok(!std.equal(new Map([["a", 1]]), new Map([["a", 2]])));
  nodeAssert.ok(!std.equal([1, undefined], [1]));
  nodeAssert.ok(!std.equal(new (class A {})(), {}));
});

Deno.test("equal() looks at holes and named items of arrays, and at the stack of errors", () => {
  nodeAssert.ok(!std.equal([undefined], [,]));
  nodeAssert.ok(!std.equal([1], Object.assign([1], { note: 1 })));
  const made = [1, 2].map(() => new RangeError("x"));
  nodeAssert.ok(std.equal(made[0], made[1]));
  nodeAssert.ok(!std.equal(made[0], new RangeError("x")));
  nodeAssert.ok(!std.equal(new Map([[1, made[0]]]), new Map([[1, new RangeError("x")]])));
  nodeAssert.ok(std.equal(new Set([Object.create(null)]), new Set([{}])));
  nodeAssert.ok(!std.equal({ e: made[0] }, { e: Object.assign(made[1]!, { code: 1 }) }));
});

Deno.test("equal() survives cycles", () => {
  const [a, b]: { self?: unknown; n: number }[] = [{ n: 0 }, { n: -0 }];
  a!.self = a;
  b!.self = b;
  nodeAssert.ok(std.equal(a, b));
});

Deno.test("assertObjectMatch() looks only at what is expected", () => {
  const actual = {
    a: { b: [{ c: 1, d: 2 }, 3], e: 4 },
    m: new Map([["k", { x: 1, y: 2 }]]),
    at: new Date(0),
  };
  std.assertObjectMatch(actual, { a: { b: [{ c: 1 }] }, m: new Map([["k", { x: 1 }]]), at: new Date(0) });
  throws(() => std.assertObjectMatch(actual, { a: { b: [{ c: 2 }] } }), /Values/);
  throws(() => std.assertObjectMatch(actual, { z: undefined }), /Values/);
  throws(() => std.assertObjectMatch([1, 2], [1] as never), /Values/);
  throws(() => std.assertObjectMatch(actual, { at: new Date(1) }), /Values/);
});

Deno.test("assertThrows() returns what was thrown after looking at it", () => {
  const boom = () => {
    throw new RangeError("too far");
  };
  nodeAssert.equal(std.assertThrows(boom, RangeError, "far").message, "too far");
  throws(() => std.assertThrows(boom, TypeError), /"TypeError"/);
  throws(() => std.assertThrows(boom, RangeError, "near"), /too far/);
  throws(() => std.assertThrows(() => 1, "NOTE"), /Expected function to throw: NOTE/);
});

Deno.test("assertRejects() returns what was rejected, and takes no synchronous throw", async () => {
  const boom = () => Promise.reject(new RangeError("too far"));
  nodeAssert.equal((await std.assertRejects(boom, RangeError, "far")).message, "too far");
  for (
    const call of [
      () => std.assertRejects(boom, TypeError),
      () => std.assertRejects(() => Promise.resolve(1)),
      () =>
        std.assertRejects(() => {
          throw new RangeError("too early");
        }),
    ]
  ) await nodeAssert.rejects(call, std.AssertionError);
});
