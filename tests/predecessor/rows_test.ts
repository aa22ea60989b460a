import { defineStep, FastDistillError, pass } from "@fastdistill/core";
import { assert, assertEquals } from "@std/assert";
import { z } from "zod";
import { stageRows } from "../_run_outputs.ts";
import { inScenario, linesOf, numberedLines } from "./_scenario.ts";

const READ = `version: 1
name: scenario
providers:
  teacher: { use: scripted }
steps:
  read: { use: read_jsonl, with: { path: rows.jsonl } }
`;
const ASK = `{ use: text_generation, provider: teacher, with: { template: "{{ text }}" }, stage: out }`;
const ROWS = { "rows.jsonl": numberedLines(100) };

Deno.test("B1 eleven requests that fail cost eleven rows, and no answer that was paid for", () =>
  inScenario({
    files: ROWS,
    answers: ({ text }) =>
      /^text \d?[05]$/.test(text) && text !== "text 5" && Number(text.slice(5)) < 60
        ? new FastDistillError("provider.content_filter", "Asked, and the content was refused")
        : text.toUpperCase(),
  }, async ({ run, model }) => {
    const summary = await run(`${READ}  ask: ${ASK}\n`);
    assertEquals([summary.status, summary.rows.kept], ["done", 89]);
    assertEquals(summary.rows.failed, { "provider.content_filter": 11 });
    assertEquals(model.calls.length, 100);
    const rows = await stageRows(summary, "out");
    assert(rows.every(({ n, generation }) => generation === `TEXT ${n}`));
    const failures = await linesOf(summary, "failures.jsonl");
    assertEquals(
      failures.map(({ step, row }) => [step, row.n]),
      [0, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55]
        .map((n) => ["ask", n]),
    );
  }));

Deno.test("B1 a model that throws what is not an error of ours costs its own rows as well", () =>
  inScenario({
    files: ROWS,
    answers: ({ text }) => /1$/.test(text) ? new TypeError("cannot read it") : "yes",
  }, async ({ run }) => {
    const summary = await run(`${READ}  ask: ${ASK}\n`);
    assertEquals([summary.status, summary.rows.kept, summary.rows.failed], ["done", 90, {
      "plugin.failed": 10,
    }]);
  }));

Deno.test("B5 a filter that drops every row of the last batch does not hang", () =>
  inScenario({ files: ROWS }, async ({ run }) => {
    const summary = await run(`${READ}  short: { use: rule_filter, with: { field: text, max_chars: 6 } }
  ask: ${ASK}
`);
    assertEquals([summary.status, summary.rows], ["done", {
      read: 100,
      kept: 10,
      rejected: { too_long: 90 },
      failed: {},
    }]);
    assertEquals((await stageRows(summary, "out")).at(-1)?.generation, "TEXT 9");
  }));

for (
  const [kind, after] of [
    ["row step", `{ use: set_columns, with: { set: { seen: true } }, stage: out }`],
    ["task", ASK],
    ["global step", `{ use: select, with: { best_of: text, order_by: n }, stage: out }`],
    ["sink", `{ use: write_jsonl, with: { path: out.jsonl }, stage: out }`],
  ] as const
) {
  Deno.test(`B6 a filter that drops every row before a ${kind} does not hang`, () =>
    inScenario({ files: ROWS }, async ({ run, model }) => {
      const summary = await run(`${READ}  none: { use: rule_filter, with: { field: text, min_chars: 99 } }
  after: ${after}
`);
      assertEquals([summary.status, summary.rows.kept, summary.rows.rejected], ["done", 0, {
        too_short: 100,
      }]);
      assertEquals([await stageRows(summary, "out"), model.calls.length], [[], 0]);
    }));
}

Deno.test("B7 a filter may be the last step, and a global step may follow one", () =>
  inScenario({ files: ROWS }, async ({ run }) => {
    const short = `{ use: rule_filter, with: { field: text, max_chars: 6 }, stage: short }`;
    const leaf = await run(`${READ}  short: ${short}\n`);
    const before = await run(
      `${READ}  short: ${short}\n  best: { use: select, with: { where: "n >= 5" } }\n`,
    );
    assertEquals([leaf.status, leaf.rows.kept, before.status, before.rows.kept], ["done", 10, "done", 5]);
    assertEquals(await stageRows(leaf, "short"), await stageRows(before, "short"));
  }));

