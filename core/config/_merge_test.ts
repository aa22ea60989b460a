import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Json, JsonObject } from "../record/mod.ts";
import { dropReplacedConfigs, mergeMaps, originOf, valueAt } from "./_merge.ts";

const scalar = fc.oneof(fc.integer(), fc.string({ maxLength: 3 }), fc.boolean(), fc.constant(null));
const key = fc.constantFrom("a", "b", "c", "toString");
const { map } = fc.letrec<{ map: JsonObject; value: Json }>((tie) => ({
  map: fc.array(fc.tuple(key, tie("value")), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  value: fc.oneof({ depthSize: "small" }, scalar, fc.array(scalar, { maxLength: 3 }), tie("map")),
}));

/** Maps in which `m` and `n`, where they are there, hold maps, and `a` and `b` never do. */
const leaf = fc.oneof(scalar, fc.array(scalar, { maxLength: 2 }));
const level = (inside: fc.Arbitrary<JsonObject>): fc.Arbitrary<JsonObject> =>
  fc.record({ a: leaf, b: leaf, m: inside, n: inside }, { requiredKeys: [] }) as fc.Arbitrary<JsonObject>;
const even = level(level(level(fc.constant({}))));

Deno.test("mergeMaps() is associative while no key is a map here and something else there", () => {
  fc.assert(
    fc.property(even, even, even, (a, b, c) => {
      assertEquals(mergeMaps(mergeMaps(a, b), c), mergeMaps(a, mergeMaps(b, c)));
    }),
    { seed: 7, numRuns: 1000 },
  );
});

Deno.test("mergeMaps() changes nothing for an empty map, or for the same map again", () => {
  fc.assert(
    fc.property(map, (a) => {
      assertEquals(mergeMaps({}, a), a);
      assertEquals(mergeMaps(a, {}), a);
      assertEquals(mergeMaps(a, a), a);
    }),
    { seed: 7, numRuns: 2000 },
  );
});

Deno.test("mergeMaps() merges maps, replaces lists and scalars, sets null, and keeps the order of keys", () => {
  const merged = mergeMaps({ z: 1, m: { a: 1, b: [1, 2] }, n: { x: 1 } }, {
    m: { b: [3], c: 2 },
    n: null,
    a: 0,
  });
  assertEquals(JSON.stringify(merged), '{"z":1,"m":{"a":1,"b":[3],"c":2},"n":null,"a":0}');
});

Deno.test("originOf() names the last layer that sets a value, whatever is merged", () => {
  fc.assert(
    fc.property(
      fc.array(map, { minLength: 1, maxLength: 4 }),
      fc.array(key, { maxLength: 3 }),
      (layers, path) => {
        const merged = layers.reduce(mergeMaps);
        const { layer, depth } = originOf(layers, path);
        const found = valueAt(merged, path);
        assertEquals(depth === path.length, found !== undefined);
        if (found === undefined || (typeof found === "object" && found !== null)) return;
        assertEquals(valueAt(layers[layer]!, path), found);
        assertEquals(layers.slice(layer + 1).every((above) => valueAt(above, path) === undefined), true);
      },
    ),
    { seed: 7, numRuns: 2000 },
  );
});

Deno.test("originOf() names the first layer that has a map", () => {
  const layers: readonly JsonObject[] = [{ steps: { a: { use: "x" } } }, {
    steps: { a: { with: { n: 1 } }, b: {} },
  }];
  assertEquals(originOf(layers, ["steps", "a"]), { layer: 0, depth: 2 });
  assertEquals(originOf(layers, ["steps", "a", "with", "n"]), { layer: 1, depth: 4 });
  assertEquals(originOf(layers, ["steps", "b"]), { layer: 1, depth: 2 });
  assertEquals(originOf(layers, ["steps", "c", "use"]), { layer: 0, depth: 1 });
  assertEquals(originOf([{ a: { b: 1 } }, { a: 2 }, { a: { c: 3 } }], ["a"]), { layer: 2, depth: 1 });
});

Deno.test("dropReplacedConfigs() takes `with` from below another component, and from nowhere else", () => {
  const base = {
    steps: { a: { use: "x", with: { n: 1 }, stage: "s" } },
    providers: { p: { use: "x", with: { n: 1 } } },
  };
  const same = { steps: { a: { use: "x", with: { m: 2 } } } };
  const other = { steps: { a: { use: "y", with: { k: 3 } } } };
  const merged = (...layers: JsonObject[]) => dropReplacedConfigs(layers).reduce(mergeMaps);
  assertEquals(merged(base, same).steps, { a: { use: "x", with: { n: 1, m: 2 }, stage: "s" } });
  assertEquals(merged(base, same, other).steps, { a: { use: "y", with: { k: 3 }, stage: "s" } });
  assertEquals(merged(base, other, { steps: { a: { use: "x" } } }).steps, { a: { use: "x", stage: "s" } });
  assertEquals(merged(base, other).providers, base.providers);
  assertEquals(merged(base, { steps: { a: null } }).steps, { a: null });
});
