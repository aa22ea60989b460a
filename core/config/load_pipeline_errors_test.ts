import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { FastDistillError, isFastDistillError } from "../errors/mod.ts";
import type { JsonObject } from "../record/mod.ts";
import { parseLayer } from "./_layer_file.ts";
import { errorLines, loadTexts } from "./_load_texts_test.ts";

const GOOD = "version: 1\nname: x\nsteps:\n  a: { use: read_jsonl }\n";

/** A file that is wrong, and every line that says so. */
type Planted = readonly [what: string, yaml: string, ...lines: string[]];

async function check(
  planted: readonly Planted[],
  variables: Readonly<Record<string, string>> = {},
): Promise<void> {
  for (const [what, yaml, ...lines] of planted) {
    assertEquals(await errorLines({ files: { "pipeline.yaml": yaml }, variables }), lines, what);
  }
}

Deno.test("loadPipeline() says what is wrong with a file that is no map of keys", async () => {
  const found = (what: string) =>
    `config.invalid_value pipeline.yaml:1:1 | Expected a map of keys in pipeline.yaml, found ${what}`;
  await check([
    ["empty", "", found("nothing")],
    ["a comment", "# nothing\n", found("nothing")],
    ["a text", "hello", found("a string")],
    ["a list", "- a\n", found("a list")],
  ]);
});

Deno.test("loadPipeline() says where a file is no YAML", async () => {
  const syntax = (place: string, message: string) => `config.syntax pipeline.yaml:${place} | ${message}`;
  await check([
    ["two documents", `${GOOD}---\n${GOOD}`, syntax("5:1", "Expected one YAML document, found another one")],
    ["a key twice", "name: a\nname: b\n", syntax("2:1", 'Found the key "name" twice in one map')],
    [
      "a key twice, deep",
      "steps:\n  a: { use: x, 'use': y }\n",
      syntax("2:16", 'Found the key "use" twice in one map'),
    ],
    ["a tab", "steps:\n\t- a", syntax("2:1", "Cannot read the YAML: a tab cannot indent; use spaces")],
    [
      "an open list",
      "version: 1\nname: [a\nsteps: {}\n",
      syntax(
        "3:1",
        "Cannot read the YAML: a quote or bracket before is not closed, or the lines in it are not indented further than its key",
      ),
    ],
    [
      "an open text",
      "version: 1\nname: 'x\n",
      syntax(
        "3:1",
        "Cannot read the YAML: a quote or bracket before is not closed, or the lines in it are not indented further than its key",
      ),
    ],
    [
      "a colon too many",
      "version: 1\nname: a: b\n",
      syntax("2:8", "Cannot read the YAML: a text that holds a colon and a space goes into quotes"),
    ],
    [
      "a placeholder without quotes in a flow map",
      "budget: { usd: ${env:USD} }\n",
      syntax("1:17", "Cannot read the YAML: expected a comma or the closing bracket"),
    ],
    [
      "an unknown tag",
      "name: !code x\n",
      syntax(
        "1:7",
        "Cannot read the YAML: the tag !code is not known; values are texts, numbers, booleans, null, lists and maps",
      ),
    ],
    ["an alias of nothing", "name: *x\n", syntax("1:8", 'Cannot read the YAML: unidentified alias "x"')],
  ]);
});

Deno.test("loadPipeline() refuses another version and says nothing else of the file", async () => {
  await check([
    [
      "a later one",
      "version: 2\nwhatever: 1\n",
      "config.version pipeline.yaml:1:1 version | Expected version 1, found 2",
    ],
    ["text", 'version: "1"\n', 'config.version pipeline.yaml:1:1 version | Expected version 1, found "1"'],
  ]);
});

