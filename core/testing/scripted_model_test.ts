import { assertEquals, assertRejects } from "@std/assert";
import { FastDistillError } from "../errors/mod.ts";
import type { ChatCall } from "../provider/mod.ts";
import { type ScriptedModel, scriptedModel } from "./scripted_model.ts";

function callOf(content: string, sampleIndexes: readonly number[] = [0]): ChatCall {
  const request = { model: "m", messages: [{ role: "user" as const, content }], decode: {} };
  return { request, sampleIndexes, signal: new AbortController().signal };
}

async function answersOf(model: ScriptedModel, content: string, sampleIndexes?: readonly number[]) {
  const { choices } = await model.provider.chat!(callOf(content, sampleIndexes));
  return choices.map((choice) => choice.content);
}

Deno.test("scriptedModel() always says the same, given one answer", async () => {
  const model = scriptedModel({ answers: "yes" });
  assertEquals(await answersOf(model, "a", [0, 1]), ["yes", "yes"]);
  assertEquals(model.calls.map(({ sampleIndexes }) => sampleIndexes), [[0, 1]]);
});

Deno.test("scriptedModel() goes through a list, and says when it is at its end", async () => {
  const model = scriptedModel({ answers: ["one", "two", "three"] });
  assertEquals(await answersOf(model, "a", [0, 1]), ["one", "two"]);
  assertEquals(await answersOf(model, "b"), ["three"]);
  await assertRejects(() => answersOf(model, "c"), RangeError, "The script has 3 answers");
});

Deno.test("scriptedModel() asks a function with request, text and sample", async () => {
  const model = scriptedModel({ answers: ({ text, sampleIndex }) => `${text} ${sampleIndex}` });
  assertEquals(await answersOf(model, "hi", [2, 3]), ["hi 2", "hi 3"]);
});

Deno.test("scriptedModel() throws the errors of its script", async () => {
  const model = scriptedModel({
    answers: [new FastDistillError("provider.rate_limited", "Slow down"), "fine"],
  });
  await assertRejects(() => answersOf(model, "a"), FastDistillError, "Slow down");
  assertEquals(await answersOf(model, "a"), ["fine"]);
  assertEquals(model.calls.length, 2);
});

Deno.test("scriptedModel() adds up usage and passes finish reasons on", async () => {
  const model = scriptedModel({
    answers: [
      {
        content: "cut",
        finish_reason: { kind: "length", raw: "max_tokens" },
        usage: { input_tokens: 1, output_tokens: 2 },
      },
      "whole",
    ],
    usage: { input_tokens: 3, output_tokens: 4 },
  });
  const completion = await model.provider.chat!(callOf("a", [0, 1]));
  assertEquals(completion.usage, { input_tokens: 4, output_tokens: 6 });
  assertEquals(completion.choices.map((choice) => choice.finish_reason.kind), ["length", "stop"]);
});

Deno.test("scriptedModel() is a provider component", async () => {
  const model = scriptedModel({ answers: "yes", name: "parrot", model: "polly" });
  const { definition } = model.component;
  assertEquals([definition.name, definition.capabilities], ["parrot", ["chat"]]);
  assertEquals(model.provider.model, "polly");
  const aborted = AbortSignal.abort(new Error("stop"));
  await assertRejects(() => model.provider.chat!({ ...callOf("a"), signal: aborted }), Error, "stop");
});
