import type { ChatCompletion, ChatRequest, FastDistillError } from "@fastdistill/core";
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import openAICompatible from "./openai_compatible.ts";
import { configOf, NOW } from "../../tests/_providers/open_provider.ts";
import type { OpenAICompatibleConfig } from "./config.ts";
import { type Connection, connectionOf } from "./connection.ts";
import { parseAnswer } from "./response.ts";

const REQUEST: ChatRequest = {
  model: "asked",
  messages: [{ role: "user", content: "12345678" }],
  decode: {},
};

function connection(): Connection {
  const config = configOf(openAICompatible, { base_url: "http://127.0.0.1:1/v1", model: "asked" });
  return connectionOf(config as OpenAICompatibleConfig, {
    name: "teacher",
    fetch,
    env: () => undefined,
    now: () => NOW,
    files: undefined as never,
  });
}

function parse(text: string, choices = 4): ChatCompletion {
  return parseAnswer(connection(), { text, headers: new Headers(), request: REQUEST, choices });
}

async function parseFixture(name: string, choices = 4): Promise<ChatCompletion> {
  return parse(await Deno.readTextFile(new URL(`_fixtures/${name}`, import.meta.url)), choices);
}

function failureOf(text: string): FastDistillError {
  return assertThrows(() => parse(text)) as FastDistillError;
}

Deno.test("parseAnswer() reads OpenAI's choices, finish reasons and usage", async () => {
  assertEquals(await parseFixture("openai.json"), {
    choices: [
      { content: "SELECT COUNT(*) FROM customers;", finish_reason: { kind: "stop", raw: "stop" } },
      { content: "SELECT COUNT(id) FROM", finish_reason: { kind: "length", raw: "length" } },
    ],
    usage: { input_tokens: 1180, output_tokens: 412, cached_input_tokens: 1024, reasoning_tokens: 384 },
    model: "gpt-5-mini-2025-08-07",
    id: "chatcmpl-Bx0FixtureOpenAI",
  });
});

Deno.test("parseAnswer() reads tool calls and turns missing content into an empty text", async () => {
  const { choices } = await parseFixture("openai_tool_calls.json");
  assertEquals(choices, [{
    content: "",
    tool_calls: [
      { id: "call_a1", name: "run_sql", arguments: '{"query":"SELECT 1"}' },
      { id: "call_b2", name: "list_tables", arguments: "{}" },
    ],
    finish_reason: { kind: "tool_calls", raw: "tool_calls" },
  }]);
});

Deno.test("parseAnswer() gives a refusal as content that was filtered", async () => {
  const { choices } = await parseFixture("openai_refusal.json");
  assertEquals(choices, [{
    content: "I cannot help with that request.",
    finish_reason: { kind: "content_filter", raw: "stop" },
  }]);
});

Deno.test("parseAnswer() keeps log probabilities as they are", async () => {
  const { choices: [choice] } = await parseFixture("openai_logprobs.json");
  assertEquals((choice!.logprobs as { content: { token: string }[] }).content[0]!.token, "Yes");
});

Deno.test("parseAnswer() puts vLLM's choices into the order of their indexes, with their reasoning", async () => {
  const { choices, usage } = await parseFixture("vllm.json");
  assertEquals(choices.map(({ content, reasoning }) => [content, reasoning]), [
    ["first", "think one"],
    ["second", "think two"],
  ]);
  assertEquals(usage, { input_tokens: 25, output_tokens: 36 });
});

Deno.test("parseAnswer() takes the one choice of Ollama, which ignores n, once", async () => {
  const { choices, usage } = await parseFixture("ollama.json");
  assertEquals(choices, [{
    content: "Four.",
    reasoning: "Two and two.",
    finish_reason: { kind: "stop", raw: "stop" },
  }]);
  assertEquals(usage, { input_tokens: 18, output_tokens: 9 });
});

Deno.test("parseAnswer() reads llama.cpp", async () => {
  const { choices, model } = await parseFixture("llama_cpp.json");
  assertEquals([choices[0]!.finish_reason.kind, model], ["length", "unknown.gguf"]);
});

Deno.test("parseAnswer() joins Mistral's parts and sets its thinking apart", async () => {
  const { choices } = await parseFixture("mistral.json");
  assertEquals(choices, [{
    content: "It is 42",
    reasoning: "Hm. Yes.",
    finish_reason: { kind: "length", raw: "model_length" },
  }]);
});

Deno.test("parseAnswer() counts DeepSeek's cached tokens", async () => {
  const { usage } = await parseFixture("deepseek.json");
  assertEquals(usage, { input_tokens: 130, output_tokens: 2, cached_input_tokens: 128 });
});

Deno.test("parseAnswer() estimates tokens where the endpoint does not count, and says so", async () => {
  assertEquals(await parseFixture("no_usage.json"), {
    choices: [{ content: "twelve chars", finish_reason: { kind: "other", raw: null } }],
    usage: { input_tokens: 2, output_tokens: 3, estimated: true },
    model: "asked",
  });
});

