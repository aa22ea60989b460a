import type { Json, Row } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { assertGolden } from "./_fixtures/golden.ts";
import writeSft from "./write_sft.ts";

const TOOLS: Json = [{ name: "weather", description: "Weather of a town", parameters: { type: "object" } }];
const CALL: Json = { id: "c1", name: "weather", arguments: '{"town": "Oslo"}' };
const SAID = (role: string, content: Json, more: Record<string, Json> = {}): Json => ({
  role,
  content,
  ...more,
});
const CHAT: Row = {
  messages: [
    SAID("system", "Be short."),
    SAID("user", "Hello"),
    SAID("assistant", "Hello!"),
    SAID("user", "Zażółć 😀?"),
    SAID("assistant", "Yes."),
  ],
};
const TOOL_USE: Row = {
  tools: TOOLS,
  messages: [
    SAID("user", "Weather in Oslo?"),
    SAID("assistant", null, { tool_calls: [CALL] }),
    SAID("tool", "rain", { tool_call_id: "c1" }),
    SAID("assistant", "It rains."),
  ],
};

const GOLDEN: readonly (readonly [string, Record<string, Json>, Row])[] = [
  ["sft_chat.jsonl", { messages: "messages" }, CHAT],
  ["sft_chat_tools.jsonl", { messages: "messages", tools: "tools", system: "Use tools." }, TOOL_USE],
  [
    "sft_chat_tools_objects.jsonl",
    { messages: "messages", tools: "tools", tool_arguments: "object" },
    TOOL_USE,
  ],
  ["sft_chat_tool_calls.jsonl", { tool_calls: "calls", tools: "tools", prompt: "q", completion: "a" }, {
    q: "Weather?",
    a: "",
    calls: [{ id: "x", type: "function", function: { name: "weather", arguments: "{}" } }],
    tools: [{ type: "function", function: { name: "weather" } }],
  }],
  ["sft_sharegpt.jsonl", { format: "sharegpt", messages: "messages" }, CHAT],
  ["sft_sharegpt_tools.jsonl", { format: "sharegpt", messages: "messages", tools: "tools" }, TOOL_USE],
  ["sft_alpaca.jsonl", { format: "alpaca", input: "context", metadata: ["id"] }, {
    prompt: "Sum up",
    context: "A text",
    completion: "Text",
    id: 3,
  }],
  ["sft_alpaca_history.jsonl", { format: "alpaca", messages: "messages" }, CHAT],
  ["sft_prompt_completion.jsonl", { format: "prompt_completion" }, { prompt: "Hi", completion: "Ho" }],
  ["sft_prompt_completion_chat.jsonl", {
    format: "prompt_completion",
    conversational: true,
    messages: "messages",
    tools: "tools",
  }, TOOL_USE],
];

Deno.test("write_sft writes each format to the byte as it was looked at", async () => {
  for (const [name, config, row] of GOLDEN) {
    const run = await runStep(writeSft, { config: { path: "t.jsonl", ...config }, rows: [row] });
    assertEquals(run.failed.map(({ error }) => error.message), [], name);
    await assertGolden(name, run.files["t.jsonl"]);
  }
});

Deno.test("write_sft with conversations keeps the contract of steps", async () => {
  await testStep(
    writeSft,
    GOLDEN.map(([, config, row]) => ({ config: { path: "t.jsonl", ...config }, rows: [row] })),
  );
});

