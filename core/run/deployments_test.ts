import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { z } from "zod";
import { definePipeline, type ProviderInput } from "../config/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import type { RunEvent } from "../observe/mod.ts";
import type { Limiter } from "../gateway/mod.ts";
import { type ChatCall, defineProvider } from "../provider/mod.ts";
import { Registry } from "../registry/mod.ts";
import { stepSpec } from "../step/mod.ts";
import { fakeClock, testLimiter } from "../testing/mod.ts";
import { askTask, hashAnswer, inFolder, rowsStep, runText } from "./_run_double.ts";
import { joinDeployments, pooledLimits } from "./deployments.ts";
import { estimateRun } from "./estimate_run.ts";
import { planRun } from "./plan_run.ts";
import { SharedLimiters } from "./shared_limiters.ts";
import { runPipeline } from "./start_run.ts";

testLimiter("SharedLimiters", {
  make: (concurrency) => ({
    limiter: new SharedLimiters({ clock: fakeClock() }).join("http://a", { concurrency, adaptive: false }),
  }),
  test: (name, run) => Deno.test(name, run),
});

/** A provider double that keeps which of its deployments was asked, and for which model. */
function placesDouble(answer: (place: string, call: ChatCall) => ReturnType<typeof hashAnswer> = asked) {
  const calls: string[] = [];
  const closed: string[] = [];
  const component = defineProvider<{ place: string; model: string; account?: string | undefined }>({
    name: "places",
    version: 1,
    summary: "A model double at several places",
    config: z.strictObject({ place: z.string(), model: z.string(), account: z.string().optional() }),
    capabilities: ["chat"],
    open: ({ place, model, account }) => {
      if (place === "broken") throw new FastDistillError("config.invalid_value", "No such place");
      return {
        adapter: "places",
        endpoint: place,
        account,
        model,
        capabilities: ["chat"],
        chat: (call) => {
          calls.push(`${place} ${call.request.model}`);
          return answer(place, call);
        },
        close: () => void closed.push(place),
      };
    },
  });
  const registry = new Registry([{
    kind: "provider",
    name: "places",
    summary: "A model double at several places",
    origin: "test",
    load: () => Promise.resolve(component),
  }]);
  return { calls, closed, registry };
}

function asked(_place: string, call: ChatCall): ReturnType<typeof hashAnswer> {
  return hashAnswer(call);
}

function pipelineOf(main: Omit<ProviderInput, "use">, rows = 24) {
  return definePipeline({
    name: "deployments",
    providers: {
      main: { use: "places", ...main },
      spare: { use: "places", with: { place: "s", model: "s" } },
    },
  })
    .step("read", rowsStep(Array.from({ length: rows }, (_, n) => ({ n, prompt: `question ${n}` }))))
    .step("ask", stepSpec(askTask, { max_tokens: 10 }), { provider: "main", stage: "out" }).build();
}

const AT = (place: string, rest = {}) => ({ with: { place, ...rest } });
const LIMITS = { concurrency: 2, attempts: 3 };

Deno.test("every deployment is asked, under the identity of the first and for its own name of the model", () =>
  inFolder(async (folder) => {
    const { calls, closed, registry } = placesDouble();
    const deployments = [AT("a"), AT("b", { model: "tiny-v2" }), AT("c")];
    const pipeline = pipelineOf({ with: { model: "tiny" }, deployments, limits: LIMITS });
    const summary = await runPipeline({ pipeline, registry, runsDir: folder });
    assertEquals(summary.rows.kept, 24);
    assertEquals(new Set(calls), new Set(["a tiny", "b tiny-v2", "c tiny"]));
    assertEquals(closed, ["a", "b", "c"]);
    const timing = JSON.parse(await runText(summary, "reports/timing.json"));
    assertEquals(timing.providers.main.concurrency, 6);
    calls.length = 0;
    const alone = pipelineOf({ with: { model: "tiny", place: "a" }, limits: LIMITS });
    const again = await runPipeline({ pipeline: alone, registry, runsDir: folder });
    assertEquals([again.run_id, calls, again.calls.reused], [summary.run_id, [], 24]);
  }));

Deno.test("events name the deployment that is down; without a name the identity is that of the first", () =>
  inFolder(async (folder) => {
    const { registry, calls } = placesDouble((place, call) => {
      if (place !== "b") return hashAnswer(call);
      return Promise.reject(new FastDistillError("provider.connection", "A script says so"));
    });
    const events: RunEvent[] = [];
    const deployments = [AT("a"), AT("b")];
    const pipeline = pipelineOf({ with: { model: "tiny" }, deployments, limits: LIMITS }, 40);
    const onEvent = (event: RunEvent) => void events.push(event);
    const summary = await runPipeline({ pipeline, registry, runsDir: folder, onEvent });
    assertEquals(summary.rows.kept, 40);
    const opened = events.filter((event) => event.type === "breaker_opened");
    assertEquals(opened.map(({ provider, deployment }) => [provider, deployment]), [["main", 1]]);
    assert(calls.filter((call) => call.startsWith("b")).length < 12);
    const { signature } = await planRun({ pipeline, registry });
    const swapped = pipelineOf({
      with: { model: "tiny" },
      deployments: deployments.toReversed(),
      limits: LIMITS,
    });
    assert(signature !== (await planRun({ pipeline: swapped, registry })).signature);
  }));