const fours = defineStep({
  kind: "source",
  name: "fours",
  version: 1,
  summary: "Makes four rows at a time, for ever",
  config: z.strictObject({}),
  columns: () => ({ adds: { n: "number", text: "string" } }),
  open: () => ({
    rows: async function* () {
      for (let n = 0; true; n += 4) {
        const batch = await Promise.resolve([0, 1, 2, 3].map((more) => n + more));
        for (const n of batch) yield { n, text: `text ${n}` };
      }
    },
  }),
});

Deno.test("B8 ten rows of a generator that makes four at a time are ten, and the run ends", () =>
  inScenario({ steps: [fours] }, async ({ run, model }) => {
    const text = `version: 1
name: scenario
providers:
  teacher: { use: scripted }
steps:
  make: { use: fours }
  ask: ${ASK}
`;
    const { status, rows, ...summary } = await run(text, [], { limit: 10 });
    assertEquals([status, rows.read, rows.kept, model.calls.length], ["done", 10, 10, 10]);
    const again = await run(text, [], { limit: 12 });
    assertEquals([again.rows.read, again.rows.kept, model.calls.length], [12, 12, 12]);
    const kept = (await stageRows(again, "out")).map(({ n }) => n);
    assertEquals(kept, Array.from({ length: 12 }, (_, n) => n));
    assertEquals(summary.run_id === again.run_id, false);
  }));

const breaking = defineStep({
  kind: "global",
  name: "breaking",
  version: 1,
  summary: "Throws once it has read every row",
  config: z.strictObject({}),
  columns: () => ({}),
  open: () => ({
    process: async function* (rows) {
      for await (const { row } of rows) if (row.n === 99) throw new TypeError("cannot go on");
      yield* [];
    },
  }),
});

for (const [place, after] of [["last", ""], ["in the middle", `  ask: ${ASK}\n`]] as const) {
  Deno.test(`B10 a global step that throws fails the run when it is ${place}`, () =>
    inScenario({ files: ROWS, steps: [breaking] }, async ({ run }) => {
      const summary = await run(`${READ}  all: { use: breaking }\n${after}`);
      assertEquals([summary.status, summary.partial, summary.rows.kept], ["failed", true, 0]);
      assertEquals([summary.error?.code, summary.error?.message], [
        "step.failed",
        'Step "all" threw: cannot go on',
      ]);
    }));
}

Deno.test("B10 the same pipeline is done when its global step does not throw", () =>
  inScenario({
    files: ROWS,
    steps: [defineStep({
      kind: "global",
      name: "passing",
      version: 1,
      summary: "Passes every row on",
      config: z.strictObject({}),
      columns: () => ({}),
      open: () => ({
        process: async function* (rows) {
          for await (const { rowId, row } of rows) yield { rowId, outcome: pass(row) };
        },
      }),
    })],
  }, async ({ run }) => {
    const summary = await run(`${READ}  all: { use: passing }\n  ask: ${ASK}\n`);
    assertEquals([summary.status, summary.rows.kept], ["done", 100]);
  }));

Deno.test("B11 an empty object in a column passes a global step, a stage and a file as it is", () =>
  inScenario({
    files: { "rows.jsonl": `{"id":1,"data":{}}\n{"id":2,"data":{"deep":{}}}\n{"id":3,"data":{"a":null}}\n` },
  }, async ({ run }) => {
    const summary = await run(`${READ}  all: { use: select, with: { where: "id < 9" }, stage: out }
  write: { use: write_jsonl, with: { path: out.jsonl } }
`);
    const expected = [{ id: 1, data: {} }, { id: 2, data: { deep: {} } }, { id: 3, data: { a: null } }];
    assertEquals([summary.status, await stageRows(summary, "out")], ["done", expected]);
    assertEquals(await linesOf(summary, "exports/out.jsonl"), expected);
  }));

