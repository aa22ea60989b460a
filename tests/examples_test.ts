/**
 * Every pipeline under `examples/` plans, and runs offline, as it stands in a clean checkout. A new example is found by
 * itself: a folder with a `pipeline.yaml`, and what other pipelines lie beside it. One whose inputs are not in the
 * repository is skipped, and has a test of its own that makes them and runs it; the demo is none of those.
 */
import {
  isFastDistillError,
  type LoadedPipeline,
  loadPipeline,
  planRun,
  Registry,
  runPipeline,
} from "@fastdistill/core";
import { builtinProviders } from "@fastdistill/providers";
import { builtinSteps } from "@fastdistill/steps";
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { demoProblem } from "./_demo.ts";

const EXAMPLES = join(import.meta.dirname!, "../examples");

interface Example {
  /** Path below `examples/`. */
  readonly name: string;
  readonly pipeline: LoadedPipeline;
  /** Why it cannot be run here. */
  readonly problem?: string;
}

function registry(): Registry {
  return new Registry([...builtinProviders, ...builtinSteps]);
}

async function filesOf(folder: string): Promise<readonly string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.filter(({ isFile }) => isFile).map(({ name }) => name).sort();
}

async function findExamples(): Promise<readonly Example[]> {
  const folders = (await Array.fromAsync(Deno.readDir(EXAMPLES))).filter(({ isDirectory }) => isDirectory);
  const found: Example[] = [];
  for (const folder of folders.map(({ name }) => name).sort()) {
    const files = await filesOf(join(EXAMPLES, folder));
    if (!files.includes("pipeline.yaml")) continue;
    for (const file of files.filter((file) => file.endsWith(".yaml"))) {
      if (await isPipeline(join(EXAMPLES, folder, file))) {
        found.push(await openExample(`${folder}/${file}`));
      }
    }
  }
  return found;
}

/** Other YAML files are layers, to be laid over a pipeline. */
async function isPipeline(file: string): Promise<boolean> {
  return /^version:/m.test(await Deno.readTextFile(file));
}

async function openExample(name: string): Promise<Example> {
  const pipeline = await loadPipeline({ file: join(EXAMPLES, name) });
  try {
    await planRun({ pipeline, registry: registry() });
    return { name, pipeline };
  } catch (error) {
    if (!isFastDistillError(error)) throw error;
    const isAbsent = [error, ...error.related].every(({ code }) => code === "data.file_not_found");
    return isAbsent ? { name, pipeline, problem: error.message } : { name, pipeline };
  }
}

const examples = await findExamples();

Deno.test("examples/ holds pipelines", () => {
  assert(examples.length > 0);
});

Deno.test({
  name: "examples/text2sql/pipeline.yaml, the demo, has all that it reads",
  ignore: demoProblem() !== undefined,
  fn: () => {
    const demo = examples.find(({ name }) => name === "text2sql/pipeline.yaml");
    assert(demo !== undefined);
    assertEquals(demo.problem, undefined);
  },
});

for (const { name, pipeline, problem } of examples) {
  // deno-lint-ignore no-console -- the reason of an ignored test
  if (problem !== undefined) console.warn(`examples/${name} is skipped: ${problem}`);
  Deno.test({
    name: `examples/${name} plans and runs from a clean checkout`,
    ignore: problem !== undefined,
    fn: async () => {
      const plan = await planRun({ pipeline, registry: registry() });
      const runsDir = await Deno.makeTempDir();
      try {
        const summary = await runPipeline({ pipeline, registry: registry(), runsDir });
        assertEquals([summary.run_id, summary.status], [plan.runId, "done"], summary.error?.message);
        assert(summary.rows.kept > 0);
      } finally {
        await Deno.remove(runsDir, { recursive: true });
      }
    },
  });
}
