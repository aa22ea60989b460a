import { assertEquals } from "@std/assert";
import { definePipeline } from "./define_pipeline.ts";
import { errorLines, loadTexts } from "./_load_texts_test.ts";

const BASE = "version: 1\nname: x\nsteps:\n  a: { use: read_jsonl, stage: s }\n";

function linesOf(more: string): Promise<readonly string[]> {
  return errorLines({ files: { "pipeline.yaml": BASE + more } });
}

Deno.test("loadPipeline() fills in how a gate compares with a run that is only named", async () => {
  const { config } = await loadTexts({
    files: {
      "pipeline.yaml": `${BASE}gates:
  - { stage: s, metric: ok_rate, no_worse_than: prod }
  - { stage: s, metric: ok_rate, between: [0.1, 0.2], no_worse_than: { run: latest, margin: 0.01, better: lower } }
`,
    },
  });
  const base = { margin: 0, alpha: 0.05, better: "higher", if_missing: "fail" } as const;
  assertEquals(config.gates.map(({ no_worse_than }) => no_worse_than), [
    { run: "prod", ...base },
    { ...base, run: "latest", margin: 0.01, better: "lower" },
  ]);
  const built = definePipeline({ name: "x" })
    .step("a", { use: "read_jsonl", with: {} }, { stage: "s" })
    .gate({ stage: "s", metric: "ok_rate", no_worse_than: "prod" })
    .gate({
      stage: "s",
      metric: "ok_rate",
      between: [0.1, 0.2],
      no_worse_than: { run: "latest", margin: 0.01, better: "lower" },
    })
    .build();
  assertEquals(built.config.gates, config.gates);
});

Deno.test("loadPipeline() says what is wrong with a gate, and where", async () => {
  const gate = (keys: string) => linesOf(`gates:\n  - { stage: s, metric: m, ${keys} }\n`);
  const invalid = (column: number, path: string, problem: string) => [
    `config.invalid_value pipeline.yaml:6:${column} ${path} | Invalid value at ${path}: ${problem}`,
  ];
  assertEquals(
    await gate("severity: warn"),
    invalid(5, "gates.0", "a gate needs min, max, between or no_worse_than"),
  );
  assertEquals(
    await gate("min: 1, between: [1, 2]"),
    invalid(36, "gates.0.between", "between stands for min and max: leave them out"),
  );
  assertEquals(
    await gate("between: [2, 1]"),
    invalid(28, "gates.0.between", "the second value of between is below the first"),
  );
  assertEquals(
    await gate("no_worse_than: prod, confidence: 0.9"),
    invalid(
      49,
      "gates.0.confidence",
      "confidence is about min, max or between, and the gate has none of them, found 0.9",
    ),
  );
  assertEquals(await gate("min: 1, confidence: 95"), [
    "config.invalid_value pipeline.yaml:6:36 gates.0.confidence | " +
    "Expected a number above 0 and below 1 at gates.0.confidence, found 95",
  ]);
  assertEquals(await gate("min: 1, confidense: 0.95"), [
    "config.unknown_key pipeline.yaml:6:36 gates.0.confidense | " +
    'Unknown key "confidense" at gates.0; did you mean "confidence"?',
  ]);
  assertEquals(await gate("no_worse_than: { runs: prod }"), [
    'config.missing_key pipeline.yaml:6:28 gates.0.no_worse_than.run | Missing key "run" at gates.0.no_worse_than',
    "config.unknown_key pipeline.yaml:6:45 gates.0.no_worse_than.runs | " +
    'Unknown key "runs" at gates.0.no_worse_than; did you mean "run"?',
  ]);
});

Deno.test("loadPipeline() says what is wrong with a metric of several columns", async () => {
  const metric = (keys: string) => linesOf(`metrics:\n  m: { stage: s, ${keys} }\n`);
  const invalid = (column: number, key: string, problem: string) => [
    `config.invalid_value pipeline.yaml:6:${column} metrics.m.${key} | ` +
    `Invalid value at metrics.m.${key}: ${problem}`,
  ];
  assertEquals(await metric("kind: cohen_kapa, columns: [a, b]"), [
    "config.invalid_value pipeline.yaml:6:18 metrics.m.kind | " +
    'Expected one of "agreement", "swap_consistency", "cohen_kappa", "fleiss_kappa", "krippendorff_alpha", ' +
    '"pearson", "spearman", "kendall" at metrics.m.kind, found "cohen_kapa"; did you mean "cohen_kappa"?',
  ]);
  assertEquals(
    await metric("kind: cohen_kappa, columns: [a, b, c]"),
    invalid(37, "columns", "cohen_kappa is about two columns, found 3"),
  );
  assertEquals(
    await metric("kind: agreement, columns: [a, a]"),
    invalid(35, "columns", "a column is named twice"),
  );
  assertEquals(
    await metric("kind: agreement, columns: [a, b], weights: linear"),
    invalid(52, "weights", 'only cohen_kappa takes weights, and the kind is agreement, found "linear"'),
  );
});
