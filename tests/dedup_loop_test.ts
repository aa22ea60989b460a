import {
  definePipeline,
  Registry,
  type RegistryEntry,
  runPipeline,
  stepSpec,
  verifyRun,
} from "@fastdistill/core";
import { scriptedModel } from "@fastdistill/core/testing";
import { builtinSteps, dedupNear, rows, textGeneration } from "@fastdistill/steps";
import { assert, assertEquals } from "@std/assert";

const QUESTIONS = [
  "How many moons does the planet Mars have in all?",
  "Who wrote the novel about a white whale called Moby-Dick?",
];

/** Asks for 30 questions, of which most nearly repeat others, drops those, and has the rest answered. */
async function runLoop(runsDir: string, concurrency: number) {
  let answered = 0;
  const model = scriptedModel({
    answers: ({ text }) => {
      const [, n] = /^Ask (\d+)$/.exec(text) ?? [];
      if (n !== undefined) return `${QUESTIONS[Number(n) % 2]} (${n})`;
      answered++;
      return `On: ${text}`;
    },
  });
  const entry: RegistryEntry = {
    kind: "provider",
    name: "scripted",
    summary: "A double",
    origin: "test",
    load: () => Promise.resolve(model.component),
  };
  const pipeline = definePipeline({
    name: `loop_${concurrency}`,
    providers: { model: { use: "scripted", limits: { concurrency } } },
  })
    .step("topics", rows({ rows: Array.from({ length: 30 }, (_, n) => ({ n })) }))
    .step("ask", textGeneration({ template: "Ask {{ n }}", to: "question" }), { provider: "model" })
    .step("fresh", dedupNear({ on: "question", threshold: 0.7 }))
    .step("answer", textGeneration({ template: "{{ question }}" }), { provider: "model" })
    .step("write", stepSpec("write_jsonl", { path: "out.jsonl", columns: ["n", "generation"] }))
    .build();
  const summary = await runPipeline({ pipeline, registry: new Registry([...builtinSteps, entry]), runsDir });
  assertEquals((await verifyRun(summary.run_dir)).problems, []);
  return { summary, answered };
}

Deno.test("dedup_near() saves the calls that near-duplicates would cost, the same at any concurrency", async () => {
  const runsDir = await Deno.makeTempDir();
  try {
    const outputs = [];
    for (const concurrency of [1, 16]) {
      const { summary, answered } = await runLoop(`${runsDir}/${concurrency}`, concurrency);
      assertEquals([summary.status, summary.rows.rejected], ["done", { near_duplicate: 28 }]);
      assertEquals(answered, 2);
      const report = summary.files.find(({ path }) => path === "reports/fresh.json");
      assertEquals([report?.role, report?.name], ["report", "fresh"]);
      assert(/^[0-9a-f]{64}$/.test(report?.sha256 ?? ""));
      outputs.push(await Deno.readTextFile(`${summary.run_dir}/exports/out.jsonl`));
      outputs.push(await Deno.readTextFile(`${summary.run_dir}/ledger/fresh.jsonl`));
    }
    assertEquals(outputs[0], outputs[2]);
    assertEquals(outputs[1], outputs[3]);
  } finally {
    await Deno.remove(runsDir, { recursive: true });
  }
});

Deno.test("reports of a step are among what verify checks", async () => {
  const runsDir = await Deno.makeTempDir();
  try {
    const { summary } = await runLoop(runsDir, 4);
    const path = `${summary.run_dir}/reports/fresh.json`;
    await Deno.writeTextFile(path, (await Deno.readTextFile(path)).replace('"rows": 30', '"rows": 31'));
    const { problems } = await verifyRun(summary.run_dir);
    assertEquals(problems.map(({ file }) => file), ["reports/fresh.json"]);
  } finally {
    await Deno.remove(runsDir, { recursive: true });
  }
});
