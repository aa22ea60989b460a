import { FastDistillError, type Json, type JsonObject, type Row } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assertEquals, assertRejects } from "@std/assert";
import functionCallCheck from "./function_call_check.ts";

const WEATHER: JsonObject = {
  type: "function",
  function: {
    name: "get_weather",
    parameters: {
      type: "object",
      properties: { city: { type: "string" }, unit: { enum: ["c", "f"], default: "c" } },
      required: ["city"],
      additionalProperties: false,
    },
  },
};
const ADD: JsonObject = {
  name: "add",
  input_schema: { type: "object", properties: { a: { type: "number" }, b: { type: "number" } } },
};
const TOOLS = [WEATHER, ADD];

function call(name: string, args: JsonObject): JsonObject {
  return { id: "1", type: "function", function: { name, arguments: JSON.stringify(args) } };
}

async function judge(calls: Json, config: JsonObject = {}, gold?: Json): Promise<Row> {
  const row: Row = gold === undefined ? { tool_calls: calls } : { tool_calls: calls, gold };
  const run = await runStep(functionCallCheck, {
    config: { definitions: TOOLS, ...(gold === undefined ? {} : { gold: "gold" }), ...config },
    rows: [row],
  });
  const { calls_valid, calls_match, call_errors } = run.rows[0]!;
  return { valid: calls_valid!, match: calls_match!, errors: call_errors! };
}

Deno.test("function_call_check keeps the contract of steps", async () => {
  const rows = [[call("add", { a: 1, b: 2 })], null, "no calls", [5]].map((tool_calls) => ({
    tool_calls,
    tools: TOOLS,
    gold: [call("add", { a: 1, b: 2 })],
  }));
  await testStep(functionCallCheck, [
    { config: { definitions: TOOLS }, rows },
    { config: { tools: "tools", gold: "gold", action: "reject" }, rows },
  ]);
});

Deno.test("function_call_check reads calls in every common shape", async () => {
  const shapes: readonly Json[] = [
    [call("add", { a: 1 })],
    [{ name: "add", arguments: { a: 1 } }],
    { name: "add", arguments: '{"a":1}' },
    '[{"name":"add","arguments":{"a":1}}]',
    '```json\n{"name":"add","parameters":{"a":1}}\n```',
    'Sure.\n<tool_call>\n{"name":"add","arguments":{"a":1}}\n</tool_call>',
  ];
  for (const shape of shapes) {
    assertEquals(await judge(shape, {}, [{ name: "add", arguments: { a: 1 } }]), {
      valid: true,
      match: true,
      errors: [],
    });
  }
});

Deno.test("function_call_check says what is wrong with a call", async () => {
  const wrong: readonly (readonly [Json, string])[] = [
    [[call("get_wether", { city: "Oslo" })], "call 0: there is no tool get_wether; get_weather is near"],
    [[call("get_weather", {})], 'call 0: get_weather: Instance does not have required property "city"'],
    [
      [call("get_weather", { city: "Oslo", unit: "k" })],
      'call 0: get_weather/unit: Instance does not match any of ["c","f"]',
    ],
    [[{ name: "add", arguments: "{a:1" }], "call 0: the arguments of add are no JSON object"],
    [[{ name: "add", arguments: "[1]" }], "call 0: the arguments of add are no JSON object"],
    [[], "0 calls, at least 1"],
    ["It is sunny", 'Read JSON, found "It is sunny"'],
    [[{ arguments: {} }], 'Read a call with a name, found {"arguments":{}}'],
  ];
  for (const [calls, error] of wrong) {
    assertEquals(await judge(calls), { valid: false, match: null, errors: [error] });
  }
  assertEquals((await judge([call("add", {})], { required: ["get_weather"] })).errors, [
    "no call of get_weather",
  ]);
  assertEquals((await judge([], { min_calls: 0 })).valid, true);
});

Deno.test("function_call_check compares with right calls in any order, or in the same", async () => {
  const [oslo, rome] = [call("get_weather", { city: "Oslo" }), call("get_weather", { city: "Rome" })];
  assertEquals((await judge([rome, oslo], {}, [oslo, rome])).match, true);
  assertEquals(await judge([rome, oslo], { order: "same" }, [oslo, rome]), {
    valid: true,
    match: false,
    errors: ["the wanted call of get_weather is made at another place"],
  });
  assertEquals((await judge([oslo, rome], { order: "same" }, [oslo, rome])).match, true);
  assertEquals((await judge([oslo, oslo], {}, [oslo, rome])).match, false);
  assertEquals((await judge([oslo], {}, [oslo, rome])).match, false);
  assertEquals((await judge([oslo, rome], {}, [oslo])).errors, ["2 calls, wanted 1"]);
  assertEquals((await judge([oslo, rome], { allow_extra: true }, [rome])).match, true);
  assertEquals((await judge([], { min_calls: 0 }, [])).match, true);
});

Deno.test("function_call_check compares arguments by value, with defaults filled in", async () => {
  const gold = [call("get_weather", { city: "Oslo", unit: "c" })];
  assertEquals((await judge([call("get_weather", { city: "Oslo" })], {}, gold)).match, true);
  assertEquals((await judge(gold, {}, [call("get_weather", { city: "Oslo" })])).match, true);
  assertEquals((await judge([call("get_weather", { city: "oslo" })], {}, gold)).match, false);
  assertEquals(
    (await judge([call("get_weather", { city: " oslo" })], { strings: "loose" }, gold)).match,
    true,
  );
  assertEquals(
    (await judge([{ name: "add", arguments: '{"b":2.0,"a":1}' }], {}, [call("add", { a: 1, b: 2 })])).match,
    true,
  );
});

Deno.test("function_call_check takes lists of accepted values, and finds an assignment where there is one", async () => {
  const config = { gold_format: "accepted_values" };
  const gold: Json = [{ add: { a: [1, 2], b: ["", 5] } }, { add: { a: [1], b: [""] } }];
  assertEquals((await judge([call("add", { a: 1 }), call("add", { a: 2 })], config, gold)).match, true);
  assertEquals((await judge([call("add", { a: 2 }), call("add", { a: 2 })], config, gold)).match, false);
  assertEquals((await judge([call("add", { a: 1 }), call("add", { a: 1, b: 5 })], config, gold)).match, true);
});

Deno.test("function_call_check rejects with a reason", async () => {
  const rows = [[call("sub", {})], [call("add", { a: 2 })], [call("add", { a: 1 })]].map((tool_calls) => ({
    tool_calls,
    gold: [call("add", { a: 1 })],
  }));
  const run = await runStep(functionCallCheck, {
    config: { definitions: TOOLS, gold: "gold", action: "reject" },
    rows,
  });
  assertEquals(run.rejected.map(({ reason }) => reason), ["invalid_call", "call_mismatch"]);
  assertEquals(run.rows.length, 1);
});

Deno.test("function_call_check fails on tools that cannot be read, before the run where they are fixed", async () => {
  const rows = [{ tool_calls: [], tools: [{ parameters: {} }] }];
  const run = await runStep(functionCallCheck, { config: { tools: "tools" }, rows });
  assertEquals(run.failed.map(({ error }) => error.code), ["data.malformed"]);
  const remote = [{ name: "x", parameters: { $ref: "https://example.org/s" } }];
  const error = await assertRejects(
    () => runStep(functionCallCheck, { config: { definitions: remote }, rows }),
    FastDistillError,
  );
  assertEquals(error.code, "data.invalid_schema");
});
