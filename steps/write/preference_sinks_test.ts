import type { Json, Row, StepComponent } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assert, assertEquals } from "@std/assert";
import { assertGolden } from "./_fixtures/golden.ts";
import writeEval from "./write_eval.ts";
import writePreference from "./write_preference.ts";
import writePrm from "./write_prm.ts";
import writeReward from "./write_reward.ts";

const PAIR: Row = { prompt: "2+2?", chosen: "4", rejected: "5", margin: 3, model: "m" };
const TALK: Row = {
  ...PAIR,
  prompt: [{ role: "user", content: "Hi" }, { role: "assistant", content: "Ho" }, {
    role: "user",
    content: "2+2?",
  }],
};
const CHAT = { conversational: true, system: "Count." };
const PRM: Row = { prompt: "Sum", steps: ["1+1=2", "2+2=5"], ok: [true, false], rated: [0.9, 0.2] };
const EVAL: Row = { question: "2+2?", answer: ["4", "four"], level: 1 };

interface Case {
  readonly name: string;
  readonly step: StepComponent;
  readonly config: Record<string, Json>;
  readonly row: Row;
}

const GOLDEN: readonly Case[] = [
  { name: "dpo", step: writePreference, config: { metadata: ["model"] }, row: PAIR },
  { name: "dpo_chat", step: writePreference, config: CHAT, row: TALK },
  { name: "orpo", step: writePreference, config: { format: "orpo", explicit_prompt: false }, row: PAIR },
  {
    name: "orpo_chat",
    step: writePreference,
    config: { format: "orpo", explicit_prompt: false, ...CHAT },
    row: PAIR,
  },
  { name: "kto", step: writePreference, config: { format: "kto" }, row: PAIR },
  {
    name: "kto_label",
    step: writePreference,
    config: { format: "kto", completion: "a", label: "good", conversational: true },
    row: { prompt: "2+2?", a: "5", good: false },
  },
  { name: "reward", step: writeReward, config: {}, row: PAIR },
  { name: "reward_chat", step: writeReward, config: { explicit_prompt: true, ...CHAT }, row: TALK },
  { name: "prm", step: writePrm, config: { completions: "steps", labels: "ok" }, row: PRM },
  {
    name: "prm_rated",
    step: writePrm,
    config: { completions: "steps", labels: "rated", threshold: 0.5 },
    row: PRM,
  },
  {
    name: "eval",
    step: writeEval,
    config: { ideal: "answer", system: "Count.", metadata: ["level"] },
    row: EVAL,
  },
];

Deno.test("sinks of preferences write each format to the byte as it was looked at", async () => {
  for (const { name, step, config, row } of GOLDEN) {
    const run = await runStep(step, { config: { path: "t.jsonl", ...config }, rows: [row] });
    assertEquals(run.failed.map(({ error }) => error.message), [], name);
    assertEquals(run.rows, [row]);
    await assertGolden(`${name}.jsonl`, run.files["t.jsonl"]);
  }
});

Deno.test("sinks of preferences keep the contract of steps", async () => {
  for (const { step, config, row } of GOLDEN) {
    await testStep(step, [{
      config: { path: "{split}.jsonl", ...config },
      rows: [{ ...row, split: "train" }],
    }]);
  }
});

interface Planted {
  readonly step: StepComponent;
  readonly config?: Record<string, Json>;
  readonly row: Row;
  readonly found: string;
}

const PLANTED: readonly Planted[] = [
  { step: writePreference, row: { ...PAIR, chosen: " " }, found: "an empty chosen" },
  { step: writePreference, row: { ...PAIR, rejected: null }, found: "an empty rejected" },
  { step: writePreference, row: { ...PAIR, prompt: "" }, found: "an empty prompt" },
  { step: writePreference, row: { ...PAIR, rejected: "4" }, found: "the same text in chosen and rejected" },
  {
    step: writePreference,
    config: { conversational: true },
    row: { ...PAIR, prompt: [{ role: "user", content: "a" }, { role: "assistant", content: "b" }] },
    found: "a prompt that ends with a message of assistant",
  },
  {
    step: writePreference,
    config: { conversational: true },
    row: { ...PAIR, chosen: [{ role: "user", content: "4" }] },
    found: "messages in chosen that are not the assistant's",
  },
  {
    step: writePreference,
    config: { format: "kto", completion: "chosen", label: "model" },
    row: PAIR,
    found: "a label that is not true or false",
  },
  { step: writeReward, row: { ...PAIR, margin: 0 }, found: "a margin that is no number above 0: 0" },
  { step: writeReward, row: { ...PAIR, margin: null }, found: "a margin that is no number above 0: null" },
  { step: writePrm, row: { ...PRM, completions: [], labels: [] }, found: "no steps" },
  { step: writePrm, row: { ...PRM, completions: ["a", "b"], labels: [true] }, found: "2 steps and 1 labels" },
  {
    step: writePrm,
    row: { ...PRM, completions: ["a", ""], labels: [true, true] },
    found: "a step 2 that is no text",
  },
  {
    step: writePrm,
    row: { ...PRM, completions: ["a"], labels: [0.5] },
    found: "a label that is not true or false",
  },
  {
    step: writeEval,
    config: { ideal: "answer" },
    row: { ...EVAL, answer: ["4", ""] },
    found: "no right answer",
  },
];

Deno.test("sinks of preferences write no planted mistake, and say what is wrong", async () => {
  for (const { step, config = {}, row, found } of PLANTED) {
    const run = await runStep(step, { config: { path: "t.jsonl", ...config }, rows: [row] });
    const [error] = run.failed.map(({ error }) => error);
    assertEquals([error?.code, run.files["t.jsonl"]], ["data.invalid_sample", ""], found);
    assert(error!.message.includes(found), `${found}: ${error!.message}`);
  }
});

Deno.test("write_eval writes no id twice", async () => {
  const run = await runStep(writeEval, { config: { path: "t.jsonl", ideal: "answer" }, rows: [EVAL, EVAL] });
  assertEquals([run.rows.length, run.failed.length], [1, 1]);
});

Deno.test("sinks of preferences refuse keys that do not go together", async () => {
  const cases: readonly (readonly [StepComponent, Record<string, Json>, string])[] = [
    [writePreference, { system: "x" }, "conversational: true"],
    [writeReward, { system: "x" }, "conversational: true"],
    [writePreference, { completion: "c" }, "completion and label go together"],
    [writePreference, { completion: "c", label: "l" }, "Only the format kto"],
    [writePreference, { format: "kto", explicit_prompt: false }, "always has a prompt"],
  ];
  for (const [step, config, message] of cases) {
    const text = await runStep(step, { config: { path: "t.jsonl", ...config }, rows: [] })
      .then(() => "nothing", (error) => String(error));
    assert(text.includes(message), text);
  }
});