Deno.test("B13 several samples of a row keep the columns of their own row, whatever was renamed around them", () =>
  inScenario(
    { files: ROWS, answers: ({ text, sampleIndex }) => `${text} ${sampleIndex}` },
    async ({ run }) => {
      const summary = await run(
        `${READ}  name: { use: set_columns, with: { template: { other: "other {{ n }}" } } }
  away: { use: rename_columns, with: { rename: { text: other, other: text } } }
  ask: { use: text_generation, provider: teacher, with: { template: "{{ text }}", n: 2 } }
  back: { use: rename_columns, with: { rename: { text: other, other: text } }, stage: out }
`,
      );
      const rows = await stageRows(summary, "out");
      assertEquals(rows.length, 200);
      rows.forEach(({ n, text, other, generation, sample_index }, at) => {
        assertEquals([n, sample_index], [at >> 1, at % 2]);
        assertEquals([text, other, generation], [`text ${n}`, `other ${n}`, `other ${n} ${sample_index}`]);
      });
    },
  ));

Deno.test("B14 two tasks after one another leave what each of them has to say", () =>
  inScenario({
    files: { "rows.jsonl": numberedLines(3) },
    answers: ({ text }) => ({
      content: `re: ${text}`,
      model: text.startsWith("re:") ? "second-1" : "first-1",
      finish_reason: { kind: "length", raw: "length" },
    }),
  }, async ({ run }) => {
    const summary = await run(
      `${READ}  one: { use: text_generation, provider: teacher, with: { template: "{{ text }}" } }
  two:
    use: text_generation
    provider: teacher
    with:
      template: "{{ generation }}"
      to: again
      model_column: again_model
      sample_column: again_sample
      finish_column: again_finish
    stage: out
`,
    );
    assertEquals((await stageRows(summary, "out"))[1], {
      n: 1,
      text: "text 1",
      generation: "re: text 1",
      model_name: "first-1",
      sample_index: 0,
      finish_reason: "length",
      again: "re: re: text 1",
      again_model: "second-1",
      again_sample: 0,
      again_finish: "length",
    });
    assertEquals(summary.steps.map(({ step, effects }) => [step, effects.performed]), [
      ["read", 0],
      ["one", 3],
      ["two", 3],
    ]);
  }));

Deno.test("B19 columns that nobody wants are in no file, and those that are wanted are values, not their text", () =>
  inScenario({ files: { "rows.jsonl": `{"text":"a","meta":{"tags":["x"]}}\n` } }, async ({ run }) => {
    const columns = "model_column: null, sample_column: null, finish_column: null";
    const summary = await run(`${READ}  ask:
    use: text_generation
    provider: teacher
    with: { template: "{{ text }}", ${columns} }
    stage: out
  write: { use: write_jsonl, with: { path: out.jsonl, columns: [meta, generation] } }
`);
    assertEquals(await stageRows(summary, "out"), [{ text: "a", meta: { tags: ["x"] }, generation: "A" }]);
    assertEquals(await linesOf(summary, "exports/out.jsonl"), [{ meta: { tags: ["x"] }, generation: "A" }]);
  }));

Deno.test("B23 lists of two and three elements, expanded together, leave no raw list in a row", () =>
  inScenario({
    files: { "rows.jsonl": '{"id":1,"a":[1,2],"b":[1,2,3]}\n{"id":2,"a":[4],"b":[5]}\n' },
  }, async ({ run }) => {
    const text = (unequal: string) =>
      `version: 1
name: scenario
steps:
  read: { use: read_jsonl, with: { path: rows.jsonl } }
  each: { use: expand_columns, with: { columns: [a, b], on_unequal: ${unequal} }, stage: out }
`;
    const strict = await run(text("fail"));
    assertEquals([strict.rows.kept, strict.rows.failed], [1, { "step.failed": 1 }]);
    assertEquals(await stageRows(strict, "out"), [{ id: 2, a: 4, b: 5 }]);
    const filled = await run(text('"null"'));
    const rows = await stageRows(filled, "out");
    assertEquals(rows.map(({ a, b }) => [a, b]), [[1, 1], [2, 2], [null, 3], [4, 5]]);
  }));
