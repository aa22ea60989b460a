/**
 * Runs the pipeline of a folder with the components of its import map, and prints rows and plugins, or the error. Only
 * what plugins are made of comes from where the given variables say, such as a cache of its own. Arguments: the folder,
 * the variables as JSON.
 *
 * @module
 */
import {
  discoverComponents,
  isFastDistillError,
  loadPipeline,
  Registry,
  runPipeline,
} from "@fastdistill/core";
import { builtinSteps } from "@fastdistill/steps/builtin";
import { stageRows } from "../_run_outputs.ts";

const [root, variables] = Deno.args as [string, string];
for (const [name, value] of Object.entries<string>(JSON.parse(variables))) Deno.env.set(name, value);
const print = (found: unknown) => Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(found)));
try {
  const summary = await runPipeline({
    pipeline: await loadPipeline({ file: `${root}/pipeline.yaml` }),
    registry: new Registry([...builtinSteps, ...await discoverComponents({ from: root })]),
    runsDir: `${root}/runs`,
  });
  print({ rows: await stageRows(summary, "sized"), plugins: summary.plugins });
} catch (thrown) {
  if (!isFastDistillError(thrown)) throw thrown;
  print({ code: thrown.code, message: thrown.message, hint: thrown.hint });
}