Deno.test("loadPipeline() reports unknown and missing keys with the nearest known one", async () => {
  await check([
    [
      "at the top",
      `${GOOD}gatez: []\n`,
      'config.unknown_key pipeline.yaml:5:1 gatez | Unknown key "gatez" at the top level; did you mean "gates"?',
    ],
    [
      "in a step, with its neighbours",
      "version: 1\nname: x\nsteps:\n  a:\n    use: x\n    providr: y\n    on_error: dropp\n    max_failure_rate: 2\n",
      'config.unknown_key pipeline.yaml:6:5 steps.a.providr | Unknown key "providr" at steps.a; did you mean "provider"?',
      'config.invalid_value pipeline.yaml:7:5 steps.a.on_error | Expected one of "drop", "fail", "keep" at steps.a.on_error, ' +
      'found "dropp"; did you mean "drop"?',
      "config.invalid_value pipeline.yaml:8:5 steps.a.max_failure_rate | Expected a number from 0 to 1 at " +
      "steps.a.max_failure_rate, found 2",
    ],
    [
      "missing keys",
      "steps:\n  a:\n    with: {}\n",
      'config.missing_key pipeline.yaml:1:1 version | Missing key "version" at the top level',
      'config.missing_key pipeline.yaml:1:1 name | Missing key "name" at the top level',
      'config.missing_key pipeline.yaml:2:3 steps.a.use | Missing key "use" at steps.a',
    ],
    [
      "in flow maps",
      `${GOOD}providers:\n  t: { use: x, price: { input: -1 }, limits: { concurency: 3 } }\n`,
      'config.missing_key pipeline.yaml:6:16 providers.t.price.output | Missing key "output" at providers.t.price',
      "config.invalid_value pipeline.yaml:6:25 providers.t.price.input | Expected a number of at least 0 at " +
      "providers.t.price.input, found -1",
      'config.unknown_key pipeline.yaml:6:48 providers.t.limits.concurency | Unknown key "concurency" at ' +
      'providers.t.limits; did you mean "concurrency"?',
    ],
  ]);
});

Deno.test("loadPipeline() reports values of the wrong kind", async () => {
  const seed = (found: string) =>
    `config.invalid_value pipeline.yaml:5:1 seed | Expected a whole number of at least 0 at seed, found ${found}`;
  await check([
    ["a fraction", `${GOOD}seed: 1.5\n`, seed("1.5")],
    ["below", `${GOOD}seed: -1\n`, seed("-1")],
    [
      "not exact",
      `${GOOD}seed: 123456789012345678901\n`,
      "config.invalid_value pipeline.yaml:5:1 seed | Expected an integer up to 2^53 at seed, found 123456789012345680000",
    ],
    [
      "infinite",
      `${GOOD}seed: .inf\n`,
      "config.invalid_value pipeline.yaml:5:1 seed | Expected a finite number at seed, found Infinity",
    ],
    [
      "empty",
      GOOD.replace("x", "''"),
      'config.invalid_value pipeline.yaml:2:1 name | Expected a string that is not empty at name, found ""',
    ],
    [
      "null",
      `${GOOD}budget:\n`,
      "config.invalid_value pipeline.yaml:5:1 budget | Expected a map at budget, found null",
    ],
    [
      "a list",
      "version: 1\nname: x\nsteps: [a]\n",
      "config.invalid_value pipeline.yaml:3:1 steps | Expected a map at steps, found a list",
    ],
    [
      "a step's name",
      `${GOOD}  Teach: { use: x }\n`,
      "config.invalid_value pipeline.yaml:5:3 steps.Teach | Expected a step name (lower-case letters, digits, " +
      'underscores; letter first) at steps, found "Teach"',
    ],
    [
      "a stage's name",
      `${GOOD}  b: { use: x, stage: ../x }\n`,
      "config.invalid_value pipeline.yaml:5:16 steps.b.stage | Invalid value at steps.b.stage: not a name of lower-case " +
      'letters, digits and underscores, letter first, found "../x"',
    ],
    [
      "what a step reads",
      `${GOOD}  b: { use: x, from: 3 }\n  c: { use: x, from: [a, 3] }\n`,
      "config.invalid_value pipeline.yaml:5:16 steps.b.from | Expected a string that matches /^[a-z][a-z0-9_]*$/ or a " +
      "list of strings that is not empty at steps.b.from, found 3",
      "config.invalid_value pipeline.yaml:6:26 steps.c.from.1 | Expected a string that matches /^[a-z][a-z0-9_]*$/ at " +
      "steps.c.from.1, found 3",
    ],
    [
      "gates",
      `${GOOD}gates:\n  - { stage: s, metric: m }\n  - { stage: s, metric: m, min: 2, max: 1 }\n`,
      "config.invalid_value pipeline.yaml:6:5 gates.0 | Invalid value at gates.0: a gate needs min, max, between or no_worse_than",
      "config.invalid_value pipeline.yaml:7:36 gates.1.max | Invalid value at gates.1.max: max is below min, which is 2, " +
      "found 1",
    ],
  ]);
});

