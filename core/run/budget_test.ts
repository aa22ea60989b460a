import { assert, assertEquals } from "@std/assert";
import { z } from "zod";
import { verifyRun } from "../artifact/mod.ts";
import { definePipeline, type LoadedPipeline, type SpendingConfig } from "../config/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import type { RunEvent } from "../observe/mod.ts";
import { type ChatCall, type ChatCompletion, defineProvider } from "../provider/mod.ts";
import { type Row, sha256 } from "../record/mod.ts";
import { Registry } from "../registry/mod.ts";
import type { RunSummary } from "../report/mod.ts";
import { soon } from "../runtime/mod.ts";
import { fakeClock } from "../testing/mod.ts";
import { pass, stepSpec } from "../step/mod.ts";
import { ComposedBudget } from "../gateway/mod.ts";
import { askTask, inFolder, rowsStep, rowStep, runText, sortStep, stageRows } from "./_run_double.ts";
import { startDeadline } from "./open_budget.ts";
import { planRun } from "./plan_run.ts";
import { RunControl } from "./run_control.ts";
import { runPipeline } from "./start_run.ts";

type Answer = (call: ChatCall) => Promise<ChatCompletion>;

/** Two providers, `dear` and `cheap`, whose answers name the model; calls are kept. */
function models(answer: Answer = nameAnswer): { readonly registry: Registry; readonly calls: string[] } {
  const calls: string[] = [];
  const components = ["dear", "cheap"].map((name) =>
    defineProvider({
      name,
      version: 1,
      summary: "A model double",
      config: z.strictObject({}),
      capabilities: ["chat"],
      open: () => ({
        adapter: name,
        endpoint: `${name}://test`,
        model: name,
        capabilities: ["chat"],
        chat: (call) => {
          calls.push(name);
          return answer(call);
        },
      }),
    })
  );
  const registry = new Registry(components.map((component) => ({
    kind: "provider",
    name: component.definition.name,
    summary: component.definition.summary,
    origin: "test",
    load: () => Promise.resolve(component),
  })));
  return { registry, calls };
}

function nameAnswer({ request, sampleIndexes }: ChatCall): Promise<ChatCompletion> {
  return Promise.resolve({
    choices: sampleIndexes.map(() => ({
      content: `${request.model}: ${request.messages[0]!.content}`,
      finish_reason: { kind: "stop" as const, raw: "stop" },
    })),
    usage: { input_tokens: 10, output_tokens: 10 },
    model: request.model,
  });
}

function numbered(count: number): readonly Row[] {
  return Array.from({ length: count }, (_, n) => ({ n, prompt: `question ${n}` }));
}

interface Budgets {
  readonly run?: NonNullable<Parameters<typeof definePipeline<"dear" | "cheap">>[0]["budget"]>;
  readonly dear?: SpendingConfig;
  readonly concurrency?: number;
}

function pipelineOf({ run = {}, dear, concurrency = 4 }: Budgets) {
  const limits = { concurrency, attempts: 1 };
  return definePipeline<"dear" | "cheap">({
    name: "budgets",
    budget: run,
    providers: {
      dear: { use: "dear", price: { input: 10, output: 10 }, limits, ...(dear ? { budget: dear } : {}) },
      cheap: { use: "cheap", price: { input: 1, output: 1 }, limits },
    },
  });
}

const ask = stepSpec(askTask, { max_tokens: 20 });

interface RunningOptions {
  readonly pipeline: LoadedPipeline;
  readonly registry: Registry;
  readonly onEvent?: (event: RunEvent) => void;
}

async function runIn(folder: string, options: RunningOptions): Promise<RunSummary> {
  const summary = await runPipeline({ ...options, runsDir: folder });
  const { problems } = await verifyRun(summary.run_dir);
  assertEquals(problems, []);
  return summary;
}

Deno.test("runPipeline() keeps to the budgets of providers and steps, within that of the run", () =>
  inFolder(async (folder) => {
    const { registry, calls } = models();
    const build = (place: SpendingConfig | undefined, dear?: SpendingConfig) =>
      pipelineOf(dear === undefined ? {} : { dear })
        .step("read", rowsStep(numbered(50)))
        .step("ask", ask, { provider: "dear", stage: "out", ...(place ? { budget: place } : {}) })
        .build();
    const step = await runIn(`${folder}/step`, { registry, pipeline: build({ requests: 7 }) });
    assertEquals([step.status, step.partial, step.rows.kept, calls.length], ["budget_exhausted", true, 7, 7]);
    assertEquals(
      step.error?.message,
      'The budget of 7 requests for step "ask" is used up: 7 requests spent, and the next call may need 1 requests',
    );
    const provider = await runIn(`${folder}/provider`, {
      registry,
      pipeline: build(undefined, { usd: 0.004 }),
    });
    assertEquals([provider.status, provider.budgets], [
      "budget_exhausted",
      [{ scope: "provider", name: "dear", of: "usd", limit: 0.004, spent: provider.spent_usd }],
    ]);
    assert(provider.spent_usd <= 0.004 && provider.spent_usd > 0.003, String(provider.spent_usd));
  }));

