import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { appendFile, cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkRunGates, verifyRun } from "../artifact/mod.ts";
import { contentDigest } from "../artifact/run_json.ts";
import type { GateInput, LoadedPipeline, MetricConfig } from "../config/mod.ts";
import { definePipeline } from "../config/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import { type Row, sha256 } from "../record/mod.ts";
import { formatReport, type RunSummary } from "../report/mod.ts";
import { seededRandom } from "../runtime/mod.ts";
import { pass } from "../step/mod.ts";
import { inFolder, modelDouble, registryOf, rowsStep, rowStep, runIn } from "./_run_double.ts";
import { planRun } from "./plan_run.ts";
import { startRun } from "./start_run.ts";

const COLUMNS = { ok: "boolean", score: "number", kind: "string", a: "string", b: "string" } as const;

interface Gated {
  readonly gates?: readonly GateInput[];
  readonly metrics?: Readonly<Record<string, MetricConfig>>;
  readonly seed?: number;
}

/** A pipeline whose one stage, `judged`, has the rows as they are. */
function pipelineOf(rows: readonly Row[], { gates = [], metrics = {}, seed = 0 }: Gated): LoadedPipeline {
  const built = definePipeline({ name: "gated", seed, metrics })
    .step("read", rowsStep(rows))
    .step("mark", rowStep(pass, { adds: COLUMNS }), { stage: "judged" });
  return gates.reduce((pipeline, gate) => pipeline.gate(gate), built).build();
}

/** The outcome of 2,000 prompts of four kinds, the same each time. */
function judgedRows(seed: string, flips: { readonly lose: number; readonly gain: number }): readonly Row[] {
  const [base, flip] = [seededRandom("base"), seededRandom(seed)];
  return Array.from({ length: 2_000 }, (_, index) => {
    const before = base.next() < 0.85;
    const ok = before ? flip.next() >= flips.lose : flip.next() < flips.gain;
    const kind = ["math", "code", "chat", "prose"][index % 4]!;
    return {
      sample_id: `r${index}`,
      ok,
      score: base.integer(11),
      kind,
      a: ok ? "yes" : "no",
      b: before ? "yes" : "no",
    };
  });
}

const SAME = { lose: 0.03, gain: 0.17 };
/** Three points more are lost. */
const WORSE = { lose: 0.03 + 0.03 / 0.85, gain: 0.17 };
const NO_WORSE: GateInput = { stage: "judged", metric: "ok_rate", no_worse_than: "gated" };

/** Runs with the seed as what tells runs of a test apart. */
function run(folder: string, rows: readonly Row[], gated: Gated): Promise<RunSummary> {
  return runIn(folder, pipelineOf(rows, gated));
}

Deno.test("a run that lost three points against the run before it fails, and one that did not does not", () =>
  inFolder(async (folder) => {
    const base = await run(folder, judgedRows("first", SAME), { seed: 1 });
    assertEquals(base.status, "done");
    const worse = await run(folder, judgedRows("second", WORSE), { seed: 2, gates: [NO_WORSE] });
    assertEquals([worse.status, worse.error?.code], ["gate_failed", "gate.failed"]);
    const [verdict] = worse.gates;
    assertMatch(
      verdict!.message,
      /^Gate failed: ok_rate .*; worse than 0\.\d+ in run gated-.* on 2000 pairs, alpha 0.05\)$/,
    );
    assertEquals([verdict!.baseline?.run_id, verdict!.baseline?.pairs], [base.run_id, 2_000]);
    const same = await run(folder, judgedRows("third", SAME), { seed: 3, gates: [NO_WORSE] });
    assertEquals([same.status, same.gates[0]?.baseline?.run_id], ["done", base.run_id]);
  }));

Deno.test("a gate that only warns says so and leaves the run as it is", () =>
  inFolder(async (folder) => {
    const gates: GateInput[] = [{ stage: "judged", metric: "ok_rate", min: 0.999, severity: "warn" }];
    const { status, gates: [verdict] } = await run(folder, judgedRows("x", SAME), { gates });
    assertEquals([status, verdict?.passed], ["done", false]);
    assertMatch(verdict!.message, /^Gate warning: /);
  }));

