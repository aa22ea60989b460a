import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { chooseBanding, findChance } from "./_lsh_bands.ts";
import { MinHasher } from "./_minhash.ts";
import { mix } from "./_mix.ts";
import { simdLeast } from "./_simd_least.ts";
import { distinctOf, jaccard, Shingler, type ShingleRule } from "./_shingles.ts";

const CHARACTERS: ShingleRule = { unit: "characters", size: 3, punctuation: true };
const WORDS: ShingleRule = { unit: "words", size: 1, punctuation: true };

function setOf(text: string, rule: ShingleRule = CHARACTERS): Int32Array {
  return distinctOf(new Shingler(rule).cut(text).hashes);
}

/** Shingles as texts, the slow way. */
function slowShingles(text: string, size: number): ReadonlySet<string> {
  const plain = text.normalize("NFKC").toLowerCase()
    // deno-lint-ignore no-control-regex -- as the step does
    .replace(/[\s\x00-\x1f\x7f]+/g, " ").trim();
  if (plain === "") return new Set();
  const count = Math.max(1, plain.length - size + 1);
  return new Set(Array.from({ length: count }, (_, at) => plain.slice(at, at + size)));
}

Deno.test("Shingler() and jaccard() agree with sets of texts", () => {
  const text = fc.oneof(fc.string({ maxLength: 60 }), fc.string({ unit: "grapheme", maxLength: 40 }));
  fc.assert(fc.property(text, text, (one, other) => {
    const [a, b] = [slowShingles(one, 3), slowShingles(other, 3)];
    const both = [...a].filter((shingle) => b.has(shingle)).length;
    const all = a.size + b.size - both;
    assertEquals(setOf(one).length, a.size);
    assertEquals(jaccard(setOf(one), setOf(other)), all === 0 ? 0 : both / all);
  }));
});

Deno.test("Shingler() cuts ASCII as it cuts any text", () => {
  const ascii = fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(ascii, fc.boolean(), fc.constantFrom("words", "characters"), (text, punctuation, unit) => {
      const rule = { unit, punctuation, size: 2 } as const;
      // A letter that is not ASCII in front takes the other way through the code.
      const tail = text.replaceAll(/q/gi, "");
      assertEquals(setOf(`q ${tail}`, rule).length, setOf(`\u00e9 ${tail}`, rule).length);
    }),
  );
});

Deno.test("Shingler() compares without regard to case, white space and compatible forms", () => {
  assertEquals(setOf("Ａ  big\tCat\n"), setOf("a big cat"));
  assertEquals(setOf("don't stop", WORDS).length, 4);
  assertEquals(setOf("don't stop", { ...WORDS, punctuation: false }).length, 3);
  assertEquals(setOf(" \n ").length, 0);
  assertEquals(setOf("ab").length, 1);
});

Deno.test("Shingler() gives equal keys for equal texts only", () => {
  const keys = ["a b", "A  b", "ab", "b a"].map((text) => {
    const { keyHigh, keyLow } = new Shingler(CHARACTERS).cut(text);
    return `${keyHigh} ${keyLow}`;
  });
  assertEquals(keys[0], keys[1]);
  assertEquals(new Set(keys).size, 3);
});

Deno.test("MinHasher() agrees in a share of values that is near the Jaccard similarity", () => {
  const values = 512;
  const hasher = new MinHasher({ bands: values / 4, rows: 4, seed: 7 });
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 200 }),
      fc.integer({ min: 1, max: 200 }),
      fc.nat(),
      (same, apart, salt) => {
        const numbers = (from: number, count: number) =>
          Int32Array.from({ length: count }, (_, at) => mix(salt + from + at));
        const one = Int32Array.from([...numbers(0, same), ...numbers(10_000, apart)]);
        const other = Int32Array.from([...numbers(0, same), ...numbers(20_000, apart)]);
        const signature = hasher.signature(one).slice();
        const agreed = hasher.signature(other).reduce(
          (sum, value, at) => sum + (value === signature[at] ? 1 : 0),
          0,
        );
        const truth = jaccard(distinctOf(one), distinctOf(other));
        // Six standard deviations of a share of 512.
        assert(
          Math.abs(agreed / values - truth) <= 6 * Math.sqrt(0.25 / values),
          `${agreed / values} for ${truth}`,
        );
      },
    ),
    { seed: 1 },
  );
});

Deno.test("MinHasher() gives the same signature with vector instructions and without", () => {
  assert(
    simdLeast(new Int32Array(8), new Int32Array(8)) !== undefined,
    "the machine has no vector instructions",
  );
  const rule = { bands: 7, rows: 5, seed: 3 };
  const [simd, plain] = [new MinHasher(rule), new MinHasher(rule, { simd: false })];
  fc.assert(
    fc.property(fc.int32Array({ maxLength: 20 }), fc.integer({ min: 1, max: 9000 }), (some, count) => {
      // Lengths beyond those before make the memory grow.
      const many = Int32Array.from({ length: count }, (_, at) => mix(at ^ count));
      for (const hashes of [some, many]) {
        assertEquals([...simd.signature(hashes)], [...plain.signature(hashes)]);
      }
    }),
    { numRuns: 50 },
  );
});

Deno.test("MinHasher() gives an empty set the same keys at first and later, with vector instructions and without", () => {
  for (const simd of [true, false]) {
    const hasher = new MinHasher({ bands: 2, rows: 3, seed: 3 }, { simd });
    const none = new Int32Array();
    assertEquals([...hasher.signature(none)], Array(8).fill(0x7fffffff));
    hasher.signature(setOf("something in between"));
    assertEquals([...hasher.signature(none)], Array(8).fill(0x7fffffff));
  }
});

Deno.test("MinHasher() is the same for the same seed and another for another", () => {
  const hashes = setOf("what a seed decides");
  const keys = (seed: number) => {
    const into = new Uint32Array(8);
    new MinHasher({ bands: 8, rows: 3, seed }).writeKeys(hashes, into, 0);
    return into;
  };
  assertEquals(keys(1), keys(1));
  assertNotEquals(keys(1), keys(2));
});

Deno.test("chooseBanding() leans to pairs that are missed when they weigh more", () => {
  const wish = { threshold: 0.7, permutations: 128 };
  const even = chooseBanding({ ...wish, missWeight: 0.5 });
  const careful = chooseBanding({ ...wish, missWeight: 0.9 });
  assert(even.bands * even.rows <= 128 && careful.bands * careful.rows <= 128);
  assert(findChance(0.7, careful) > findChance(0.7, even));
  assertEquals(careful, { bands: 20, rows: 6 });
});