Deno.test("runPipeline() asks the cheaper provider from a share of the budget on, and says so everywhere", () =>
  inFolder(async (folder) => {
    const { registry, calls } = models();
    const events: RunEvent[] = [];
    const pipeline = pipelineOf({ run: { usd: 0.01, degrade: { to: "cheap", from: 0.5 } } })
      .step("read", rowsStep(numbered(60)), { stage: "questions" })
      .step("ask", ask, { provider: "dear", stage: "out" })
      .build();
    const run = await runIn(folder, { registry, pipeline, onEvent: (event) => events.push(event) });
    assertEquals([run.status, run.partial, run.degraded, run.rows.kept], ["done", false, true, 60]);
    const answers = (await stageRows(run, "out")).map(({ answer }) => String(answer).split(":")[0]);
    const dear = answers.filter((model) => model === "dear").length;
    assert(dear >= 25 && dear < 60, `${dear} rows of the dear provider`);
    assertEquals(calls.filter((name) => name === "dear").length, dear);
    const cost = JSON.parse(await runText(run, "reports/cost.json"));
    assertEquals(Object.keys(cost.providers).sort(), ["cheap", "dear"]);
    assertEquals(cost.providers.cheap.performed, 60 - dear);
    const manifest = async (stage: string) =>
      JSON.parse(await runText(run, `stages/${stage}/manifest.json`)).degraded;
    assertEquals([await manifest("questions"), await manifest("out")], [undefined, true]);
    assert(events.some((event) => event.type === "budget_alert" && event.share === 0.5));
    const effects = events.filter((event) => event.type === "effect_performed");
    assertEquals(effects.filter(({ provider }) => provider === "cheap").length, 60 - dear);
    const again = await runIn(folder, { registry, pipeline });
    assertEquals([again.calls.performed, again.degraded, calls.length], [0, true, 60]);
  }));

Deno.test("runPipeline() asks the cheaper provider as well once the dear one has nothing left of its own", () =>
  inFolder(async (folder) => {
    const { registry, calls } = models();
    const pipeline = pipelineOf({
      run: { requests: 100, degrade: { to: "cheap", from: 1 } },
      dear: { requests: 5 },
    }).step("read", rowsStep(numbered(30))).step("ask", ask, { provider: "dear", stage: "out" }).build();
    const run = await runIn(folder, { registry, pipeline });
    assertEquals([run.status, run.degraded, run.rows.kept], ["done", true, 30]);
    assertEquals(calls.filter((name) => name === "dear").length, 5);
  }));

Deno.test("runPipeline() sheds the rows of optional steps first, each with a line in the ledger", () =>
  inFolder(async (folder) => {
    const { registry } = models();
    const pipeline = pipelineOf({ run: { requests: 80, shed: { steps: ["extra"], from: 0.5 } } })
      .step("read", rowsStep(numbered(60)))
      .step("ask", ask, { provider: "dear", stage: "out", from: "read" })
      .step("other", rowStep((row) => pass({ ...row, prompt: `more on ${row.n}` })), { from: "read" })
      .step("extra", ask, { provider: "dear", stage: "extra" })
      .build();
    const run = await runIn(folder, { registry, pipeline });
    assertEquals([run.status, run.partial], ["done", true]);
    assertEquals(run.stages.find(({ stage }) => stage === "out")?.count, 60);
    const shed = run.rows.shed?.budget ?? 0;
    assert(shed >= 40 && shed < 60, `${shed} rows shed`);
    const lines = (await runText(run, "ledger/extra.jsonl")).split("\n").filter((line) =>
      line.includes('"shed"')
    );
    assertEquals(lines.length, shed);
    assertEquals(JSON.parse(lines[0]!).reason, "budget");
    const partial = async (stage: string) =>
      JSON.parse(await runText(run, `stages/${stage}/manifest.json`)).partial;
    assertEquals([await partial("out"), await partial("extra")], [false, true]);
  }));

Deno.test("startDeadline() stops a run when its time is over, and lets go of its timer", async () => {
  const clock = fakeClock();
  const control = new RunControl();
  const budget = new ComposedBudget({ run: { seconds: 30 }, clock });
  {
    using _deadline = startDeadline(budget, { clock, control });
    await clock.advance(29_999);
    assertEquals(control.stopReason, undefined);
    await clock.advance(1);
  }
  assertEquals(control.stopReason?.code, "budget.exhausted");
  assertEquals(control.stopReason?.message, "The budget of 30 seconds is used up: 30 seconds spent");
});

Deno.test("planRun() warns of unknown prices, and refuses them where money is limited", async () => {
  const { registry } = models();
  const build = (budget: SpendingConfig) =>
    definePipeline({ name: "p", providers: { dear: { use: "dear", budget } } })
      .step("read", rowsStep(numbered(1)))
      .step("ask", ask, { provider: "dear" })
      .build();
  const { warnings } = await planRun({ registry, pipeline: build({}) });
  assertEquals(warnings.map(({ code, message }) => [code, message]), [[
    "budget.unknown_price",
    'The provider "dear" has no price: what its calls cost will not be known',
  ]]);
  const thrown = await planRun({ registry, pipeline: build({ usd: 1 }) }).catch((error) => error);
  assert(thrown instanceof FastDistillError);
  assertEquals(thrown.code, "budget.unknown_price");
});

