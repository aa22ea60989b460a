import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { effectKey, EffectRunner, memoryEffectStore } from "../effects/mod.ts";
import type { ChatRequest } from "../provider/mod.ts";
import { AdaptiveLimiter } from "../gateway/mod.ts";
import { systemClock } from "../runtime/mod.ts";
import { type UnpaidWish, wantedSample } from "./chat_caller.ts";

const REQUEST: Required<ChatRequest> = {
  model: "m",
  messages: [
    { role: "system", content: "Be brief" },
    {
      role: "user",
      content: [{ type: "text", text: "What is this" }, {
        type: "image_url",
        url: "data:image/png;base64,AA",
      }],
    },
    { role: "assistant", content: "", tool_calls: [{ id: "c1", name: "look", arguments: "{}" }] },
    { role: "tool", content: "a cat", tool_call_id: "c1" },
  ],
  decode: {
    temperature: 0.5,
    top_p: 0.9,
    max_tokens: 100,
    stop: ["END"],
    seed: 1,
    presence_penalty: 0.1,
    frequency_penalty: 0.2,
    logprobs: true,
    top_logprobs: 2,
  },
  response_schema: { type: "object" },
  tools: [{ name: "look", description: "Looks", parameters: { type: "object" } }],
  extra: { reasoning_effort: "low" },
};

/** What a provider is in a run, changed as a test says. */
function wishOf({ request = REQUEST, ...change }: Change = {}): UnpaidWish {
  const idle = new AbortController().signal;
  const limiter = new AdaptiveLimiter({ concurrency: change.concurrency ?? 4, clock: systemClock });
  return {
    provider: {
      name: change.name ?? "teacher",
      provider: {
        adapter: change.adapter ?? "openai_compatible",
        endpoint: change.endpoint ?? "https://api.example.com/v1",
        model: "m",
        capabilities: ["chat"],
      },
      version: change.version ?? 1,
      endpoint: {
        name: "teacher",
        limiter,
        timeoutMs: change.timeoutMs ?? 1_000,
        attempts: change.attempts ?? 3,
      },
      price: change.price,
    },
    request,
    samples: Array.from({ length: change.n ?? 1 }, (_, sample) => sample),
    prompt: change.prompt ?? "text_generation@1",
    step: change.step ?? "teach",
    row: change.row ?? "row-1",
    draw: change.draw,
    priority: change.priority ?? 0,
    signal: idle,
    admission: idle,
  };
}

interface Change {
  readonly request?: ChatRequest;
  readonly adapter?: string;
  readonly endpoint?: string;
  readonly version?: number;
  readonly prompt?: string;
  readonly draw?: string;
  readonly name?: string;
  readonly step?: string;
  readonly row?: string;
  readonly n?: number;
  readonly priority?: number;
  readonly concurrency?: number;
  readonly timeoutMs?: number;
  readonly attempts?: number;
  readonly price?: { readonly input: number; readonly output: number };
}

const keyOf = (change?: Change, sample = 0) => effectKey(wantedSample(wishOf(change), sample));

/** Every way to change one scalar of a JSON value, or to take one member away, by path. */
function* mutations(value: unknown, path = ""): Generator<readonly [path: string, changed: unknown]> {
  if (typeof value !== "object" || value === null) {
    yield [path, typeof value === "number" ? value + 1 : typeof value === "boolean" ? !value : `${value}x`];
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    const replaced = (by: unknown) =>
      Array.isArray(value) ? value.with(Number(key), by) : { ...value, [key]: by };
    for (const [at, changed] of mutations(inner, `${path}.${key}`)) yield [at, replaced(changed)];
    const { [key]: _, ...rest } = value as Record<string, unknown>;
    yield [
      `${path}.${key} removed`,
      Array.isArray(value) ? value.filter((_, index) => index !== Number(key)) : rest,
    ];
  }
}

Deno.test("wantedSample() has every field of a request in the key", () => {
  const paths: string[] = [];
  const keys = new Set([keyOf()]);
  for (const [path, changed] of mutations(REQUEST)) {
    paths.push(path);
    keys.add(keyOf({ request: changed as ChatRequest }));
  }
  assertEquals(keys.size, paths.length + 1, "Two requests have one key");
  for (const name of Object.keys(REQUEST.decode)) assert(paths.includes(`.decode.${name} removed`), name);
  for (const name of Object.keys(REQUEST)) assert(paths.includes(`.${name} removed`), name);
  assert(paths.includes(".messages.2.tool_calls.0.arguments"));
});

Deno.test("wantedSample() has the order of messages in the key", () => {
  assertNotEquals(keyOf({ request: { ...REQUEST, messages: REQUEST.messages.toReversed() } }), keyOf());
});

Deno.test("wantedSample() has adapter, endpoint, prompt, sample and draw in the key", () => {
  const keys = [
    keyOf(),
    keyOf({ adapter: "anthropic" }),
    keyOf({ version: 2 }),
    keyOf({ endpoint: "https://other.example.com/v1" }),
    keyOf({ prompt: "text_generation@2" }),
    keyOf({ prompt: "judge@1" }),
    keyOf({}, 1),
    keyOf({ draw: "row-1" }),
    keyOf({ draw: "row-2" }),
  ];
  assertEquals(new Set(keys).size, keys.length);
});

Deno.test("wantedSample() leaves out of the key what changes no answer", () => {
  const price = { input: 1, output: 2 };
  const others: readonly Change[] = [
    { name: "another" },
    { step: "another" },
    { row: "row-2" },
    { n: 4 },
    { priority: 7 },
    { concurrency: 64 },
    { timeoutMs: 9 },
    { attempts: 9 },
    { price },
  ];
  for (const change of others) assertEquals(keyOf(change), keyOf(), JSON.stringify(change));
});

Deno.test("effectKey() has kind, version and every part of a generic effect in the key", () => {
  const base = {
    kind: "sql_exec",
    fields: { version: 1, input: { sql: "SELECT 1", rows: [1, { deep: null }] } },
  };
  const keys = new Set([effectKey(base), effectKey({ ...base, kind: "python_exec" })]);
  let count = 2;
  for (const [, fields] of mutations(base.fields)) {
    keys.add(effectKey({ ...base, fields: fields as typeof base.fields }));
    count++;
  }
  assertEquals(keys.size, count);
  assertEquals(effectKey({ ...base, step: "grade", row: "row-1" }), effectKey(base));
});

Deno.test("EffectRunner has the salt in every key, and none where there is none", async () => {
  const store = memoryEffectStore();
  const wanted = { kind: "lookup", fields: { word: "a" } };
  const keys: string[] = [];
  for (const salt of [undefined, "one", "two"]) {
    const [settled] = await new EffectRunner(store, { salt }).obtain([wanted], async (_, take) => {
      await take(0, salt ?? "none", { started_at: "2026-01-01T00:00:00.000Z", duration_ms: 1, attempts: 1 });
    });
    assert(settled!.ok && !settled!.reused);
    const { key, kind, request } = settled!.record;
    assertEquals(key, effectKey({ kind, fields: request }));
    keys.push(key);
  }
  assertEquals([new Set(keys).size, keys[0]], [3, effectKey(wanted)]);
});
