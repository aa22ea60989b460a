import { defineStep, parseYaml, pass, type PipelineConfig } from "@fastdistill/core";
import { assertEquals, assertNotEquals } from "@std/assert";
import { join } from "node:path";
import { z } from "zod";
import { runText, stageRows } from "../_run_outputs.ts";
import { inScenario, numberedLines } from "./_scenario.ts";

const PROVIDERS = `version: 1
name: scenario
providers:
  teacher: { use: scripted }
`;
const ASK = `  ask:
    use: text_generation
    provider: teacher
    with: { template: "{{ text }}", seed: 1, extra: { k: 7 } }
    stage: asked
`;
const READ_AND_ASK = `${PROVIDERS}steps:
  read: { use: read_jsonl, with: { path: rows.jsonl } }
${ASK}`;

Deno.test("B2 other rows in the pipeline give another result, never that of the run before", () =>
  inScenario({}, async ({ run, model }) => {
    const pipeline = (text: string) =>
      `${PROVIDERS}steps:\n  give: { use: rows, with: { rows: [{ text: ${text} }] } }\n${ASK}`;
    const first = await run(pipeline("one"));
    const second = await run(pipeline("two"));
    assertNotEquals(first.run_id, second.run_id);
    assertEquals((await stageRows(first, "asked"))[0]?.generation, "ONE");
    assertEquals((await stageRows(second, "asked"))[0]?.generation, "TWO");
    assertEquals(model.calls.length, 2);
  }));

Deno.test("B2 other rows in a file of the same name and size give another result as well", () =>
  inScenario({ files: { "rows.jsonl": `{"text":"one"}\n` } }, async ({ run, folder }) => {
    const first = await run(READ_AND_ASK);
    const { mtime } = await Deno.stat(join(folder, "rows.jsonl"));
    await Deno.writeTextFile(join(folder, "rows.jsonl"), `{"text":"two"}\n`);
    await Deno.utime(join(folder, "rows.jsonl"), mtime!, mtime!);
    const second = await run(READ_AND_ASK);
    assertNotEquals(first.run_id, second.run_id);
    assertEquals((await stageRows(second, "asked")).map(({ generation }) => generation), ["TWO"]);
  }));

for (const fresh of ["steps.ask.with.seed=2", "cache.salt=fresh"]) {
  Deno.test(`B3 a change after a step works on the last answers, not on those before ${fresh}`, () => {
    let asked = 0;
    const answers = () => `answer ${asked++}`;
    return inScenario({ files: { "rows.jsonl": numberedLines(5) }, answers }, async ({ run, model }) => {
      const pipeline =
        `${READ_AND_ASK}  short: { use: rule_filter, with: { field: generation, max_chars: 20 }, stage: short }\n`;
      const before = await stageRows(await run(pipeline), "short");
      const after = await stageRows(await run(pipeline, [fresh]), "short");
      assertNotEquals(after, before);
      const third = await run(pipeline, [fresh, "steps.short.with.max_chars=30"]);
      assertEquals([model.calls.length, third.calls], [10, { performed: 0, reused: 5 }]);
      assertEquals(await stageRows(third, "short"), after);
      const again = await run(pipeline);
      assertEquals([again.calls.performed, await stageRows(again, "short")], [0, before]);
    });
  });
}

const repeated = defineStep({
  kind: "row",
  name: "repeated",
  version: 1,
  summary: "Repeats a text",
  config: z.strictObject({ k: z.int(), key: z.string(), api: z.string(), p: z.string() }),
  columns: () => ({ requires: [{ column: "text" }], adds: { text: "string" } }),
  open: ({ k, key, api, p }) => ({
    process: (row) => pass({ ...row, text: `${key}${api}${p}`.repeat(k) + row.text }),
  }),
});

Deno.test("B18 keys with short names are in the pipeline's copy and its signature, those of a provider in the request", () =>
  inScenario({ files: { "rows.jsonl": numberedLines(1) }, steps: [repeated] }, async ({ run, model }) => {
    const pipeline = `${PROVIDERS}steps:
  read: { use: read_jsonl, with: { path: rows.jsonl } }
  again: { use: repeated, with: { k: 2, key: "<", api: "=", p: ">" } }
${ASK}`;
    const first = await run(pipeline);
    const { steps } = parseYaml(await runText(first, "pipeline.yaml")) as PipelineConfig;
    assertEquals(steps.again?.with, { k: 2, key: "<", api: "=", p: ">" });
    assertEquals((await stageRows(first, "asked"))[0]?.text, "<=><=>text 0");
    const ids = new Set([first.run_id]);
    for (const change of ["k=3", "key=a", "api=b", "p=c"]) {
      ids.add((await run(pipeline, [`steps.again.with.${change}`])).run_id);
    }
    assertEquals([ids.size, model.calls.length], [5, 5]);
    await run(pipeline, ["steps.ask.with.extra.k=8"]);
    assertEquals(model.calls.map(({ request }) => request.extra?.k), [7, 7, 7, 7, 7, 8]);
  }));
