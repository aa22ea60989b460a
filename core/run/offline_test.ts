import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { defineTask, pass, stepSpec } from "../step/mod.ts";
import type { LoadedPipeline } from "../config/mod.ts";
import {
  askTask,
  inFolder,
  modelDouble,
  registryOf,
  rowsStep,
  rowStep,
  runText,
  stageRows,
  testPipeline,
} from "./_run_double.ts";
import { runPipeline } from "./start_run.ts";

const prompts = (end: string, count = 5) =>
  Array.from({ length: count }, (_, n) => ({ prompt: `What is ${n} plus ${n}${end}` }));

function asking(end: string, count?: number): LoadedPipeline {
  return testPipeline().step("read", rowsStep(prompts(end, count)))
    .step("ask", stepSpec(askTask), { provider: "teacher", stage: "answers" }).build();
}

Deno.test("runPipeline() offline rebuilds what is recorded and calls nobody", () =>
  inFolder(async (folder) => {
    const model = modelDouble();
    const registry = registryOf(model);
    const first = await runPipeline({ pipeline: asking("?"), registry, runsDir: folder });
    const rows = await stageRows(first, "answers");
    const again = await runPipeline({ pipeline: asking("?"), registry, runsDir: folder, offline: true });
    assertEquals([again.status, again.calls.reused, model.calls.length], ["done", 5, 5]);
    assertEquals(await stageRows(again, "answers"), rows);
  }));

Deno.test("runPipeline() offline ends at the first effect that is missing, and says how the nearest differs", () =>
  inFolder(async (folder) => {
    const model = modelDouble();
    const registry = registryOf(model);
    await runPipeline({ pipeline: asking("?"), registry, runsDir: folder });
    const summary = await runPipeline({
      pipeline: asking(" now?"),
      registry,
      runsDir: folder,
      offline: true,
    });
    assertEquals([summary.status, summary.error?.code, model.calls.length], [
      "failed",
      "store.missing_effect",
      5,
    ]);
    assertMatch(
      summary.error!.message,
      /^The run is offline, and step "ask" wants an effect of kind chat that is not recorded: [0-9a-f]{12}$/,
    );
    assertMatch(
      summary.error!.hint!,
      /^The nearest that is recorded, [0-9a-f]{12}, differs in request.messages.0.content: wanted ".* now\?", recorded ".*\?"$/,
    );
    assertEquals(summary.rows.failed, {});
  }));

Deno.test("runPipeline() offline performs no generic effect either", () =>
  inFolder(async (folder) => {
    let performed = 0;
    const definition = rowStep((row) => pass(row));
    const step = stepSpec({
      component: "step",
      definition: {
        ...definition.component!.definition,
        kind: "row",
        open: () => ({
          process: async (row: { readonly prompt?: unknown }, context: { effect: CallableFunction }) => {
            const request = { kind: "count", version: 1, input: { text: String(row.prompt) } };
            await context.effect(request, () => Promise.resolve(++performed));
            return pass(row as never);
          },
        }),
      },
    } as never);
    const pipeline = testPipeline().step("read", rowsStep(prompts("?", 1))).step("count", step).build();
    const summary = await runPipeline({
      pipeline,
      registry: registryOf(modelDouble()),
      runsDir: folder,
      offline: true,
    });
    assertEquals([summary.error?.code, performed], ["store.missing_effect", 0]);
    assertMatch(summary.error!.message, /step "count" wants an effect of kind count/);
    assertMatch(summary.error!.hint!, /^No effect of kind count is recorded/);
  }));

Deno.test("runPipeline() asks anew under another salt, as another run", () =>
  inFolder(async (folder) => {
    const ids: string[] = [];
    const model = modelDouble();
    for (const salt of [undefined, "one", "one", "two"]) {
      const { config, ...rest } = asking("?");
      const pipeline = { ...rest, config: { ...config, ...(salt === undefined ? {} : { cache: { salt } }) } };
      const summary = await runPipeline({ pipeline, registry: registryOf(model), runsDir: folder });
      ids.push(`${summary.run_id} ${model.calls.length}`);
    }
    assertEquals(ids.map((id) => id.split(" ")[1]), ["5", "10", "10", "15"]);
    assertEquals([new Set(ids).size, ids[1]], [3, ids[2]]);
  }));

Deno.test("runPipeline() gives each row of an independent task an answer of its own, the same in every run", () =>
  inFolder(async (folder) => {
    const rows = Array.from({ length: 4 }, (_, n) => ({ n, prompt: "Invent a persona" }));
    let turn = 0;
    const model = modelDouble({
      answer: () =>
        Promise.resolve({
          choices: [{ content: `persona ${turn++}`, finish_reason: { kind: "stop" as const, raw: "stop" } }],
          usage: { input_tokens: 1, output_tokens: 1 },
          model: "double-1",
        }),
    });
    for (const [independent, calls] of [[false, 1], [true, 4]] as const) {
      const task = defineTask({ ...askTask.definition, independent });
      const pipeline = testPipeline().step("read", rowsStep(rows))
        .step("ask", stepSpec(task), { provider: "teacher", stage: "answers" }).build();
      const before = model.calls.length;
      const run = () => runPipeline({ pipeline, registry: registryOf(model), runsDir: folder });
      const first = await run();
      assertEquals(model.calls.length - before, calls);
      const text = await runText(first, "stages/answers/manifest.json");
      const answers = (await stageRows(first, "answers")).map(({ answer }) => answer);
      assertEquals(new Set(answers).size, calls);
      const second = await run();
      assertEquals([model.calls.length - before, await runText(second, "stages/answers/manifest.json")], [
        calls,
        text,
      ]);
      assert(independent || first.run_id === second.run_id);
      assertNotEquals(answers, []);
    }
  }));
