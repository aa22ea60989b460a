import { assert, assertEquals } from "@std/assert";
import { AdaptiveLimiter, ComposedBudget, Gateway } from "../core/gateway/mod.ts";
import { type ChatCompletion, systemClock } from "../core/mod.ts";
import openAICompatible from "../providers/openai_compatible/openai_compatible.ts";
import { openProvider } from "./_providers/open_provider.ts";
import { completion, failure, type Script, startOpenAIServer } from "./_servers/openai_server.ts";

const LIMIT = 20;
/** An endpoint lets a little more through than it says; without this the test would measure the machine's load. */
const TOLERANCE = 10;
const PER_MS = 0.05;
const CALLS = 60;
const NOTHING = { usd: 0, tokens: 0, requests: 1 };

/** A double of an endpoint with a bucket of requests, which says with each answer what is left of them. */
function quotaScript(): { readonly script: Script; readonly refused: () => number } {
  let [level, at, refused] = [LIMIT, performance.now(), 0];
  const script: Script = () => {
    const now = performance.now();
    level = Math.min(LIMIT, level + (now - at) * PER_MS) - 1;
    at = now;
    const headers = {
      "x-ratelimit-limit-requests": String(LIMIT),
      "x-ratelimit-remaining-requests": String(Math.max(0, Math.floor(level))),
      "x-ratelimit-reset-requests": `${Math.ceil((LIMIT - Math.max(0, level)) / PER_MS)}ms`,
    };
    if (level >= -TOLERANCE) return { ...completion(["fine"]), headers };
    refused++;
    level++;
    return failure(429, "Too many requests", { headers });
  };
  return { script, refused: () => refused };
}

async function callAll(heeds: boolean): Promise<number> {
  const { script, refused } = quotaScript();
  await using server = await startOpenAIServer(script);
  const provider = await openProvider(openAICompatible, { base_url: server.baseUrl, model: "m" });
  const clock = systemClock;
  const { signal } = new AbortController();
  const budget = new ComposedBudget({ run: {}, clock }).ledgerOf({ provider: "teacher", step: "ask" });
  const gateway = new Gateway({ budget, clock, random: { next: () => 0.1, integer: () => 0 } });
  const limiter = new AdaptiveLimiter({ clock, concurrency: 16, adaptive: false });
  const endpoint = { name: "teacher", limiter, timeoutMs: 10_000, attempts: 20 };
  const request = { model: "m", messages: [{ role: "user" as const, content: "hi" }], decode: {} };
  const answers = await Promise.all(Array.from({ length: CALLS }, () =>
    gateway.call<ChatCompletion>({
      endpoint,
      priority: 0,
      worst: NOTHING,
      signal,
      spending: () => NOTHING,
      ...(heeds ? { quotas: (completion: ChatCompletion) => completion.quotas } : {}),
      send: (signal) => provider.chat!({ request, sampleIndexes: [0], signal }),
    })));
  assertEquals(answers.length, CALLS);
  return refused();
}

Deno.test("an endpoint that says what is left of its quota is never asked for more", async () => {
  assertEquals(await callAll(true), 0);
});

Deno.test("the same endpoint refuses calls when nobody heeds what it says", async () => {
  assert(await callAll(false) > 0);
});
