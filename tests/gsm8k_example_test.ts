import { loadPipeline, Registry, runPipeline, type RunSummary } from "@fastdistill/core";
import { builtinProviders } from "@fastdistill/providers";
import { builtinSteps } from "@fastdistill/steps";
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { makeRecordings, MODELS, type Problem, readProblems } from "../examples/gsm8k/make_recordings.ts";
import { qualityOf, runText, stageRows } from "./_run_outputs.ts";
import { sharedDataProblem, sharedPath } from "./_shared_data.ts";

const SOLUTIONS = "gsm8k/model_solutions.jsonl";
const problem = sharedDataProblem("tests/gsm8k_example_test.ts", SOLUTIONS);

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs a pipeline as the command line does, with its runs beside it. */
async function run(file: string, set: readonly string[] = []): Promise<RunSummary> {
  const registry = new Registry([...builtinProviders, ...builtinSteps]);
  const pipeline = await loadPipeline({ file, set });
  return await runPipeline({ pipeline, registry, runsDir: join(pipeline.baseDir, "runs") });
}

/** The files that must be the same whenever the same answers are judged. */
async function bytesOf(summary: RunSummary): Promise<readonly string[]> {
  const files = [
    "stages/judged/manifest.json",
    "stages/distilled/manifest.json",
    "reports/quality.json",
    "exports/train.jsonl",
  ];
  return await Promise.all(files.map((file) => runText(summary, file)));
}

/** The share of right solutions of each model, by the labels in the data file. */
function labelledRates(problems: readonly Problem[]): Readonly<Record<string, number>> {
  return Object.fromEntries(MODELS.map((model) => {
    const right = problems.filter((problem) => problem[model].is_correct).length;
    return [model, right / problems.length];
  }));
}

Deno.test({
  name:
    "examples/gsm8k gives each of four models the solve rate of the published labels, and no other verdict",
  ignore: problem !== undefined,
  fn: () =>
    inFolder(async (folder) => {
      const problems = await readProblems(sharedPath(SOLUTIONS));
      const pipeline = await makeRecordings(problems, folder);
      const first = await run(pipeline);
      assertEquals(first.status, "done", first.error?.message);
      assertEquals(first.calls, { performed: 2800, reused: 0 });

      const judged = (await qualityOf(first)).stages.judged!;
      assertEquals(judged.count, 2800);
      const rates = Object.entries(judged.groups.model_name!).map((
        [model, { metrics }],
      ) => [model, metrics.solved_rate]);
      assertEquals(Object.fromEntries(rates), labelledRates(problems));

      const byQuestion = new Map(problems.map((problem) => [problem.question, problem]));
      const rows = await stageRows(first, "judged");
      assertEquals([rows.length, new Set(rows.map((row) => `${row.model_name} ${row.question}`)).size], [
        2800,
        2800,
      ]);
      const disagreeing = rows.filter(({ question, model_name, solved }) =>
        byQuestion.get(String(question))![model_name as (typeof MODELS)[number]].is_correct !== solved
      );
      assertEquals(disagreeing, []);

      const second = await run(pipeline);
      assertEquals([second.status, second.calls], ["done", { performed: 0, reused: 2800 }]);
      assertEquals(await bytesOf(second), await bytesOf(first));
    }),
});

const solution = (text: string, is_correct: boolean) => ({ solution: text, is_correct });

/** Written for these tests, in the form of the published ones. */
const WRITTEN: readonly Problem[] = [
  {
    question: "A hall has 13 rows of 100 seats. How many seats?",
    ground_truth: "There are 13*100 = <<13*100=1300>>1300 seats\nA: 1300",
    "6b_finetuning": solution("13*100 = <<13*100=1300>>1300\nA: 1,300", true),
    "6b_verification": solution("13+100 = <<13+100=113>>113\nA: 113", false),
    "175b_finetuning": solution("There are 13 rows of 100, and 13 rows of 100, and 13 ro", false),
    "175b_verification": solution("13*100 = <<13*100=1300>>1300\nA: 1300.0", true),
  },
  {
    question: "Half of a $5 bill is how many dollars?",
    ground_truth: "It is 5/2 = $<<5/2=2.5>>2.5\nA: 2.5",
    "6b_finetuning": solution("5*2 = <<5*2=10>>10\nA: 10", false),
    "6b_verification": solution("5/2 = <<5/2=2.5>>2.5\nA: 2.50", true),
    "175b_finetuning": solution("5/2 = <<5/2=2.5>>2.5\nA: 2", false),
    "175b_verification": solution("5/2 = <<5/2=2.5>>2.5\nA: 2.5", true),
  },
];

Deno.test("examples/gsm8k judges written solutions: thousands, decimals, a wrong and a missing answer", () =>
  inFolder(async (folder) => {
    const summary = await run(await makeRecordings(WRITTEN, folder));
    assertEquals(summary.status, "done", summary.error?.message);
    assertEquals([summary.rows.kept, summary.rows.rejected, summary.rows.failed], [
      4,
      { not_selected: 4 },
      {},
    ]);
    const verdicts = (await stageRows(summary, "judged")).map(({ model_name, solved }) =>
      `${model_name} ${solved}`
    );
    assertEquals(
      verdicts,
      WRITTEN.flatMap((problem) => MODELS.map((model) => `${model} ${problem[model].is_correct}`)),
    );
  }));

Deno.test("examples/gsm8k fails its gate when a label says otherwise", () =>
  inFolder(async (folder) => {
    const [first, ...others] = WRITTEN;
    const wrong = { ...first!, "6b_verification": { ...first!["6b_verification"], is_correct: true } };
    const summary = await run(await makeRecordings([wrong, ...others], folder));
    assertEquals([summary.status, summary.error?.code], ["gate_failed", "gate.failed"]);
    assertEquals(
      summary.error?.message,
      "Gate failed: agrees_rate of stage judged is 0.875, below min 1",
    );
  }));

Deno.test("examples/gsm8k replays nothing for a question that was put in other words", () =>
  inFolder(async (folder) => {
    const file = await makeRecordings(WRITTEN, folder);
    const set = ["steps.ft_6b.with.template=Solve: {{ question }}"];
    const { rows } = await run(file, set);
    assertEquals(rows.failed, { "provider.recording_missing": WRITTEN.length });
  }));

Deno.test("readProblems() names what a line of another shape lacks", () =>
  inFolder(async (folder) => {
    const file = join(folder, "solutions.jsonl");
    const { "6b_finetuning": _, ...rest } = WRITTEN[0]!;
    await Deno.writeTextFile(file, `${JSON.stringify(WRITTEN[0])}\n\n${JSON.stringify(rest)}\n`);
    await assertRejects(() => readProblems(file), Error, "6b_finetuning");
  }));