Deno.test("a run whose baseline is missing does not start, unless the gate passes without one", () =>
  inFolder(async (folder) => {
    const rows = judgedRows("x", SAME);
    const start = (gate: GateInput) =>
      startRun({
        pipeline: pipelineOf(rows, { gates: [gate] }),
        registry: registryOf(modelDouble()),
        runsDir: folder,
      });
    const error = await assertRejects(() => start({ ...NO_WORSE, no_worse_than: "prod" }), FastDistillError);
    assertEquals([error.code, error.location?.path], ["data.run_not_found", "gates.0.no_worse_than"]);
    assertMatch(error.message, /^Gate 0 has no run to compare with: /);
    const gate = { ...NO_WORSE, no_worse_than: { run: "latest", if_missing: "pass" } } as const;
    const first = await run(folder, rows, { gates: [gate] });
    assertEquals([first.status, first.gates[0]?.passed], ["done", true]);
    // The same run again is not compared with itself.
    const again = await run(folder, rows, { gates: [gate] });
    assertEquals([again.run_id, again.gates[0]?.passed, again.gates[0]?.baseline], [
      first.run_id,
      true,
      undefined,
    ]);
    const itself = await run(folder, rows, { gates: [{ ...NO_WORSE, no_worse_than: first.run_id }] });
    assertMatch(itself.gates[0]!.message, /is the baseline itself$/);
    const stage = await assertRejects(
      () =>
        startRun({
          pipeline: definePipeline({ name: "other" }).step("read", rowsStep(rows), { stage: "elsewhere" })
            .gate({ ...NO_WORSE, stage: "elsewhere", no_worse_than: "gated" }).build(),
          registry: registryOf(modelDouble()),
          runsDir: folder,
        }),
      FastDistillError,
    );
    assertMatch(stage.message, /has no stage "elsewhere"$/);
  }));

const METRICS: Readonly<Record<string, MetricConfig>> = {
  judges: { stage: "judged", kind: "cohen_kappa", columns: ["a", "b"] },
  rho: { stage: "judged", kind: "spearman", columns: ["score", "ok"] },
};
const ALL: readonly GateInput[] = [
  { stage: "judged", metric: "ok_rate", min: 0.75, confidence: 0.95, by: "kind", min_total: 100 },
  { stage: "judged", metric: "score_mean", between: [4, 6], confidence: 0.9 },
  { stage: "judged", metric: "score_p90", min: 9 },
  { stage: "judged", metric: "judges", min: 0.5, confidence: 0.95 },
  { stage: "judged", metric: "rho", max: 0.5 },
  { stage: "judged", metric: "ok_rate", no_worse_than: { run: "gated", margin: 0.01 }, by: "kind" },
];

Deno.test("checkRunGates() says from files alone what the run said, and judges by other gates too", () =>
  inFolder(async (folder) => {
    await run(folder, judgedRows("first", SAME), { seed: 1 });
    const summary = await run(folder, judgedRows("second", SAME), { seed: 2, gates: ALL, metrics: METRICS });
    assertEquals([summary.status, summary.stages[0]!.metrics["judges"]! > 0.5], ["done", true]);
    const report = await checkRunGates(summary.run_dir);
    assertEquals([report.passed, JSON.stringify(report.gates)], [true, JSON.stringify(summary.gates)]);
    const quality = JSON.parse(await readFile(join(summary.run_dir, "reports/quality.json"), "utf8"));
    assertEquals(quality.gates, JSON.parse(JSON.stringify(summary.gates)));
    const stricter = await checkRunGates(summary.run_dir, { set: ["gates.2.min=11"] });
    assertEquals([stricter.passed, stricter.gates.map(({ passed }) => passed).indexOf(false)], [false, 2]);
    const pipeline = pipelineOf([], { gates: [{ stage: "judged", metric: "ok_rat", min: 1 }] });
    const wrong = await assertRejects(() => checkRunGates(summary.run_dir, { pipeline }), FastDistillError);
    assertMatch(wrong.message, /no such metric; did you mean "ok_rate"\?$/);
  }));

