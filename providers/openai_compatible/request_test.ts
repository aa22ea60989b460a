import type { ChatRequest } from "@fastdistill/core";
import { assertEquals } from "@std/assert";
import { buildBody, choicesToAsk } from "./request.ts";

const REQUEST: ChatRequest = { model: "m", messages: [{ role: "user", content: "hi" }], decode: {} };
const PLAIN = { maxTokensField: "max_tokens", extra: {} } as const;

Deno.test("buildBody() says nothing about what the request leaves open", () => {
  assertEquals(buildBody(REQUEST, PLAIN, { choices: 1, firstIndex: 0 }), {
    model: "m",
    messages: [{ role: "user", content: "hi" }],
  });
});

Deno.test("buildBody() sends every decode parameter, and the seed of the first sample", () => {
  const decode = {
    temperature: 0,
    top_p: 0.9,
    max_tokens: 64,
    stop: ["\n\n"],
    seed: 7,
    presence_penalty: 0.1,
    frequency_penalty: 0.2,
    logprobs: true,
    top_logprobs: 3,
  };
  const body = buildBody({ ...REQUEST, decode }, PLAIN, { choices: 4, firstIndex: 2 });
  const { model, messages } = REQUEST;
  assertEquals(body as unknown, { model, messages, ...decode, seed: 9, n: 4 });
});

Deno.test("buildBody() names the token limit as the endpoint wants it", () => {
  const request = { ...REQUEST, decode: { max_tokens: 5 } };
  const openai = { maxTokensField: "max_completion_tokens", extra: {} } as const;
  const { max_tokens, max_completion_tokens } = buildBody(request, openai, { choices: 1, firstIndex: 0 });
  assertEquals([max_tokens, max_completion_tokens], [undefined, 5]);
});

Deno.test("buildBody() writes schemas, tools, images and tool messages in OpenAI's form", () => {
  const schema = { title: "An answer!", type: "object", properties: {} };
  const body = buildBody(
    {
      model: "m",
      messages: [
        { role: "user", content: [{ type: "text", text: "what" }, { type: "image_url", url: "data:x" }] },
        { role: "assistant", content: "", tool_calls: [{ id: "c1", name: "f", arguments: "{}" }] },
        { role: "tool", content: "4", tool_call_id: "c1" },
      ],
      decode: {},
      response_schema: schema,
      tools: [{ name: "f", parameters: { type: "object" } }],
    },
    PLAIN,
    { choices: 1, firstIndex: 0 },
  );
  assertEquals(body.messages, [
    {
      role: "user",
      content: [{ type: "text", text: "what" }, { type: "image_url", image_url: { url: "data:x" } }],
    },
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "c1", type: "function", function: { name: "f", arguments: "{}" } }],
    },
    { role: "tool", content: "4", tool_call_id: "c1" },
  ]);
  assertEquals(body.response_format, {
    type: "json_schema",
    json_schema: { name: "An_answer_", strict: true, schema },
  });
  assertEquals(body.tools, [{ type: "function", function: { name: "f", parameters: { type: "object" } } }]);
});

Deno.test("buildBody() lets the provider's extra fields win, and the request's own win over them", () => {
  const body = buildBody(
    { ...REQUEST, decode: { temperature: 1 }, extra: { top_k: 5 } },
    { maxTokensField: "max_tokens", extra: { temperature: 0.5, top_k: 40, min_p: 0.1 } },
    { choices: 1, firstIndex: 0 },
  );
  assertEquals([body.temperature, body.top_k, body.min_p], [0.5, 5, 0.1]);
});

Deno.test("choicesToAsk() asks for all samples at once, up to the most that one call may have", () => {
  assertEquals(choicesToAsk(REQUEST, { sampleIndexes: [0, 1, 2], max: 128 }), 3);
  assertEquals(choicesToAsk(REQUEST, { sampleIndexes: [0, 1, 2], max: 2 }), 2);
  assertEquals(choicesToAsk(REQUEST, { sampleIndexes: [1, 3], max: 128 }), 2);
});

Deno.test("choicesToAsk() with a seed joins only samples whose seeds follow each other", () => {
  const seeded = { ...REQUEST, decode: { seed: 1 } };
  assertEquals(choicesToAsk(seeded, { sampleIndexes: [1, 3], max: 128 }), 1);
  assertEquals(choicesToAsk(seeded, { sampleIndexes: [2, 3, 5], max: 128 }), 2);
  assertEquals(choicesToAsk(seeded, { sampleIndexes: [2, 3, 4], max: 128 }), 3);
});
