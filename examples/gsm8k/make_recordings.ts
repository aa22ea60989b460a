// deno-lint-ignore-file no-console -- scripts write to the terminal
/**
 * Makes what `pipeline.yaml` beside this file reads: one recording a model, and the problems, from the recorded solutions
 * of openai/grade-school-math (`example_model_solutions.jsonl`). The pipeline is copied along, so the folder is complete.
 *
 * deno run -A examples/gsm8k/make_recordings.ts <example_model_solutions.jsonl> <folder>
 *
 * @module
 */
import {
  type ChatRequest,
  formatRecording,
  type RecordingEntry,
  type RecordingHeader,
  requestKey,
} from "@fastdistill/core";
import { join } from "node:path";
import { z } from "zod";

/** The models as the solutions name them: GPT-3, fine-tuned alone or with a verifier that chose among 100 answers. */
export const MODELS = ["6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"] as const;

const SOLUTION = z.object({ solution: z.string(), is_correct: z.boolean() });
const PROBLEM = z.object({
  question: z.string(),
  ground_truth: z.string(),
  "6b_finetuning": SOLUTION,
  "6b_verification": SOLUTION,
  "175b_finetuning": SOLUTION,
  "175b_verification": SOLUTION,
});

/** A line of the solutions. */
export type Problem = z.infer<typeof PROBLEM>;
type Model = (typeof MODELS)[number];

/** Of the paper; the solutions themselves have no date. */
const RECORDED_AT = "2021-10-27";
const NOTE =
  "Solutions published in openai/grade-school-math with arXiv:2110.14168. The models were fine-tuned to answer the " +
  "bare question. Their tokens, times and finish reasons were not published; the date is that of the paper.";

/** Reads the solutions. @throws {z.ZodError} when a line is of another shape */
export async function readProblems(file: string): Promise<readonly Problem[]> {
  const lines = (await Deno.readTextFile(file)).split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => PROBLEM.parse(JSON.parse(line)));
}

/** Writes the problems, the recordings and the pipeline into a folder, and returns the path of the pipeline. */
export async function makeRecordings(problems: readonly Problem[], folder: string): Promise<string> {
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(join(folder, "problems.jsonl"), problems.map(problemLine).join(""));
  for (const model of MODELS) {
    const text = formatRecording(headerOf(model), problems.map((problem) => entryOf(problem, model)));
    await Deno.writeTextFile(join(folder, `${model}.recording.jsonl`), text);
  }
  const pipeline = join(folder, "pipeline.yaml");
  await Deno.copyFile(new URL("./pipeline.yaml", import.meta.url), pipeline);
  return pipeline;
}

/** The labels go along with the problem, so that the pipeline can hold its own verdicts against them. */
function problemLine(problem: Problem): string {
  const { question, ground_truth } = problem;
  const labels = Object.fromEntries(MODELS.map((model) => [model, problem[model].is_correct]));
  return `${JSON.stringify({ question, reference: ground_truth, labels })}\n`;
}

function headerOf(model: Model): RecordingHeader {
  return {
    format: "fastdistill.recording",
    version: 1,
    adapter: "published",
    endpoint: "openai/grade-school-math",
    models: [model],
    recorded_at: RECORDED_AT,
    note: NOTE,
  };
}

/** The request is the one that the pipeline makes: its template is the question alone. */
function entryOf(problem: Problem, model: Model): RecordingEntry {
  const request: ChatRequest = { model, messages: [{ role: "user", content: problem.question }], decode: {} };
  const sample = {
    index: 0,
    content: problem[model].solution,
    finish_reason: { kind: "other", raw: null },
    model,
    usage: { input_tokens: 0, output_tokens: 0, estimated: true },
    duration_ms: 0,
  } as const;
  return { key: requestKey(request), request, samples: [sample] };
}

if (import.meta.main) {
  const [file, folder] = Deno.args;
  if (file === undefined || folder === undefined) {
    console.error("Usage: make_recordings.ts <example_model_solutions.jsonl> <folder>");
    Deno.exit(2);
  }
  const problems = await readProblems(file);
  const pipeline = await makeRecordings(problems, folder);
  console.log(`Recorded ${problems.length} problems of ${MODELS.length} models. Now run: ${pipeline}`);
}