Deno.test("checkRunGates() refuses rows that were changed, and verifyRun() finds a verdict that was", () =>
  inFolder(async (folder) => {
    const gates: GateInput[] = [{ stage: "judged", metric: "ok_rate", min: 0.8, confidence: 0.95 }];
    const { run_dir } = await run(folder, judgedRows("first", SAME), { gates });
    const copy = join(folder, "copy");
    await cp(run_dir, copy, { recursive: true });
    await appendFile(join(copy, "stages/judged/part-00000.jsonl"), '{"ok":true}\n');
    const changed = await assertRejects(() => checkRunGates(copy), FastDistillError);
    assertEquals(changed.code, "data.digest_mismatch");
    // Every digest still fits: what is found then is found by judging anew.
    const forged = (text: string) => text.replace(/"low": ?0\.\d+/, '"low": 0.9');
    const quality = forged(await readFile(join(run_dir, "reports/quality.json"), "utf8"));
    await writeFile(join(run_dir, "reports/quality.json"), quality);
    const { digest: _, ...content } = JSON.parse(forged(await readFile(join(run_dir, "run.json"), "utf8")));
    content.files.find(({ name }: { name: string }) => name === "quality").sha256 = sha256(quality);
    await writeFile(join(run_dir, "run.json"), formatReport({ ...content, digest: contentDigest(content) }));
    const { problems } = await verifyRun(run_dir);
    assertEquals(problems.map(({ file, problem }) => `${file}: ${problem}`), [
      "reports/quality.json: gate 0 differs from what the rows say",
    ]);
  }));

Deno.test("planRun() refuses what a metric cannot give, and columns that are not there", async () => {
  const refused = async (gated: Gated): Promise<readonly string[]> => {
    const pipeline = pipelineOf([], gated);
    const error = await assertRejects(
      () => planRun({ pipeline, registry: registryOf(modelDouble()) }),
      FastDistillError,
    );
    return [error, ...error.related].map(({ code, message }) => `${code} ${message}`);
  };
  const gate = (more: Partial<GateInput>): GateInput => ({ stage: "judged", metric: "ok_rate", ...more });
  assertEquals(
    await refused({
      gates: [
        gate({ metric: "count", min: 1, confidence: 0.9 }),
        gate({ metric: "score_p10", no_worse_than: "x" }),
        gate({ min: 1, by: "kinds" }),
        gate({ no_worse_than: { run: "x", pair_by: ["sample"] } }),
        gate({ metric: "kind_p10", min: 1 }),
        gate({ stage: "judgd", min: 1 }),
      ],
    }),
    ['graph.unknown_stage Gate 5 is on the stage "judgd", and no step writes it; did you mean "judged"?'],
  );
  assertEquals(
    await refused({
      gates: [
        gate({ metric: "count", min: 1, confidence: 0.9 }),
        gate({ metric: "score_p10", no_worse_than: "x" }),
        gate({ min: 1, by: "kinds" }),
        gate({ no_worse_than: { run: "x", pair_by: ["scores"] } }),
        gate({ metric: "kind_p10", min: 1 }),
      ],
    }),
    [
      'gate.unsupported Gate 0 has a confidence, and "count" has no interval',
      'gate.unsupported Gate 1 has no_worse_than, and there is no test for "score_p10"',
      'graph.missing_column Gate 2 names the column "kinds", which the stage "judged" does not have; did you mean "kind"?',
      'graph.missing_column Gate 3 names the column "scores", which the stage "judged" does not have; did you mean "score"?',
      'gate.unknown_metric Gate 4 asks for "kind_p10" of the stage "judged", which has no such metric',
    ],
  );
  const metric = (kind: MetricConfig["kind"], more: Partial<MetricConfig> = {}): MetricConfig => ({
    stage: "judged",
    kind,
    columns: ["a", "b"],
    ...more,
  });
  assertEquals(
    await refused({
      metrics: {
        ranks: metric("spearman"),
        ok_rate: metric("agreement"),
        weighted: metric("cohen_kappa", { weights: "linear" }),
        lost: metric("agreement", { columns: ["a", "c"] }),
        nowhere: metric("agreement", { stage: "judges" }),
      },
    }),
    [
      'graph.column_type Metric "ranks" reads the column "a" as number or boolean, found string',
      'graph.column_type Metric "ranks" reads the column "b" as number or boolean, found string',
      'config.invalid_value Metric "ok_rate" has the name of a figure that the stage "judged" has anyway',
      'gate.unsupported Metric "weighted" needs categories in an order, and the column "a" holds text',
      'graph.missing_column Metric "lost" names the column "c", which the stage "judged" does not have; did you mean "a"?',
      'graph.unknown_stage Metric "nowhere" is on the stage "judges", and no step writes it; did you mean "judged"?',
    ],
  );
});
