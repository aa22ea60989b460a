import { assert, assertEquals } from "@std/assert";
import { stageRows } from "../_run_outputs.ts";
import { inScenario, numberedLines } from "./_scenario.ts";

const pipelineOf = (provider = "{ use: scripted }") =>
  `version: 1
name: scenario
providers:
  teacher: ${provider}
steps:
  read: { use: read_jsonl, with: { path: rows.jsonl } }
  ask: { use: text_generation, provider: teacher, with: { template: "{{ text }}" }, stage: asked }
  short: { use: rule_filter, with: { field: generation, max_chars: 20 }, stage: short }
`;
const ONE_AT_A_TIME = pipelineOf("{ use: scripted, limits: { concurrency: 1 } }");

/** A model that is asked so often, and then breaks the run off; `whole` is the signal of a run that it lets be. */
function breaksOffAfter(count: number) {
  const control = new AbortController();
  let asked = 0;
  const answers = ({ text }: { readonly text: string }) => {
    if (asked++ === count) control.abort();
    return text.toUpperCase();
  };
  return { signal: control.signal, answers };
}

Deno.test("B4 half of a run is not taken for the whole when only what follows is changed", () => {
  const { signal, answers } = breaksOffAfter(10);
  return inScenario({ files: { "rows.jsonl": numberedLines(20) }, answers }, async ({ run, model }) => {
    const half = await run(ONE_AT_A_TIME, [], { signal });
    assertEquals([half.status, half.partial, half.calls.performed], ["interrupted", true, 10]);
    assertEquals((await stageRows(half, "asked")).map(({ n }) => n), [...Array(10).keys()]);
    const asked = model.calls.length;
    const changed = await run(ONE_AT_A_TIME, ["steps.short.with.max_chars=30"]);
    assertEquals([changed.status, changed.partial, changed.rows.kept], ["done", false, 20]);
    assertEquals([changed.calls, model.calls.length - asked], [{ performed: 10, reused: 10 }, 10]);
    assertEquals((await stageRows(changed, "short")).map(({ generation }) => generation), [
      ...Array(20).keys().map((n) => `TEXT ${n}`),
    ]);
  });
});

Deno.test("B9 a run that broke off at row 50 of 100 ends when it is run again", () => {
  const { signal, answers } = breaksOffAfter(50);
  return inScenario({ files: { "rows.jsonl": numberedLines(100) }, answers }, async ({ run, model }) => {
    const half = await run(ONE_AT_A_TIME, [], { signal });
    assertEquals([half.status, half.calls.performed], ["interrupted", 50]);
    const asked = model.calls.length;
    const rest = await run(ONE_AT_A_TIME);
    assertEquals([rest.run_id, rest.status, rest.rows.read, rest.rows.kept], [half.run_id, "done", 100, 100]);
    assertEquals([rest.calls, model.calls.length - asked], [{ performed: 50, reused: 50 }, 50]);
  });
});

Deno.test("B9 a run that broke off with many calls in flight asks again only for what had no answer", () => {
  const { signal, answers } = breaksOffAfter(50);
  return inScenario({ files: { "rows.jsonl": numberedLines(100) }, answers }, async ({ run, model }) => {
    const half = await run(pipelineOf(), [], { signal });
    const asked = model.calls.length;
    const rest = await run(pipelineOf());
    assertEquals([half.status, rest.status, rest.rows.kept], ["interrupted", "done", 100]);
    assert(rest.calls.reused >= 34, `only ${rest.calls.reused} answers were there`);
    assertEquals(model.calls.length - asked, 100 - rest.calls.reused);
  });
});
