import type { GateReport, GateVerdict } from "@fastdistill/core";

/** One verdict as JUnit has it. */
interface TestCase {
  readonly name: string;
  readonly passed: boolean | null;
  readonly severity: GateVerdict["severity"];
  readonly message: string;
}

/**
 * The verdicts of gates as JUnit XML, as test reports of continuous integration are read: a test case for each gate, and
 * for each group of rows that a gate judged. A gate that only warns is no failure; a group with too few rows is skipped.
 */
export function renderJunit({ run_id, name, gates }: GateReport): string {
  const suites = gates.map((gate) => ({ gate, cases: casesOf(gate) }));
  const cases = suites.flatMap(({ cases }) => cases);
  const totals = `tests="${cases.length}" failures="${cases.filter(isFailure).length}" errors="0" skipped="${
    cases.filter(({ passed }) => passed === null).length
  }"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="fastdistill gates" ${totals}>`,
    `  <testsuite name="${escapeXml(run_id)}" ${totals}>`,
    ...suites.flatMap(({ gate, cases }) => {
      const owner = escapeXml(`${name}.${gate.stage}`);
      return cases.flatMap((one) => caseLines(one, owner));
    }),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function casesOf(gate: GateVerdict): readonly TestCase[] {
  const { metric, passed, severity, message, by, groups = [] } = gate;
  return [
    { name: by === undefined ? metric : `${metric} by ${by}`, passed, severity, message },
    ...groups.map(({ group, passed, finding }) => ({
      name: `${metric} where ${by} is ${group}`,
      passed,
      severity,
      message: `${metric} ${finding}`,
    })),
  ];
}

function isFailure({ passed, severity }: TestCase): boolean {
  return passed === false && severity === "fail";
}

function caseLines(one: TestCase, owner: string): readonly string[] {
  const message = escapeXml(one.message);
  const inside = one.passed === null
    ? `<skipped message="${message}"/>`
    : isFailure(one)
    ? `<failure type="gate.failed" message="${message}">${message}</failure>`
    : `<system-out>${message}</system-out>`;
  return [
    `    <testcase classname="${owner}" name="${escapeXml(one.name)}">`,
    `      ${inside}`,
    "    </testcase>",
  ];
}

// deno-lint-ignore no-control-regex -- the characters that XML 1.0 does not have
const NOT_IN_XML = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;
const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\n": "&#10;",
  "\r": "&#13;",
  "\t": "&#9;",
};

function escapeXml(text: string): string {
  return text.toWellFormed().replace(NOT_IN_XML, "\ufffd").replace(
    /[&<>"'\n\r\t]/g,
    (found) => ENTITIES[found]!,
  );
}
