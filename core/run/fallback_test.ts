import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { z } from "zod";
import { definePipeline, type LoadedPipeline, type ProviderInput } from "../config/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import type { RunEvent } from "../observe/mod.ts";
import { type ChatCall, type ChatCompletion, defineProvider } from "../provider/mod.ts";
import { type JsonObject, type Row, sha256 } from "../record/mod.ts";
import { Registry } from "../registry/mod.ts";
import { type Clock, soon, systemClock } from "../runtime/mod.ts";
import { stepSpec } from "../step/mod.ts";
import { askTask, inFolder, rowsStep, runText, stageRows } from "./_run_double.ts";
import { explainEffects, recordedKeys } from "./explain_effects.ts";
import { planRun } from "./plan_run.ts";
import { runPipeline } from "./start_run.ts";

type Names = "main" | "other" | "third";
const NAMES: readonly Names[] = ["main", "other", "third"];

/** What a provider does with a call. */
type Behaviour = (call: ChatCall) => Promise<ChatCompletion>;

const answers: Behaviour = ({ request, sampleIndexes }) =>
  Promise.resolve({
    choices: sampleIndexes.map((index) => ({
      content: `${request.model} on ${request.messages[0]!.content} ${index}`,
      finish_reason: { kind: "stop" as const, raw: "stop" },
    })),
    usage: { input_tokens: 10, output_tokens: 10 * sampleIndexes.length },
    model: request.model,
  });

const fails = (code: FastDistillError["code"] = "provider.unavailable"): Behaviour => () =>
  Promise.reject(new FastDistillError(code, "A script says so"));

