import type { GateReport } from "@fastdistill/core";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { type CliOptions, runCli, withFiles } from "./_cli.ts";

const PIPELINE = `version: 1
name: gated
steps:
  read: { use: read_jsonl, with: { path: rows.jsonl }, stage: judged }
gates:
  - { stage: judged, metric: ok_rate, min: 0.5, confidence: 0.95 }
  - { stage: judged, metric: ok_rate, min: 0.9, by: kind, severity: warn }
`;
const ROWS = Array.from(
  { length: 40 },
  (_, index) => ({ id: index, ok: index % 5 !== 0, kind: "ab"[index % 2]! }),
);

type Cli = (words: readonly string[], options?: CliOptions) => ReturnType<typeof runCli>;

async function withRun(check: (cli: Cli, folder: string) => Promise<void>): Promise<void> {
  const rows = ROWS.map((row) => JSON.stringify(row)).join("\n");
  await withFiles({ "pipeline.yaml": PIPELINE, "rows.jsonl": rows }, async (folder) => {
    const cli: Cli = (words, options) =>
      runCli([...words, "--runs-dir", join(folder, "runs")], { folder, ...options });
    const { code, stderr } = await cli(["run", join(folder, "pipeline.yaml")]);
    assertEquals(code, 0, stderr);
    await check(cli, folder);
  });
}

Deno.test("fastdistill gate check judges anew, and exits with 3 when a gate fails", () =>
  withRun(async (cli) => {
    const held = await cli(["gate", "check", "latest"]);
    assertEquals([held.code, held.stderr], [0, ""]);
    assertMatch(
      held.stdout,
      /^Gate held: ok_rate of stage judged is 0.8, with 95 % confidence from 0.65\d* to 0.89/,
    );
    assertMatch(held.stdout, /\n {2}not {3}a {2}20 rows: is 0.8, below min 0.9\n/);
    assertMatch(held.stdout, /\nok {2}gated-[0-9a-f]{12}: 1 of 2 gates hold, 1 only warns\n$/);
    const failed = await cli(["gate", "check", "gated", "--set", "gates.0.min=0.7"]);
    assertEquals(failed.code, 3);
    assertStringIncludes(failed.stdout, "the lower end is below min 0.7");
    const quiet = await cli(["gate", "check", "gated", "--set", "gates.1.severity=fail", "--quiet"]);
    assertEquals([quiet.code, quiet.stdout.split("\n").length], [3, 2]);
    assertMatch(quiet.stdout, /^failed {2}gated-/);
  }));

Deno.test("fastdistill gate check prints JSON, JUnit XML and annotations, and writes a JUnit file", () =>
  withRun(async (cli, folder) => {
    const json = await cli(["gate", "check", "latest", "--format", "json"]);
    const report: GateReport = JSON.parse(json.stdout);
    assertEquals([report.passed, report.gates.length, report.gates[1]!.groups!.length], [true, 2, 2]);
    const file = join(folder, "gates.xml");
    const pipeline = join(folder, "pipeline.yaml");
    const github = await cli([
      ...["gate", "check", "latest", "--format", "github", "--junit", file],
      ...["--pipeline", pipeline, "--set", "gates.0.min=0.99"],
    ]);
    assertEquals(github.code, 3);
    assertMatch(
      github.stdout,
      /^::error file=pipeline.yaml,line=6,col=5,title=ok_rate of judged::Gate failed: .*95 %25 confidence/,
    );
    assertMatch(
      github.stdout,
      /\n::warning file=pipeline.yaml,line=7,col=5,title=ok_rate of judged::Gate warning: /,
    );
    const junit = await cli(["gate", "check", "latest", "--format", "junit", "--set", "gates.0.min=0.99"]);
    assertEquals(junit.code, 3);
    assertEquals(junit.stdout, await Deno.readTextFile(file));
    assert(junit.stdout.startsWith('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites '));
  }));

Deno.test("fastdistill gate check refuses what makes no sense with exit code 2", () =>
  withRun(async (cli) => {
    const format = await cli(["gate", "check", "latest", "--format", "jnit"]);
    assertEquals(format.code, 2);
    assertStringIncludes(format.stderr, 'did you mean "junit"?');
    const metric = await cli(["gate", "check", "latest", "--set", "gates.0.metric=oks_rate"]);
    assertEquals(metric.code, 2);
    assertStringIncludes(metric.stderr, 'did you mean "ok_rate"?');
    const unknown = await cli(["gate", "chek", "latest"]);
    assertEquals(unknown.code, 2);
    assertStringIncludes(unknown.stderr, 'did you mean "gate check"?');
  }));
