/**
 * Every pipeline under `examples/` plans, and runs offline, as it stands in a clean checkout. A new example is found by
 * itself: a folder with a `pipeline.yaml`, and what other pipelines lie beside it. One whose inputs are not in the
 * repository has a `make_*.ts` beside it that makes them, and is skipped; its own test makes them and runs it.
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
    const isMade = files.some((file) => /^make_.*\.ts$/.test(file));
    for (const file of files.filter((file) => file.endsWith(".yaml"))) {
      if (await isPipeline(join(EXAMPLES, folder, file))) {
        found.push(await openExample(`${folder}/${file}`, isMade));
      }
    }
  }
  return found;
}

/** Other YAML files are layers, to be laid over a pipeline. */
async function isPipeline(file: string): Promise<boolean> {
  return /^version:/m.test(await Deno.readTextFile(file));
}

/** Only an example that says how its inputs are made may lack them. */
async function openExample(name: string, isMade: boolean): Promise<Example> {
  const pipeline = await loadPipeline({ file: join(EXAMPLES, name) });
  if (!isMade) return { name, pipeline };
  try {
    await planRun({ pipeline, registry: registry() });
    return { name, pipeline };
  } catch (error) {
    if (!isFastDistillError(error) || error.code !== "data.file_not_found") throw error;
    return { name, pipeline, problem: error.message };
  }
}

const examples = await findExamples();

Deno.test("examples/ holds pipelines", () => {
  assert(examples.length > 0);
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