Deno.test("parseAnswer() estimates what negative or broken counts leave open", () => {
  const answer = (usage: unknown) =>
    JSON.stringify({ choices: [{ message: { content: "12345678" } }], usage });
  assertEquals(parse(answer({ prompt_tokens: -1, completion_tokens: 5 })).usage, {
    input_tokens: 2,
    output_tokens: 5,
    estimated: true,
  });
  assertEquals(parse(answer({ prompt_tokens: 9, total_tokens: 11 })).usage, {
    input_tokens: 9,
    output_tokens: 2,
  });
  assertEquals(parse(answer("many")).usage, { input_tokens: 2, output_tokens: 2, estimated: true });
  const cached = { prompt_tokens: 3, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 9 } };
  assertEquals(parse(answer(cached)).usage.cached_input_tokens, 3);
});

Deno.test("parseAnswer() takes no more choices than were asked for", async () => {
  assertEquals((await parseFixture("openai.json", 1)).choices.length, 1);
});

Deno.test("parseAnswer() drops a choice that is there twice, and keeps equal texts of two samples", () => {
  const choice = (index: number, content: string) => ({ index, message: { content }, finish_reason: "stop" });
  const texts = (choices: unknown) =>
    parse(JSON.stringify({ choices })).choices.map(({ content }) => content);
  assertEquals(texts([choice(0, "a"), choice(0, "a")]), ["a"]);
  assertEquals(texts([choice(0, "a"), choice(1, "a")]), ["a", "a"]);
  assertEquals(texts([choice(0, "a"), choice(0, "b")]), ["a", "b"]);
});

Deno.test("parseAnswer() answers the choices before one that broke half-way", async () => {
  const { choices } = await parseFixture("openrouter_error_in_choice.json");
  assertEquals(choices.map(({ content }) => content), ["whole"]);
});

Deno.test("parseAnswer() fails when the first choice broke half-way", () => {
  const error = failureOf(JSON.stringify({
    choices: [{
      message: { content: "cut o" },
      finish_reason: "error",
      error: { code: 502, message: "closed" },
    }],
  }));
  assertEquals([error.code, error.retryable], ["provider.unavailable", true]);
});

Deno.test("parseAnswer() takes no choice that the server says broke off", () => {
  const choice = (finish_reason: string) => ({ message: { content: "x" }, finish_reason });
  for (const raw of ["error", "insufficient_system_resource", "network_error", "abort"]) {
    const error = failureOf(JSON.stringify({ choices: [choice(raw)] }));
    assertEquals([error.code, error.retryable], ["provider.unavailable", true], raw);
    assertStringIncludes(error.message, `an answer that broke off, finish reason "${raw}"`);
    assertEquals(parse(JSON.stringify({ choices: [choice("stop"), choice(raw)] })).choices.length, 1);
  }
});

Deno.test("parseAnswer() takes an error inside a successful answer for what it is", async () => {
  const text = await Deno.readTextFile(new URL("_fixtures/openrouter_error_in_answer.json", import.meta.url));
  const error = failureOf(text);
  assertEquals(error.code, "provider.rate_limited");
  assertStringIncludes(error.message, "temporarily rate-limited upstream");
  assertEquals(failureOf('{"choices":[],"error":{"message":"no"}}').code, "provider.unavailable");
});

Deno.test("parseAnswer() mends text that no JSON file could hold", () => {
  const { choices } = parse('{"choices":[{"message":{"content":"a\\ud83d"},"finish_reason":"length"}]}');
  assertEquals(choices[0]!.content, "a\ufffd");
});

Deno.test("parseAnswer() takes arguments of a tool call that are an object for their text", () => {
  const call = { function: { name: "f", arguments: { a: 1 } } };
  const { choices } = parse(JSON.stringify({ choices: [{ message: { tool_calls: [call] } }] }));
  assertEquals(choices[0]!.tool_calls, [{ id: "call_0", name: "f", arguments: '{"a":1}' }]);
});

Deno.test("parseAnswer() refuses what is no answer, with an excerpt, as something to try again", async () => {
  const read = (name: string) => Deno.readTextFile(new URL(`_fixtures/${name}`, import.meta.url));
  const cases: readonly (readonly [string, string])[] = [
    [await read("truncated.json"), 'got something that is not JSON: {"id":"chatcmpl-x"'],
    [await read("error_page.html"), "got something that is not JSON: 502 Bad Gateway 502 Bad Gateway nginx"],
    ["", "got an empty body"],
    ["null", "got an answer of another shape"],
    ['{"object":"list","data":[]}', "got an answer of another shape"],
    ['{"choices":[]}', "got an answer of another shape"],
    ['{"choices":[{"text":"completion"}]}', "at choices.0.message"],
    ['{"choices":[{"message":{"content":7}}]}', "at choices.0.message.content"],
  ];
  for (const [text, expected] of cases) {
    const error = failureOf(text);
    assertEquals([error.code, error.retryable], ["provider.bad_response", true], text);
    assertStringIncludes(error.message, expected);
    assertEquals(error.cause, undefined);
  }
  assertStringIncludes(
    failureOf(await read("error_page.html")).hint!,
    "check that base_url points at the API",
  );
});

Deno.test("parseAnswer() shows only the beginning of a long answer", () => {
  const { message } = failureOf("x".repeat(100_000));
  assertEquals(message.length < 400, true, message);
});