const PLANTED: readonly (readonly [string, Json, string])[] = [
  ["no list", "text", 'no list of messages: "text"'],
  ["nothing", [], "no messages"],
  [
    "unknown role",
    [SAID("usr", "a"), SAID("assistant", "b")],
    'the unknown role "usr" of message 1; did you mean "user"?',
  ],
  [
    "two users",
    [SAID("user", "a"), SAID("user", "b"), SAID("assistant", "c")],
    "message 2 of user after one of user",
  ],
  [
    "late system",
    [SAID("user", "a"), SAID("system", "b"), SAID("assistant", "c")],
    "message 2 of system after one of user",
  ],
  ["assistant first", [SAID("assistant", "c")], "message 1 of assistant after nothing"],
  ["ends with user", [SAID("user", "a")], "a conversation that ends with a message of user"],
  ["empty answer", [SAID("user", "a"), SAID("assistant", " ")], "an empty message 2 of assistant"],
  ["null question", [SAID("user", null), SAID("assistant", "b")], "an empty message 1 of user"],
  [
    "image",
    [SAID("user", [{ type: "image_url", url: "x" }]), SAID("assistant", "b")],
    "a part of message 1 that is no text",
  ],
  [
    "broken arguments",
    [
      SAID("user", "a"),
      SAID("assistant", "", { tool_calls: [{ id: "1", name: "weather", arguments: '{"town": ' }] }),
    ],
    "arguments of call 1 of message 2 that are no JSON object",
  ],
  [
    "arguments no object",
    [
      SAID("user", "a"),
      SAID("assistant", "", { tool_calls: [{ id: "1", name: "weather", arguments: "[1]" }] }),
    ],
    "arguments of call 1 of message 2 that are no JSON object",
  ],
  [
    "unknown tool",
    [
      SAID("user", "a"),
      SAID("assistant", "", { tool_calls: [{ id: "1", name: "wether", arguments: "{}" }] }),
    ],
    'a call of the unknown tool "wether"; did you mean "weather"?',
  ],
  [
    "no answer",
    [
      SAID("user", "a"),
      SAID("assistant", "", { tool_calls: [CALL] }),
      SAID("tool", "x", { tool_call_id: "c2" }),
    ],
    'the answer to a call that was not made: "c2"',
  ],
  [
    "call left open",
    [
      SAID("user", "a"),
      SAID("assistant", "", { tool_calls: [CALL, { id: "c2", name: "weather", arguments: {} }] }),
      SAID("tool", "x", { tool_call_id: "c1" }),
      SAID("assistant", "b"),
    ],
    "message 4 of assistant where the call c2 has no answer",
  ],
  [
    "same id",
    [SAID("user", "a"), SAID("assistant", "", { tool_calls: [CALL, CALL] })],
    "two calls of one id in message 2",
  ],
  [
    "calls of user",
    [SAID("user", "a", { tool_calls: [CALL] }), SAID("assistant", "b")],
    "tool calls in message 1 of user",
  ],
];

Deno.test("write_sft writes no planted mistake, and says what is wrong", async () => {
  for (const [name, messages, found] of PLANTED) {
    const rows: readonly Row[] = [{ messages, tools: TOOLS }, { ...CHAT, tools: null }];
    const config = { path: "t.jsonl", messages: "messages", tools: "tools" };
    const run = await runStep(writeSft, { config, rows });
    const [error] = run.failed.map(({ error }) => error);
    assertEquals(error?.code, "data.invalid_sample", name);
    assert(error!.message.includes(found), `${name}: ${error!.message}`);
    assertEquals(run.files["t.jsonl"]!.split("\n").length, 2, name);
  }
});

Deno.test("write_sft reads conversations in the layout of ShareGPT", async () => {
  const messages = [{ from: "human", value: "a" }, { from: "gpt", value: "b" }];
  const run = await runStep(writeSft, {
    config: { path: "t.jsonl", messages: "m" },
    rows: [{ m: messages }],
  });
  assertEquals(JSON.parse(run.files["t.jsonl"]!), {
    messages: [{ role: "user", content: "a" }, { role: "assistant", content: "b" }],
  });
});

Deno.test("write_sft refuses keys that do not go together", async () => {
  const cases: readonly (readonly [Record<string, Json>, string])[] = [
    [{ format: "prompt_completion", messages: "m" }, "conversational: true"],
    [{ format: "chat", conversational: true }, "Only the format prompt_completion"],
    [{ format: "alpaca", tools: "t" }, "no place for tools"],
    [{ format: "chat", input: "i" }, "Only the format alpaca"],
    [{ messages: "m", prompt: "p" }, "holds the whole sample"],
  ];
  for (const [config, message] of cases) {
    const text = await runStep(writeSft, { config: { path: "t.jsonl", ...config }, rows: [] })
      .then(() => "nothing", (error) => String(error));
    assert(text.includes(message), `${JSON.stringify(config)}: ${text}`);
  }
});

Deno.test("write_sft: a conversation of any length comes back from chat as it went in", async () => {
  const text = fc.string({ minLength: 1, maxLength: 20 }).filter((one) => one.trim() !== "");
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 6 }), async (pairs) => {
      const messages = pairs.flatMap(([q, a]) => [SAID("user", q), SAID("assistant", a)]);
      const run = await runStep(writeSft, {
        config: { path: "t.jsonl", messages: "m" },
        rows: [{ m: messages }],
      });
      assertEquals(JSON.parse(run.files["t.jsonl"]!), { messages });
    }),
    { seed: 3, numRuns: 40 },
  );
});

Deno.test("write_sft writes a file a split", async () => {
  const rows = [{ prompt: "a", completion: "b", split: "train" }, {
    prompt: "c",
    completion: "d",
    split: "eval",
  }];
  const run = await runStep(writeSft, {
    config: { path: "{split}.jsonl", format: "prompt_completion" },
    rows,
  });
  assertEquals(run.files, {
    "eval.jsonl": '{"prompt":"c","completion":"d"}\n',
    "train.jsonl": '{"prompt":"a","completion":"b"}\n',
  });
});
