import { definePipeline, Registry, runPipeline } from "@fastdistill/core";
import { builtinSteps, checkLeakage, dedupMinhash, rows, split } from "@fastdistill/steps";
import { assert, assertEquals } from "@std/assert";

/** Questions in pairs that differ in punctuation only; the rows of a pair are given to different splits. */
const QUESTIONS = Array.from({ length: 40 }, (_, n) => {
  const topic = (Math.imul(Math.floor(n / 2) + 1, 0x9e3779b1) >>> 0).toString(36);
  return {
    question: `${topic} ${topic} ${topic} ${topic} and what became of it${n % 2 === 0 ? "." : "?"}`,
    split: n % 2 === 0 ? "train" : "test",
  };
});

async function leakRate(runsDir: string, isSplitByCluster: boolean): Promise<number> {
  const clusters = definePipeline({ name: `apart_${isSplitByCluster}` })
    .step("questions", rows({ rows: QUESTIONS }))
    .step("clusters", dedupMinhash({ on: "question", threshold: 0.9, action: "mark" }));
  const check = checkLeakage({ cluster_column: "cluster_id", on_leak: "mark" });
  const pipeline = isSplitByCluster
    ? clusters
      .step("divide", split({ by: "cluster_id", otherwise: "question", shares: { train: 0.5, test: 0.5 } }))
      .step("apart", check, { stage: "apart" }).build()
    : clusters.step("apart", check, { stage: "apart" }).build();
  const summary = await runPipeline({ pipeline, registry: new Registry(builtinSteps), runsDir });
  assertEquals([summary.status, summary.rows.kept], ["done", 40]);
  const text = await Deno.readTextFile(`${summary.run_dir}/stages/apart/part-00000.jsonl`);
  const found = text.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(new Set(found.map(({ split }) => split)), new Set(["train", "test"]));
  assert(found.every(({ cluster_size }) => cluster_size === 2));
  return found.filter(({ leak }) => leak).length / found.length;
}

Deno.test("check_leakage finds near-duplicates across splits, and none when they are split by cluster", async () => {
  const runsDir = await Deno.makeTempDir();
  try {
    assertEquals(await leakRate(runsDir, false), 0.5);
    assertEquals(await leakRate(runsDir, true), 0);
  } finally {
    await Deno.remove(runsDir, { recursive: true });
  }
});
