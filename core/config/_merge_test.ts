import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { Json, JsonObject } from "../record/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import { mergeTraced, type Refuse, valueAt } from "./_merge.ts";
import { deepestAt, plainOf, type Traced, traceOf } from "./_traced.ts";
import type { KeyPath } from "./loaded_pipeline.ts";

const refuse: Refuse = ({ file, path }, message) =>
  new FastDistillError("config.invalid_value", `${message} in file ${file} at ${path.join(".")}`);

function mergeAll(layers: readonly Json[]): Traced {
  const traced = layers.map((layer, file) => traceOf(layer, file));
  return traced.slice(1).reduce(
    (below, above) => mergeTraced(below, above, { refuse }),
    mergeTraced(undefined, traced[0]!, { refuse }),
  );
}

function mergeMaps(...layers: readonly Json[]): Json {
  return plainOf(mergeAll(layers));
}

function originOf(layers: readonly Json[], path: KeyPath) {
  const { traced, depth } = deepestAt(mergeAll(layers), path);
  return { layer: traced.file, depth };
}

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

Deno.test("mergeTraced() is associative while no key is a map here and something else there", () => {
  fc.assert(
    fc.property(even, even, even, (a, b, c) => {
      assertEquals(mergeMaps(mergeMaps(a, b), c), mergeMaps(a, mergeMaps(b, c)));
    }),
    { seed: 7, numRuns: 1000 },
  );
});

Deno.test("mergeTraced() changes nothing for an empty map, or for the same map again", () => {
  fc.assert(
    fc.property(map, (a) => {
      assertEquals(mergeMaps({}, a), a);
      assertEquals(mergeMaps(a, {}), a);
      assertEquals(mergeMaps(a, a), a);
    }),
    { seed: 7, numRuns: 2000 },
  );
});

Deno.test("mergeTraced() merges maps, replaces lists and scalars, sets null, and keeps the order of keys", () => {
  const merged = mergeMaps({ z: 1, m: { a: 1, b: [1, 2] }, n: { x: 1 } }, {
    m: { b: [3], c: 2 },
    n: null,
    a: 0,
  });
  assertEquals(JSON.stringify(merged), '{"z":1,"m":{"a":1,"b":[3],"c":2},"n":null,"a":0}');
});

Deno.test("deepestAt() names the last layer that sets a value, whatever is merged", () => {
  fc.assert(
    fc.property(
      fc.array(map, { minLength: 1, maxLength: 4 }),
      fc.array(key, { maxLength: 3 }),
      (layers, path) => {
        const merged = mergeMaps(...layers);
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

Deno.test("deepestAt() names the first layer that has a map", () => {
  const layers: readonly JsonObject[] = [{ steps: { a: { use: "x" } } }, {
    steps: { a: { with: { n: 1 } }, b: {} },
  }];
  assertEquals(originOf(layers, ["steps", "a"]), { layer: 0, depth: 2 });
  assertEquals(originOf(layers, ["steps", "a", "with", "n"]), { layer: 1, depth: 4 });
  assertEquals(originOf(layers, ["steps", "b"]), { layer: 1, depth: 2 });
  assertEquals(originOf(layers, ["steps", "c", "use"]), { layer: 0, depth: 1 });
  assertEquals(originOf([{ a: { b: 1 } }, { a: 2 }, { a: { c: 3 } }], ["a"]), { layer: 2, depth: 1 });
});

Deno.test("mergeTraced() takes `with` from below another component, and from nowhere else", () => {
  const base = {
    steps: { a: { use: "x", with: { n: 1 }, stage: "s" } },
    providers: { p: { use: "x", with: { n: 1 } } },
  };
  const same = { steps: { a: { use: "x", with: { m: 2 } } } };
  const other = { steps: { a: { use: "y", with: { k: 3 } } } };
  const merged = (...layers: JsonObject[]) => mergeMaps(...layers) as JsonObject;
  assertEquals(merged(base, same).steps, { a: { use: "x", with: { n: 1, m: 2 }, stage: "s" } });
  assertEquals(merged(base, same, other).steps, { a: { use: "y", with: { k: 3 }, stage: "s" } });
  assertEquals(merged(base, other, { steps: { a: { use: "x" } } }).steps, { a: { use: "x", stage: "s" } });
  assertEquals(merged(base, other).providers, base.providers);
  assertEquals(merged(base, { steps: { a: null } }).steps, { a: null });
});

Deno.test("mergeTraced() adds to lists with $prepend and $append, and remembers where each element was written", () => {
  const layers: readonly Json[] = [{ list: [1, 2] }, { list: { $append: [{ a: 3 }] } }, {
    list: { $prepend: [0], $append: [4] },
  }];
  assertEquals(mergeMaps(...layers), { list: [0, 1, 2, { a: 3 }, 4] });
  const origins = [0, 1, 2, 3, 4].map((index) => originOf(layers, ["list", index]).layer);
  assertEquals(origins, [2, 0, 0, 1, 2]);
  assertEquals(deepestAt(mergeAll(layers), ["list", 3, "a"]).traced.path, ["list", "$append", 0, "a"]);
  assertEquals(mergeMaps({}, { list: { $append: [1] } }), { list: [1] });
  assertEquals(mergeMaps({ list: { $prepend: [{ inner: { $append: [1] } }] } }), { list: [{ inner: [1] }] });
  assertEquals(mergeMaps({ list: [1] }, { list: [2] }), { list: [2] });
});

Deno.test("mergeTraced() refuses $append and $prepend that do not fit, and says where", () => {
  const cases: readonly (readonly [readonly Json[], string])[] = [
    [
      [{ a: 1 }, { a: { $append: [2] } }],
      "Expected a list below $append and $prepend, found 1 in file 1 at a",
    ],
    [
      [{ a: { b: 1 } }, { a: { $append: [2] } }],
      "Expected a list below $append and $prepend, found a map in file 1 at a",
    ],
    [[{ a: { $append: 2 } }], "Expected a list after $append in file 0 at a.$append"],
    [[{ a: { $append: [2], b: 1 } }], 'Cannot use the key "b" beside $append and $prepend in file 0 at a.b'],
  ];
  for (const [layers, message] of cases) {
    assertEquals(assertThrows(() => mergeAll(layers), FastDistillError).message, message);
  }
});