Deno.test("loadPipeline() reports variables that are not set, and placeholders that are none", async () => {
  await check([
    [
      "not set",
      `${GOOD}description: a \${env:FIRST} b\nproviders:\n  t: { use: x, with: { api_key: "\${env:SECOND}" } }\n`,
      "config.missing_env pipeline.yaml:5:1 description | Environment variable FIRST is not set, and is needed at description",
      "config.missing_env pipeline.yaml:7:24 providers.t.with.api_key | Environment variable SECOND is not set, and is " +
      "needed at providers.t.with.api_key",
    ],
    [
      "not closed",
      `${GOOD}description: \${env:FOO\n`,
      'config.invalid_value pipeline.yaml:5:1 description | Expected ${env:NAME}, ${env:NAME:-default}, ${file:PATH} or ${var:NAME}, found one without "}", at description',
    ],
    [
      "no name",
      `${GOOD}description: \${env:1FOO}\n`,
      'config.invalid_value pipeline.yaml:5:1 description | Expected ${env:NAME}, ${env:NAME:-default}, ${file:PATH} or ${var:NAME}, found "${env:1FOO}", at description',
    ],
  ]);
});

Deno.test("loadPipeline() never prints what a variable holds", async () => {
  const yaml = `${GOOD}seed: \${env:VALUE}\nbudget: { tokens: "\${env:VALUE}" }\ngates: \${env:VALUE}\n`;
  const lines = await errorLines({ files: { "pipeline.yaml": yaml }, variables: { VALUE: "hunter2" } });
  assertEquals(lines.length, 3);
  assertStringIncludes(lines[0]!, 'found "${env:VALUE}"');
  assert(!lines.join().includes("hunter2"));
});

Deno.test("loadPipeline() refuses keys that reach prototypes", async () => {
  await check([
    [
      "__proto__",
      `${GOOD}  __proto__: { use: x }\n`,
      'config.unknown_key pipeline.yaml:5:3 steps.__proto__ | Cannot use the key "__proto__" at steps',
    ],
    [
      "constructor",
      `${GOOD}  b: { use: x, with: { constructor: { prototype: 1 } } }\n`,
      'config.unknown_key pipeline.yaml:5:24 steps.b.with.constructor | Cannot use the key "constructor" at steps.b.with',
    ],
  ]);
  assertEquals(({} as Record<string, unknown>).use, undefined);
});

Deno.test("loadPipeline() limits size, depth and what aliases multiply to", async () => {
  const line = (index: number) =>
    `l${index}: &l${index} [${Array(10).fill(index === 0 ? "x" : `*l${index - 1}`).join(", ")}]\n`;
  await check([
    [
      "aliases",
      Array.from({ length: 9 }, (_, index) => line(index)).join(""),
      "config.invalid_value pipeline.yaml:1:37 l3.7.8.8.9 | Expected at most 10000 values, found more",
    ],
    [
      "an alias inside its anchor",
      "a: &a [*a]\n",
      `config.invalid_value pipeline.yaml:1:8 a${
        ".0".repeat(19)
      } | Expected at most 100 levels inside each other, found more`,
    ],
    [
      "levels",
      `a: ${"[".repeat(200)}${"]".repeat(200)}`,
      `config.invalid_value pipeline.yaml:1:23 a${
        ".0".repeat(19)
      } | Expected at most 100 levels inside each other, found more`,
    ],
    [
      "more levels than the parser takes",
      `a: ${"[".repeat(100_000)}`,
      "config.syntax pipeline.yaml:1:1003 | Cannot read the YAML: it is nested deeper than 1000 levels",
    ],
    [
      "an error in a long text",
      `a: @x\nb: ${"[".repeat(600_000)}`,
      "config.syntax pipeline.yaml:1:4 | Cannot read the YAML: a text that begins with @ goes into quotes",
    ],
    [
      "size",
      `description: ${"x".repeat(1024 * 1024)}`,
      "config.invalid_value pipeline.yaml | Read a file of at most 1048576 bytes, found 1048589: pipeline.yaml",
    ],
  ]);
});

Deno.test("loadPipeline() allows anchors and aliases", async () => {
  const yaml =
    `${GOOD}providers:\n  a: { use: x, price: &p { input: 1, output: 2 } }\n  b: { use: x, price: *p }\n`;
  const { config, source } = await loadTexts({ files: { "pipeline.yaml": yaml } });
  assertEquals(config.providers.b!.price, { input: 1, output: 2 });
  assert(!source.includes("&"));
});

