import type { GateReport, GateVerdict } from "@fastdistill/core";
import { assert, assertEquals } from "@std/assert";
import { renderAnnotations } from "./render_annotations.ts";
import { renderGateLine, renderGates } from "./render_gates.ts";
import { renderJunit } from "./render_junit.ts";

const HELD: GateVerdict = {
  stage: "s",
  metric: "count",
  value: 9,
  passed: true,
  severity: "fail",
  message: "Gate held: count of stage s is 9, at least min 1",
};
const FAILED: GateVerdict = {
  ...HELD,
  metric: "ok_rate",
  passed: false,
  message: "Gate failed: ok_rate of stage s by kind: 100 % of <groups> & 'all'\nis 0.5",
  by: "kind",
  groups: [
    { group: "fine", rows: 40, n: 40, value: 1, passed: true, finding: "is 1, at least min 0.8" },
    { group: 'a"b\u0001', rows: 50, n: 50, value: 0.5, passed: false, finding: "is 0.5, below min 0.8" },
    { group: "few", rows: 2, n: 2, value: 0, passed: null, finding: "rests on 2 rows: not judged" },
  ],
};
const WARNED: GateVerdict = { ...HELD, passed: false, severity: "warn", message: "Gate warning: x" };
const REPORT: GateReport = {
  run_id: "run-1",
  name: "demo",
  run_dir: "/runs/run-1",
  passed: false,
  gates: [HELD, FAILED, WARNED],
};

Deno.test("renderGates() lists groups under their gate, those that do not hold first", () => {
  assertEquals(renderGates([HELD, FAILED]), [
    HELD.message,
    "Gate failed: ok_rate of stage s by kind: 100 % of <groups> & 'all' is 0.5",
    '  not   a"b\\u{1}  50 rows: is 0.5, below min 0.8',
    "  -     few       2 rows: rests on 2 rows: not judged",
    "  held  fine      40 rows: is 1, at least min 0.8",
  ]);
  assertEquals(renderGateLine(REPORT), "failed  run-1: 1 of 3 gates hold, 1 only warns");
});

Deno.test("renderJunit() makes a test case of each gate and group, and escapes what XML does not have", () => {
  assertEquals(
    renderJunit(REPORT),
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="fastdistill gates" tests="6" failures="2" errors="0" skipped="1">
  <testsuite name="run-1" tests="6" failures="2" errors="0" skipped="1">
    <testcase classname="demo.s" name="count">
      <system-out>Gate held: count of stage s is 9, at least min 1</system-out>
    </testcase>
    <testcase classname="demo.s" name="ok_rate by kind">
      <failure type="gate.failed" message="Gate failed: ok_rate of stage s by kind: 100 % of &lt;groups&gt; &amp; &apos;all&apos;&#10;is 0.5">Gate failed: ok_rate of stage s by kind: 100 % of &lt;groups&gt; &amp; &apos;all&apos;&#10;is 0.5</failure>
    </testcase>
    <testcase classname="demo.s" name="ok_rate where kind is fine">
      <system-out>ok_rate is 1, at least min 0.8</system-out>
    </testcase>
    <testcase classname="demo.s" name="ok_rate where kind is a&quot;b\ufffd">
      <failure type="gate.failed" message="ok_rate is 0.5, below min 0.8">ok_rate is 0.5, below min 0.8</failure>
    </testcase>
    <testcase classname="demo.s" name="ok_rate where kind is few">
      <skipped message="ok_rate rests on 2 rows: not judged"/>
    </testcase>
    <testcase classname="demo.s" name="count">
      <system-out>Gate warning: x</system-out>
    </testcase>
  </testsuite>
</testsuites>
`,
  );
});

Deno.test("renderAnnotations() writes commands of a workflow, escaped as GitHub wants it", () => {
  const locate = (index: number) =>
    index === 1 ? { file: "/home/a/p,1:x.yaml", line: 7, column: 5 } : undefined;
  assertEquals(renderAnnotations(REPORT, { locate, currentDirectory: "/home/a" }), [
    "::error file=p%2C1%3Ax.yaml,line=7,col=5,title=ok_rate of s::" +
    "Gate failed: ok_rate of stage s by kind: 100 %25 of <groups> & 'all'%0Ais 0.5",
    "::warning title=count of s::Gate warning: x",
  ]);
  assert(!renderAnnotations(REPORT).join("").includes("\n"));
});
