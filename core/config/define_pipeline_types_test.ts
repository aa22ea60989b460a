import { assertEquals } from "@std/assert";
import { stepSpec } from "../step/mod.ts";
import { definePipeline } from "./define_pipeline.ts";

const questions = stepSpec<unknown, { question: string; id: number }>("read_jsonl");
const hints = stepSpec<unknown, { question: string; hint: boolean }>("read_jsonl");
const answer = stepSpec<{ question: string }, { generation: string }>("answer");
const judge = stepSpec<{ generation: string; question: string }, { score: number }>("judge");
const needsId = stepSpec<{ id: number }, unknown>("needs_id");
const needsHint = stepSpec<{ hint: boolean }, unknown>("needs_hint");
const needsPrompt = stepSpec<{ prompt: string }, unknown>("needs_prompt");
const needsNumber = stepSpec<{ question: number }, unknown>("needs_number");
const retype = stepSpec<{ id: number }, { id: string }>("retype");

const start = definePipeline({ name: "typed", providers: { teacher: { use: "replay" } } })
  .step("questions", questions);
const merged = start.step("hints", hints);

Deno.test("definePipeline() compiles steps whose columns are there", () => {
  const built = start
    .step("answer", answer, { provider: "teacher" })
    .step("judge", judge)
    .step("any", stepSpec("untyped"))
    .step("still", needsId)
    .step("both", answer, { from: ["questions", "judge"] })
    .build();
  assertEquals(Object.keys(built.config.steps), ["questions", "answer", "judge", "any", "still", "both"]);
});

Deno.test("definePipeline() does not compile a column that is not there, or of another type", () => {
  // @ts-expect-error: there is no column `prompt`
  start.step("step", needsPrompt);
  // @ts-expect-error: `question` is a string
  start.step("step", needsNumber);
  // @ts-expect-error: `generation` comes after this
  start.step("judge", judge).step("answer", answer);
  // @ts-expect-error: `id` is a string by now
  start.step("retype", retype).step("step", needsId);
});

Deno.test("definePipeline() gives a step the columns that all the steps it reads have", () => {
  merged.step("step", answer, { from: ["questions", "hints"] });
  merged.step("step", needsId, { from: "questions" });
  merged.step("step", needsHint);
  // @ts-expect-error: a source's rows are its own, and the step before is `hints`
  merged.step("step", needsId);
  // @ts-expect-error: `hints` has no `id`
  merged.step("step", needsId, { from: ["questions", "hints"] });
  // @ts-expect-error: `questions` has no `hint`
  merged.step("step", answer, { from: ["questions", "hints"] }).step("next", needsHint);
});

Deno.test("definePipeline() does not compile a provider or step that is not there", () => {
  // @ts-expect-error: no provider is named `student`
  assertEquals(start.step("answer", answer, { provider: "student" }) !== undefined, true);
  // @ts-expect-error: no step is named `nowhere`
  start.step("answer", answer, { from: "nowhere" });
  // @ts-expect-error: a step does not read itself
  start.step("answer", answer, { from: "answer" });
  const bare = definePipeline({ name: "bare" }).step("questions", questions);
  // @ts-expect-error: there is no provider at all
  bare.step("answer", answer, { provider: "teacher" });
});

Deno.test("definePipeline() does not compile a gate or metric of a kind that there is not", () => {
  const gated = start.step("judge", questions, { stage: "judged" });
  gated.gate({
    stage: "judged",
    metric: "ok_rate",
    no_worse_than: "prod",
    by: "kind",
    min: 0.5,
    confidence: 0.9,
  });
  gated.gate({ stage: "judged", metric: "ok_rate", no_worse_than: { run: "latest", better: "lower" } });
  // @ts-expect-error: a gate fails or warns
  gated.gate({ stage: "judged", metric: "ok_rate", min: 1, severity: "error" });
  // @ts-expect-error: a baseline names its run
  gated.gate({ stage: "judged", metric: "ok_rate", no_worse_than: { margin: 0.1 } });
  // @ts-expect-error: two limits
  gated.gate({ stage: "judged", metric: "ok_rate", between: [0.1] });
  const kind = "agreement";
  definePipeline({ name: "x", metrics: { same: { stage: "judged", kind, columns: ["a", "b"] } } });
  // @ts-expect-error: no such kind
  definePipeline({ name: "x", metrics: { same: { stage: "judged", kind: "accord", columns: ["a", "b"] } } });
});
