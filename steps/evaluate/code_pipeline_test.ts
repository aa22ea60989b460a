import {
  definePipeline,
  type JsonObject,
  type LoadedPipeline,
  Registry,
  type Row,
  runPipeline,
} from "@fastdistill/core";
import { MemoryEffects, runStep } from "@fastdistill/core/testing";
import { builtinSteps, jsExec, pythonExec, rows, select } from "@fastdistill/steps";
import { assertEquals } from "@std/assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import jsExecStep from "./js_exec.ts";

const PROGRAMS = [
  { answer: "const add = (a, b) => a + b", tests: ["assert(add(1, 2) === 3)"] },
  { answer: "const add = (a, b) => a - b", tests: ["assert(add(1, 2) === 3)"] },
];

function pipelineIn(baseDir: string, min: number): LoadedPipeline {
  return definePipeline({ name: "small", baseDir })
    .step("programs", rows({ rows: PROGRAMS }))
    .step("judge", jsExec({ code: "answer", tests: "tests", processes: 1 }), { stage: "judged" })
    .gate({ stage: "judged", metric: "exec_pass_rate", min })
    .build();
}

Deno.test("evaluators of code give metrics that gates can fail on", async () => {
  const folder = await mkdtemp(join(tmpdir(), "code-pipeline-"));
  try {
    const run = (min: number) =>
      runPipeline({
        pipeline: pipelineIn(folder, min),
        registry: new Registry(builtinSteps),
        runsDir: join(folder, "runs"),
      });
    const first = await run(0.5);
    assertEquals(first.status, "done", JSON.stringify(first.error));
    const second = await run(0.6);
    assertEquals([second.status, second.error?.code], ["gate_failed", "gate.failed"]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

Deno.test("evaluators of code run a program once, and anew when what it has to pass is another", async () => {
  const effects = new MemoryEffects();
  const performed = async (row: Row, config: JsonObject = {}) => {
    const options = { config: { tests: "tests", ...config }, rows: [{ code: "", ...row }], effects };
    return (await runStep(jsExecStep, options)).effects.performed;
  };
  assertEquals(await performed({ tests: ["assert(1)"] }), 1);
  assertEquals(await performed({ tests: ["assert(1)"] }), 0);
  assertEquals(await performed({ tests: ["assert(1)"] }, { processes: 3 }), 0);
  assertEquals(await performed({ tests: ["assert(2)"] }), 1);
  assertEquals(await performed({ tests: ["assert(1)"] }, { timeout_ms: 1 }), 1);
  assertEquals(await performed({ tests: ["assert(1)"] }, { memory_mb: 99 }), 1);
  assertEquals(await performed({ tests: ["assert(1)"] }, { language: "typescript" }), 1);
});

Deno.test("evaluators of code say what they need and add to the compiler", () => {
  const start = definePipeline({ name: "typed" }).step("programs", rows({ rows: PROGRAMS }));
  start.step("python", pythonExec({ code: "answer", tests: "tests" }))
    .step("best", select({ best_of: "answer", order_by: "tests_passed" }));
  // @ts-expect-error: there is no `code`
  start.step("python", pythonExec());
  // @ts-expect-error: there is no `cases`
  start.step("js", jsExec({ code: "answer", cases: "cases" }));
});