Deno.test("runPipeline() counts a model without a price at its list price, says so, and records it", () =>
  inFolder(async (folder) => {
    const component = defineProvider({
      name: "public",
      version: 1,
      summary: "A model double with a public name",
      config: z.strictObject({ model: z.string() }),
      capabilities: ["chat"],
      open: ({ model }) => ({
        adapter: "public",
        endpoint: "public://test",
        model,
        capabilities: ["chat"],
        chat: nameAnswer,
      }),
    });
    const entry = { kind: "provider", name: "public", summary: "A model double", origin: "test" } as const;
    const registry = new Registry([{ ...entry, load: () => Promise.resolve(component) }]);
    const build = (price?: { input: number; output: number }) =>
      definePipeline({
        name: "p",
        budget: { usd: 1 },
        providers: { it: { use: "public", with: { model: "gpt-4.1-mini" }, ...(price ? { price } : {}) } },
      }).step("read", rowsStep(numbered(1))).step("ask", ask, { provider: "it" }).build();
    const warnings: string[] = [];
    const onEvent = (event: RunEvent) => {
      if (event.type === "warning") warnings.push(event.message);
    };
    const listed = await runIn(`${folder}/listed`, { registry, pipeline: build(), onEvent });
    assertEquals(listed.spent_usd, (10 * 0.4 + 10 * 1.6) / 1e6);
    assertEquals(warnings, [
      'The provider "it" states no price; gpt-4.1-mini is counted at 0.4 USD in and 1.6 USD out per million ' +
      "tokens, as noted on 2025-04-14",
    ]);
    const stated = { input: 1, output: 1 };
    const overridden = await runIn(`${folder}/stated`, { registry, pipeline: build(stated) });
    assertEquals(overridden.spent_usd, 20 / 1e6);
    const again = await runIn(`${folder}/listed`, { registry, pipeline: build(stated) });
    assertEquals([again.spent_usd, again.cost_usd], [0, listed.cost_usd]);
  }));

Deno.test("planRun() names a provider or step of the budget that is not there", async () => {
  const { registry } = models();
  const pipeline = definePipeline({
    name: "p",
    providers: { dear: { use: "dear" } },
    budget: { tokens: 1, degrade: { to: "dea" as "dear" }, shed: { steps: ["read"] } },
  }).step("read", rowsStep(numbered(1))).step("ask", ask, { provider: "dear" }).build();
  const thrown = await planRun({ registry, pipeline }).catch((error) => error);
  assert(thrown instanceof FastDistillError);
  assertEquals([thrown, ...thrown.related].map(({ code, message }) => [code, message]), [
    [
      "graph.unknown_provider",
      'The budget degrades to the provider "dea", and the pipeline defines none of that name; did you mean "dear"?',
    ],
    ["graph.unknown_step", 'The budget sheds the step "read", and no step that asks a model has that name'],
  ]);
});

/** Answers after a while, with 5 to 40 tokens that depend on the prompt. */
async function unevenAnswer(call: ChatCall): Promise<ChatCompletion> {
  const digest = sha256(String(call.request.messages[0]!.content));
  for (let turns = parseInt(digest[0]!, 16) % 5; turns >= 0; turns--) await new Promise<void>(soon);
  const usage = { input_tokens: 10, output_tokens: 5 + parseInt(digest.slice(1, 3), 16) % 36 };
  return { ...await nameAnswer(call), usage };
}

Deno.test("runPipeline() completes 95 % of the rows that its money could pay for, two calls a row", () =>
  inFolder(async (folder) => {
    const tokens = 30_000;
    const build = (budget: SpendingConfig, isBreadthFirst = false) => {
      const drafted = pipelineOf({ run: budget, concurrency: 32 })
        .step("read", rowsStep(numbered(1_000)))
        .step("draft", stepSpec(askTask, { max_tokens: 40 }), { provider: "dear" });
      const next = rowStep((row) => pass({ ...row, prompt: `judge ${row.answer}` }));
      const between = isBreadthFirst ? drafted.step("all", sortStep("n")) : drafted;
      return between.step("next", next)
        .step("judge", stepSpec(askTask, { max_tokens: 40 }), { provider: "cheap", stage: "out" })
        .build();
    };
    const kept = async (name: string, pipeline: LoadedPipeline) => {
      const run = await runIn(`${folder}/${name}`, { registry: models(unevenAnswer).registry, pipeline });
      return { rows: run.stages[0]!.count, spent: run.usage.input_tokens + run.usage.output_tokens };
    };
    const whole = await kept("whole", build({}));
    const bound = Math.floor(tokens / (whole.spent / whole.rows));
    const ours = await kept("ours", build({ tokens }));
    const breadth = await kept("breadth", build({ tokens }, true));
    const figures = JSON.stringify({ bound, ours, breadth });
    assert(ours.spent <= tokens, figures);
    assert(ours.rows >= 0.95 * bound, figures);
    assert(breadth.rows < 0.5 * bound, figures);
  }));