/** Three provider doubles, which do what the test says; their calls are kept by name. */
function models(behaviours: Partial<Record<Names, Behaviour>> = {}) {
  const calls: string[] = [];
  const doing: Record<string, Behaviour> = { main: answers, other: answers, third: answers, ...behaviours };
  const components = NAMES.map((name) =>
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
          return doing[name]!(call);
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
  const count = (name: Names) => calls.filter((one) => one === name).length;
  return { registry, calls, doing, count };
}

interface Wished {
  readonly fallback?: ProviderInput["fallback"];
  readonly rows?: number;
  readonly n?: number;
  readonly concurrency?: number;
  readonly budget?: { readonly usd?: number; readonly tokens?: number; readonly requests?: number };
  readonly main?: Partial<ProviderInput>;
}

const questions = (count: number): readonly Row[] =>
  Array.from({ length: count }, (_, n) => ({ n, prompt: `question ${n}` }));

function pipelineOf({ rows = 12, n = 1, concurrency = 4, budget = {}, main, ...wish }: Wished) {
  const limits = { concurrency, attempts: 1, timeout_ms: 60_000 };
  const price = { input: 1, output: 1 };
  const fallback = "fallback" in wish ? wish.fallback : ["other", "third"];
  return definePipeline<Names>({
    name: "fallbacks",
    budget,
    providers: {
      main: { use: "main", price, limits, ...(fallback === undefined ? {} : { fallback }), ...main },
      other: { use: "other", price, limits },
      third: { use: "third", price, limits },
    },
  }).step("read", rowsStep(questions(rows)))
    .step("ask", stepSpec(askTask, { max_tokens: 20, n }), {
      provider: "main",
      stage: "out",
      max_failure_rate: 1,
    }).build();
}

interface Running {
  readonly registry: Registry;
  readonly clock?: Clock;
}

async function runIn(folder: string, pipeline: LoadedPipeline, { registry, clock = systemClock }: Running) {
  const events: RunEvent[] = [];
  const onEvent = (event: RunEvent) => void events.push(event);
  const summary = await runPipeline({ pipeline, registry, runsDir: folder, onEvent, clock });
  const falls = events.filter((event) => event.type === "call_fell_back");
  return { summary, events, falls, rows: () => stageRows(summary, "out") };
}

Deno.test("a fallback answers every row while the provider is down, with the rows that it gives when asked directly", () =>
  inFolder(async (folder) => {
    const { registry, count } = models({ main: fails() });
    const run = await runIn(folder, pipelineOf({ rows: 30 }), { registry });
    assertEquals([run.summary.status, run.summary.rows.kept], ["done", 30]);
    assertEquals(run.summary.fallbacks, { ask: 30 });
    assertEquals(run.summary.degraded, undefined);
    assert(
      run.falls.length === 30 && run.falls.every(({ provider, to }) => provider === "main" && to === "other"),
    );
    assert(count("main") < 15, "After five failures the provider is known to be down, and not asked");
    const direct = await runIn(`${folder}/direct`, directly("other", 30), { registry });
    assertEquals(await run.rows(), await direct.rows());
    const cost = JSON.parse(await runText(run.summary, "reports/cost.json"));
    assertEquals(JSON.stringify(cost).includes('"other"'), true);
  }));

function directly(provider: Names, rows: number): LoadedPipeline {
  return definePipeline<Names>({
    name: "direct",
    providers: { main: { use: "main" }, other: { use: "other" }, third: { use: "third" } },
  }).step("read", rowsStep(questions(rows)))
    .step("ask", stepSpec(askTask, { max_tokens: 20 }), { provider, stage: "out" }).build();
}

Deno.test("a run does not wait for a provider that is down, and goes back to it when it is up", () =>
  inFolder(async (folder) => {
    const { registry, doing, count } = models();
    let asked = 0;
    let elapsed = 0;
    const real = systemClock;
    const clock: Clock = { ...real, monotonic: () => elapsed, now: () => elapsed };
    doing.main = (call) => {
      asked++;
      return asked > 10 && asked <= 17 ? fails()(call) : answers(call);
    };
    doing.other = (call) => {
      elapsed += 100; // Time passes while the fallback answers.
      return answers(call);
    };
    const { summary, rows } = await runIn(folder, pipelineOf({ rows: 100, concurrency: 1 }), {
      registry,
      clock,
    });
    assertEquals(summary.rows.kept, 100);
    const by = (await rows()).map(({ answer }) => String(answer).split(" ")[0]);
    assertEquals(by.slice(0, 10), Array.from({ length: 10 }, () => "main"));
    assertEquals(by.at(-1), "main");
    assert(count("other") > 7 && count("other") < 60, `The fallback was asked ${count("other")} times`);
    assertEquals(summary.fallbacks, { ask: count("other") });
  }));

Deno.test("what a fallback answered is the answer, whoever is up when the run is repeated", () =>
  inFolder(async (folder) => {
    const { registry, doing, calls } = models({ main: fails("provider.overloaded"), other: fails() });
    const first = await runIn(folder, pipelineOf({ rows: 8, n: 2 }), { registry });
    const rows = await first.rows();
    assertEquals(first.summary.fallbacks, { ask: 16 });
    assert(rows.every(({ answer }) => String(answer).startsWith("third")));
    Object.assign(doing, { main: answers, other: answers });
    calls.length = 0;
    const second = await runIn(folder, pipelineOf({ rows: 8, n: 2 }), { registry });
    assertEquals([await second.rows(), calls, second.summary.fallbacks], [rows, [], { ask: 16 }]);
    const offline = await runPipeline({
      pipeline: pipelineOf({ rows: 8, n: 2 }),
      registry,
      runsDir: folder,
      offline: true,
    });
    assertEquals(await stageRows(offline, "out"), rows);
    const more = await runIn(folder, pipelineOf({ rows: 8, n: 3 }), { registry });
    assertEquals(calls, Array.from({ length: 8 }, () => "main"), "Only the third samples are asked for");
    assertEquals(more.summary.rows.kept, 24);
  }));

Deno.test("what another step asked the fallback for itself is no answer of the provider", () =>
  inFolder(async (folder) => {
    const { registry, count } = models();
    await runIn(folder, directly("other", 6), { registry });
    const { rows, summary } = await runIn(folder, pipelineOf({ rows: 6 }), { registry });
    assertEquals([count("main"), summary.fallbacks], [6, undefined]);
    assert((await rows()).every(({ answer }) => String(answer).startsWith("main")));
  }));

Deno.test("what a fallback says takes the place of an answer that was to be renewed", () =>
  inFolder(async (folder) => {
    const says = (text: string): Behaviour => async (call) => {
      const completion = await answers(call);
      return { ...completion, choices: completion.choices.map((choice) => ({ ...choice, content: text })) };
    };
    const { registry, doing, calls } = models({ main: says("unreadable") });
    const pipeline = pipelineOf({ rows: 2 });
    const first = await runIn(folder, pipeline, { registry });
    assertEquals(first.summary.rows.kept, 0);
    Object.assign(doing, { main: fails(), other: says("unreadable"), third: says("fine") });
    const again = async () => {
      const summary = await runPipeline({ pipeline, registry, runsDir: folder, retryFailed: true });
      return [summary.rows.kept, summary.fallbacks];
    };
    assertEquals(await again(), [0, { ask: 2 }]);
    doing.other = fails();
    assertEquals(await again(), [2, { ask: 2 }]);
    calls.length = 0;
    const { summary, rows } = await runIn(folder, pipeline, { registry });
    assertEquals([summary.rows.kept, calls], [2, []]);
    assert((await rows()).every(({ answer }) => answer === "fine"));
  }));

Deno.test("without the fallback the provider is asked again", () =>
  inFolder(async (folder) => {
    const { registry, doing, count } = models({ main: fails() });
    await runIn(folder, pipelineOf({ rows: 3 }), { registry });
    doing.main = answers;
    const { summary } = await runIn(folder, pipelineOf({ rows: 3, fallback: undefined }), { registry });
    assertEquals([summary.fallbacks, count("main") >= 3, summary.rows.kept], [undefined, true, 3]);
  }));

Deno.test("rows that ask the same share the chain, and get the same answer", () =>
  inFolder(async (folder) => {
    let asked = 0;
    const { registry, calls } = models({
      main: (call) => ++asked === 1 ? fails("provider.timeout")(call) : answers(call),
      other: async (call) => {
        for (let turn = 0; turn < 20; turn++) await new Promise<void>((done) => soon(done));
        return await answers(call);
      },
    });
    const limits = { concurrency: 8, attempts: 1 };
    const pipeline = definePipeline<Names>({
      name: "same",
      providers: {
        main: { use: "main", limits, fallback: ["other"] },
        other: { use: "other", limits },
        third: { use: "third" },
      },
    }).step("read", rowsStep(Array.from({ length: 20 }, () => ({ prompt: "the same" }))))
      .step("ask", stepSpec(askTask, {}), { provider: "main", stage: "out" }).build();
    const { summary, rows } = await runIn(folder, pipeline, { registry });
    assertEquals([calls, summary.calls.performed], [["main", "other"], 1]);
    assertEquals(new Set((await rows()).map(({ answer }) => answer)).size, 1);
  }));

Deno.test("a row on which every provider fails names each of them", () =>
  inFolder(async (folder) => {
    const { registry } = models({
      main: fails("provider.rate_limited"),
      other: fails("provider.context_window"),
      third: fails("provider.bad_response"),
    });
    const { summary } = await runIn(folder, pipelineOf({ rows: 2 }), { registry });
    assertEquals(summary.rows.failed, { "provider.chain_exhausted": 2 });
    const text = await runText(summary, "failures.jsonl");
    for (
      const said of [
        "main said provider.rate_limited",
        "other said provider.context_window",
        "third said provider.bad_response",
      ]
    ) assertStringIncludes(text, said);
  }));

Deno.test("an error that no other provider mends fails the row, unless the pipeline lists it", () =>
  inFolder(async (folder) => {
    const { registry, count } = models({ main: fails("provider.content_filter") });
    const kept = async (fallback: ProviderInput["fallback"], name: string) =>
      (await runIn(`${folder}/${name}`, pipelineOf({ rows: 3, fallback }), { registry })).summary.rows;
    assertEquals((await kept(["other"], "a")).failed, { "provider.content_filter": 3 });
    assertEquals(count("other"), 0);
    assertEquals((await kept({ to: ["other"], on: ["content_filter"] }, "b")).kept, 3);
  }));

Deno.test("a wrong key ends the run; where the pipeline lists it, the fallback answers and the run says so once", () =>
  inFolder(async (folder) => {
    const { registry, doing, count } = models({ main: fails("provider.auth") });
    const ended = await runIn(`${folder}/a`, pipelineOf({}), { registry });
    assertEquals([ended.summary.status, ended.summary.error?.code], ["failed", "provider.auth"]);
    assertEquals(count("other"), 0);
    const listed = { to: ["other"], on: ["auth" as const] };
    const { summary, events } = await runIn(`${folder}/b`, pipelineOf({ fallback: listed }), { registry });
    const warnings = events.filter((event) => event.type === "warning");
    assertEquals([summary.rows.kept, warnings.length], [12, 1]);
    assertStringIncludes(
      JSON.stringify(warnings),
      '\\"main\\" answers nothing, so \\"other\\" is asked instead',
    );
    doing.other = fails("provider.auth");
    const none = await runIn(`${folder}/c`, pipelineOf({ fallback: listed }), { registry });
    assertEquals([none.summary.status, none.summary.error?.code], ["failed", "provider.auth"]);
  }));

/** Which provider answers depends on the request alone. */
function byRequest(share: number): Behaviour {
  return (call) => {
    const draw = Number.parseInt(
      sha256(`${call.request.model}${call.request.messages[0]!.content}`).slice(0, 4),
      16,
    );
    return draw / 65_536 < share ? fails("provider.bad_response")(call) : answers(call);
  };
}

Deno.test("rows do not depend on concurrency where failing depends on the request, nor on where a run was stopped", () =>
  inFolder(async (folder) => {
    const behaviours = { main: byRequest(0.5), other: byRequest(0.5), third: byRequest(0.2) };
    const outputs: string[] = [];
    for (const concurrency of [1, 16, 256]) {
      const { registry } = models(behaviours);
      const run = await runIn(`${folder}/${concurrency}`, pipelineOf({ rows: 60, concurrency }), {
        registry,
      });
      outputs.push(await bytesOf(run.summary));
    }
    const stopped = models(behaviours);
    const stop = new AbortController();
    const other = stopped.doing.other!;
    stopped.doing.other = (call) => {
      if (stopped.calls.length > 30) stop.abort();
      return other(call);
    };
    const pipeline = pipelineOf({ rows: 60 });
    const cut = await runPipeline({
      pipeline,
      registry: stopped.registry,
      runsDir: `${folder}/cut`,
      signal: stop.signal,
    });
    assertEquals(cut.status, "interrupted");
    const resumed = await runIn(`${folder}/cut`, pipeline, models(behaviours));
    outputs.push(await bytesOf(resumed.summary));
    assertEquals(new Set(outputs).size, 1);
    assert((resumed.summary.rows.failed["provider.chain_exhausted"] ?? 0) > 0);
  }));

async function bytesOf(summary: { readonly run_dir: string }): Promise<string> {
  const { parts } = JSON.parse(await runText(summary as never, "stages/out/manifest.json"));
  return JSON.stringify(parts);
}

Deno.test("budgets are never overspent with fallbacks, whatever fails", async () => {
  const codes = ["provider.timeout", "provider.bad_response", "provider.overloaded"] as const;
  const property = fc.asyncProperty(
    fc.record({
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      code: fc.constantFrom(...codes),
      tokens: fc.integer({ min: 200, max: 3_000 }),
      requests: fc.integer({ min: 3, max: 60 }),
      concurrency: fc.integer({ min: 1, max: 16 }),
    }),
    ({ share, code, tokens, requests, concurrency }) =>
      inFolder(async (folder) => {
        const failing: Behaviour = (call) => {
          const draw = Number.parseInt(sha256(String(call.request.messages[0]!.content)).slice(0, 4), 16);
          return draw / 65_536 < share ? fails(code)(call) : answers(call);
        };
        const { registry, calls } = models({ main: failing, other: failing });
        const pipeline = pipelineOf({ rows: 20, concurrency, budget: { tokens, requests } });
        const { summary } = await runIn(folder, pipeline, { registry });
        for (const { spent, limit } of summary.budgets ?? []) assert(spent <= limit, `${spent} of ${limit}`);
        assert(calls.length <= requests, `${calls.length} calls of ${requests}`);
      }),
  );
  await fc.assert(property, { numRuns: 25, seed: 7 });
});

async function problemOf(providers: Readonly<Record<string, JsonObject>>): Promise<FastDistillError> {
  const build = () =>
    definePipeline({ name: "p", providers: providers as never })
      .step("read", rowsStep(questions(1)))
      .step("ask", stepSpec(askTask, {}), { provider: "main" as never }).build();
  return await assertRejects(
    async () => await planRun({ pipeline: build(), registry: models().registry }),
    FastDistillError,
  );
}

Deno.test("planRun() refuses chains that cannot be asked, with the place and the nearest name", async () => {
  const other = { use: "other" };
  const unknown = await problemOf({ main: { use: "main", fallback: ["othr"] }, other });
  assertEquals([unknown.code, unknown.location?.path], [
    "graph.unknown_provider",
    "providers.main.fallback.0",
  ]);
  assertStringIncludes(unknown.message, 'falls back to "othr", and the pipeline defines none of that name');
  assertStringIncludes(unknown.message, '"other"');
  const nested = await problemOf({ main: { use: "main", fallback: { to: ["other", "othr"] } }, other });
  assertEquals(nested.location?.path, "providers.main.fallback.to.1");
  const circle = await problemOf({ main: { use: "main", fallback: ["main"] }, other });
  assertEquals([circle.code, circle.message], [
    "config.invalid_value",
    'The provider "main" falls back to itself',
  ]);
  const twice = await problemOf({ main: { use: "main", fallback: ["other", "other"] }, other });
  assertStringIncludes(twice.message, 'falls back to "other" twice');
  const code = await problemOf({
    main: { use: "main", fallback: { to: ["other"], on: ["timeouts"] } },
    other,
  });
  assertStringIncludes(code.message, "timeout");
  const price = { input: 1, output: 1 };
  const unpriced = await problemOf({
    main: { use: "main", price, budget: { usd: 1 }, fallback: ["other"] },
    other: { use: "other", budget: { usd: 1 } },
  });
  assertEquals(unpriced.code, "budget.unknown_price");
});

Deno.test("providers may fall back to each other, and a chain is part of what a pipeline is", async () => {
  const { registry } = models();
  const plan = (fallback?: ProviderInput["fallback"]) =>
    planRun({ pipeline: pipelineOf({ fallback }), registry });
  const [none, one, swapped] = [await plan(), await plan(["other", "third"]), await plan(["third", "other"])];
  assertEquals([...none.providers.keys()], ["main"]);
  assertEquals([...one.providers.keys()], ["main", "other", "third"]);
  assertEquals(new Set([none, one, swapped].map(({ signature }) => signature)).size, 3);
});

Deno.test("recordedKeys() and explainEffects() know answers of fallbacks", () =>
  inFolder(async (folder) => {
    const { registry } = models({ main: fails() });
    const pipeline = pipelineOf({ rows: 2 });
    await runIn(folder, pipeline, { registry });
    const keys = await recordedKeys({ pipeline, registry, runsDir: folder });
    assertEquals(keys.size, 4); // An answer and the note that it stands for the first provider's, for each row.
    const { effects } = await explainEffects({ pipeline, registry, runsDir: folder });
    assertEquals(effects.map(({ kind, recorded }) => [kind, recorded]).sort(), [
      ["chat", true],
      ["chat", true],
      ["chat_fallback", true],
      ["chat_fallback", true],
    ]);
  }));
