import type { RunSummary } from "@fastdistill/core";
import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { withFiles } from "../_cli.ts";
import { stageRows } from "../_run_outputs.ts";
import { cli, numberedLines } from "./_scenario.ts";

const PIPELINE = `version: 1
name: scenario
steps:
  read: { use: read_jsonl, with: { path: rows.jsonl } }
  short: { use: rule_filter, with: { field: text, max_chars: 6 }, stage: short }
`;
const FILES = { "pipeline.yaml": PIPELINE, "rows.jsonl": numberedLines(20) };

const BREAKING = `
import { defineStep } from "@fastdistill/core";
import { z } from "zod";
export default defineStep({
  kind: "global",
  name: "breaking",
  version: 1,
  summary: "Throws once it has read every row",
  config: z.strictObject({}),
  columns: () => ({}),
  open: () => ({
    process: async function* (rows) {
      await Array.fromAsync(rows);
      throw new TypeError("cannot go on");
    },
  }),
});
`;

Deno.test("B10 a global step that throws ends the command line with 1, and says which step it was", () =>
  withFiles({
    ...FILES,
    "deno.json": `{ "imports": { "fastdistill-step-breaking": "./breaking.ts" } }`,
    "breaking.ts": BREAKING,
    "pipeline.yaml": `${PIPELINE}  all: { use: breaking }\n`,
  }, async (folder) => {
    const { code, stdout, stderr } = await cli(folder, "run", "--json", "--quiet");
    const { status, error } = JSON.parse(stdout) as RunSummary;
    assertEquals([code, status, error?.code], [1, "failed", "step.failed"]);
    assertEquals([error?.message, stderr], ['Step "all" threw: cannot go on', ""]);
  }));

Deno.test("B12 a number on the command line is a number", () =>
  withFiles(FILES, async (folder) => {
    const { code, stdout } = await cli(
      folder,
      "run",
      "--json",
      "--quiet",
      "--set",
      "steps.read.with.limit=3",
    );
    assertEquals([code, (JSON.parse(stdout) as RunSummary).rows.read], [0, 3]);
  }));

Deno.test("B12 a value of the wrong kind on the command line ends it before anything runs", () =>
  withFiles(FILES, async (folder) => {
    for (const value of ["three", "'3'", "2.5", "[3]", "null"]) {
      const { code, stdout, stderr, runs } = await cli(
        folder,
        "run",
        "--set",
        `steps.read.with.limit=${value}`,
      );
      assertEquals([code, stdout, runs], [2, "", 0], value);
      assertMatch(stderr, /^error\[config\.invalid_value\]: .*limit/);
    }
  }));

Deno.test("B12 a step or key that is not there is an error on the command line, with the nearest name", () =>
  withFiles(FILES, async (folder) => {
    const cases = [["steps.short.with.max_char=3", "max_chars"], ["steps.shor.with.max_chars=3", "short"]];
    for (const [set, nearest] of cases) {
      const { code, stderr, runs } = await cli(folder, "run", "--set", set!);
      assertEquals([code, runs], [2, 0], set);
      assertMatch(stderr, new RegExp(`did you mean "${nearest}"`));
    }
  }));

const SHOUT = `
import { defineStep, pass } from "@fastdistill/core";
import { z } from "zod";
export default defineStep({
  kind: "row",
  name: "shout",
  version: 1,
  summary: "Writes a text in capitals",
  config: z.strictObject({}),
  columns: () => ({ requires: [{ column: "text" }], adds: { text: "string" } }),
  open: () => ({ process: (row) => pass({ ...row, text: row.text.toUpperCase() }) }),
});
`;

Deno.test("B16 a step of one's own is found by the name that it is registered under", () =>
  withFiles({
    ...FILES,
    "deno.json": `{ "imports": { "fastdistill-step-shout": "./shout.ts" } }`,
    "shout.ts": SHOUT,
    "pipeline.yaml": `${PIPELINE}  loud: { use: shout, stage: loud }\n`,
  }, async (folder) => {
    const { code, stdout, stderr } = await cli(folder, "run", "--json", "--quiet");
    assertEquals([code, stderr], [0, ""]);
    assertEquals((await stageRows(JSON.parse(stdout), "loud"))[0], { n: 0, text: "TEXT 0" });
    const wrong = await cli(folder, "validate", "--set", "steps.loud.use=shuot");
    assertEquals(wrong.code, 2);
    assertMatch(
      wrong.stderr,
      /^error\[registry\.not_found\]: No step is named "shuot"; did you mean "shout"\?/,
    );
  }));

Deno.test("B17 an unknown key of a step is an error, with its place and the nearest key", () =>
  withFiles({ ...FILES, "pipeline.yaml": PIPELINE.replace("max_chars", "max_char") }, async (folder) => {
    for (const command of ["validate", "run"]) {
      const { code, stdout, stderr, runs } = await cli(folder, command);
      assertEquals([code, stdout, runs], [2, "", 0]);
      assertMatch(stderr, /^error\[config\.unknown_key\]: .*"max_char".*did you mean "max_chars"/);
      assertMatch(stderr, /pipeline\.yaml:5:/);
    }
  }));

Deno.test("B35 a folder where a file is wanted is an error that says so, before anything runs", () =>
  withFiles(FILES, async (folder) => {
    await Deno.mkdir(join(folder, "data"));
    const { code, stdout, stderr, runs } = await cli(folder, "run", "--set", "steps.read.with.path=data");
    assertEquals([code, stdout, runs], [1, "", 0]);
    assertMatch(stderr, /^error\[data\.file_not_found\]: .*folder "data", found none/);
  }));