Deno.test("loadPipeline() says which file is missing", async () => {
  const files = { "pipeline.yaml": GOOD, "env/empty.yaml": "# later\n" };
  const cases = [
    [{ file: "nope.yaml" }, "config.file_not_found nope.yaml | Cannot read nope.yaml: it does not exist"],
    [{ file: "env" }, "config.file_not_found env | Read a file, found a folder: env"],
    [{ env: "prod" }, "config.file_not_found env/prod.yaml | Cannot read env/prod.yaml: it does not exist"],
    [{ run: "run.yaml" }, "config.file_not_found run.yaml | Cannot read run.yaml: it does not exist"],
    [
      { env: "empty" },
      "config.invalid_value env/empty.yaml:1:1 | Expected a map of keys in env/empty.yaml, found nothing",
    ],
    [
      { env: "../x" },
      `config.invalid_value  | Expected an environment's name of letters, digits, ".", "_" and "-", found "../x"`,
    ],
  ] as const;
  for (const [options, line] of cases) assertEquals(await errorLines({ files, ...options }), [line]);
});

Deno.test("loadPipeline() names the layer that is wrong", async () => {
  const files = {
    "pipeline.yaml": GOOD,
    "env/dev.yaml": "steps:\n  a:\n    on_eror: fail\n",
    "run.yaml": "seed: x\n",
  };
  assertEquals(await errorLines({ files, env: "dev", run: "run.yaml", set: ["budget.usd=-1"] }), [
    'config.invalid_value run.yaml:1:1 seed | Expected a whole number of at least 0 at seed, found "x"',
    "config.invalid_value --set budget.usd | Expected a number of at least 0 at budget.usd, found -1",
    'config.unknown_key env/dev.yaml:3:5 steps.a.on_eror | Unknown key "on_eror" at steps.a; did you mean "on_error"?',
  ]);
});

Deno.test("parseLayer() gives a value or a FastDistillError for any text", () => {
  const token = fc.constantFrom(
    ..."a b 1 - : ? , [ ] { } \" ' | > & * ! % @ # ` \n \t ~ .inf 0x1 <<".split(" "),
    "\n",
    "\n  ",
    " ",
    "\t",
    "---",
    "...",
    "&a",
    "*a",
    "!!str",
    "__proto__",
    "\u0000",
    "\uFEFF",
    "\u2028",
    "é",
  );
  const text = fc.oneof(
    fc.array(token, { maxLength: 60 }).map((parts) => parts.join("")),
    fc.string({ unit: "binary", maxLength: 60 }),
  );
  fc.assert(
    fc.property(text, (yaml) => {
      try {
        const { value, positions } = parseLayer("base", { file: "x.yaml", text: yaml });
        assert(Object.keys(value as object).every((key) => positions.at([key]).line! >= 1));
      } catch (error) {
        assert(isFastDistillError(error), `${error}`);
        assert(error instanceof FastDistillError && error.code.startsWith("config."), error.code);
      }
    }),
    { numRuns: 3000, seed: 7 },
  );
});

Deno.test("loadPipeline() gives a pipeline or a FastDistillError for any damage to a file", async () => {
  const { finishPipeline } = await import("./_finish_pipeline.ts");
  const yaml = `${GOOD}  b: { use: x, from: [a], stage: s, with: { n: 1, m: [1, { k: "\${env:V:-v}" }] } }
providers: { p: { use: x, price: { input: 1, output: 2 } } }
gates:
  - { stage: s, metric: m, min: 1, max: 2 }
report: { group_by: [a] }
`;
  const junk = fc.constantFrom(
    ..."{}[]:,-'\"\n #&*!|>?~x1.\t",
    "null",
    ": ",
    "\n  ",
    "${env:",
    "}",
    "__proto__: 1\n",
  );
  const edit = fc.tuple(fc.nat(yaml.length), fc.nat(12), junk);
  const texts = fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) =>
    edits.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), yaml)
  );
  let loaded = 0;
  fc.assert(
    fc.property(texts, (text) => {
      try {
        const { value, positions } = parseLayer("base", { file: "x.yaml", text });
        const locate = (path: readonly (string | number)[]) => {
          return { layer: "base", location: { file: "x.yaml", ...positions.at(path) } } as const;
        };
        finishPipeline({
          merged: value as JsonObject,
          baseDir: "/",
          components: {},
          locate,
          readEnv: () => undefined,
        });
        loaded++;
      } catch (error) {
        assert(isFastDistillError(error), `${error}`);
        for (const one of [error, ...error.related]) assert((one.location?.line ?? 0) >= 1, one.message);
      }
    }),
    { numRuns: 2000, seed: 7 },
  );
  assert(loaded > 20 && loaded < 1900, `${loaded}`);
});