Deno.test("pooledLimits() adds up what the deployments let through, each with the provider's limits or its own", () => {
  const { limits, ...rest } = {
    limits: { concurrency: 3, adaptive: false, timeout_ms: 1, attempts: 1 },
    use: "x",
  };
  const config = {
    ...rest,
    with: {},
    limits,
    deployments: [{ with: {}, weight: 1 }, { with: {}, weight: 1 }],
  };
  assertEquals(pooledLimits(config), { concurrency: 6, rpm: Infinity, tpm: Infinity });
  const own = [{ with: {}, weight: 1, limits: { concurrency: 5, rpm: 60 } }, {
    with: {},
    weight: 1,
    limits: { rpm: 1 },
  }];
  assertEquals(pooledLimits({ ...config, deployments: own }), { concurrency: 8, rpm: 61, tpm: Infinity });
});

Deno.test("deployments at one address are limited apart by account, and by themselves where there is none", () => {
  const clock = fakeClock();
  const limiters = new SharedLimiters({ clock });
  const limits = { concurrency: 1, adaptive: false, timeout_ms: 1, attempts: 1 };
  const join = (name: string, ...accounts: readonly (string | undefined)[]) => {
    const at = { adapter: "x", endpoint: "http://a", model: "m", capabilities: [] };
    const deployments = accounts.map(() => ({ with: {}, weight: 1 }));
    const config = { use: "x", with: {}, limits, deployments };
    const places = accounts.map((account) => ({ ...at, account }));
    return joinDeployments(places, { name, config, limiters, clock, tell: () => () => {} });
  };
  const { signal } = new AbortController();
  const take = (limiter: Limiter) => limiter.tryAcquire!({ priority: 0, signal }) !== undefined;
  const [both, one, other, none] = [
    join("both", "key 1", "key 2"),
    join("one", "key 1"),
    join("other", "key 3"),
    join("none", undefined, undefined),
  ];
  assertEquals([take(both), take(both), take(both)], [true, true, false]);
  assertEquals([take(one), take(other)], [false, true]); // The first shares its account with one of both.
  assertEquals([take(none), take(none), take(none)], [true, true, false]);
});

Deno.test("planRun() checks each deployment, and says where what it lacks is wrong", async () => {
  const { registry } = placesDouble();
  const problem = (main: Omit<ProviderInput, "use">) =>
    assertRejects(async () => await planRun({ pipeline: pipelineOf(main), registry }), FastDistillError);
  const missing = await problem({ with: { model: "tiny" }, deployments: [AT("a"), { with: {} }] });
  assertEquals([missing.code, missing.location?.path], [
    "config.missing_key",
    "providers.main.deployments.1.with.place",
  ]);
  const wrong = await problem({ with: { model: 3 as never }, deployments: [AT("a")] });
  assertEquals(wrong.code, "config.invalid_value");
  const unknown = await problem({ with: { model: "tiny" }, deployments: [AT("a", { acount: "x" })] });
  assertStringIncludes(unknown.message, '"account"');
});

Deno.test("a deployment that cannot be opened ends the run, and those before it are closed", () =>
  inFolder(async (folder) => {
    const { registry, closed } = placesDouble();
    const pipeline = pipelineOf({ with: { model: "tiny" }, deployments: [AT("a"), AT("broken")] });
    await assertRejects(
      () => runPipeline({ pipeline, registry, runsDir: folder }),
      FastDistillError,
      "No such place",
    );
    assertEquals(closed, ["a"]);
  }));

Deno.test("estimateRun() counts a call at the dearest provider of its chain", () =>
  inFolder(async (folder) => {
    const { registry } = placesDouble();
    const estimate = async (fallback: readonly string[] | undefined, output: number) => {
      const pipeline = definePipeline({
        name: "priced",
        budget: { usd: 100 },
        providers: {
          main: {
            use: "places",
            with: { place: "a", model: "m" },
            price: { input: 1, output: 1 },
            ...(fallback === undefined ? {} : { fallback }),
          },
          spare: { use: "places", with: { place: "s", model: "s" }, price: { input: 1, output } },
        },
      })
        .step("read", rowsStep([{ prompt: "a question" }]))
        .step("ask", stepSpec(askTask, { max_tokens: 1_000 }), { provider: "main" }).build();
      const countTokens = () => 1_000;
      return (await estimateRun({ pipeline, registry, runsDir: folder, countTokens })).tasks[0]!;
    };
    const alone = await estimate(undefined, 9);
    assertEquals([alone.cost_usd_max, alone.fallback], [0.002, undefined]);
    const dearer = await estimate(["spare"], 9);
    assertEquals([dearer.cost_usd_max, dearer.fallback], [0.01, ["spare"]]);
    assertEquals((await estimate(["spare"], 0.5)).cost_usd_max, 0.002);
  }));
