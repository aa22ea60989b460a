import {
  defineStep,
  type Json,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { z } from "zod";
import {
  CODE_SETTINGS,
  codeColumns,
  type CodeExecColumns,
  type CodeExecConfig,
  CodeExecution,
} from "./_code_execution.ts";
import type { CodeLanguage } from "./_code_runner.ts";
import { packageFolder } from "./_optional_package.ts";
import { pythonSnapshot } from "./_python_snapshot.ts";

export type { CodeExecColumns, CodeExecConfig } from "./_code_execution.ts";

function python(cacheDir: string): CodeLanguage {
  return {
    options: {},
    module: new URL("./_python_worker.ts", import.meta.url),
    parts: async () => {
      const folder = await packageFolder(PYODIDE);
      const { version } = await PYODIDE.load();
      return { pyodide: folder, snapshot: await pythonSnapshot({ folder, version, cacheDir }) };
    },
  };
}

const EFFECT = { kind: "python_exec", version: 1, more: {} } as const;
const PYODIDE = {
  name: "pyodide",
  specifier: "npm:pyodide@^314.0.7",
  neededBy: "python_exec",
  load: () => import("pyodide"),
} as const;

/**
 * Runs a Python program, and says whether it works and whether it is right. A program that does not work, or is wrong,
 * is no failure of the row: it has `exec_pass: false` and a reason in `exec_error`.
 *
 * What is right is said by `tests`: assert statements (as in MBPP), a function `check` that is called with
 * `entry_point` (as in HumanEval), functions and classes as pytest finds them, or test cases of `unittest`; or by
 * `cases`: what the program reads from its standard input, and what it has to write.
 *
 * Programs run in Python itself, compiled to WebAssembly (the package `pyodide`), in helper processes that may read
 * the package and nothing else. Each begins with the interpreter as it was before the first; none can reach a file of
 * the machine, the network, other programs or the code that judges it. Random numbers and hashes are the same in
 * every run. The standard library is there, packages of others are not.
 *
 * A row fails with `data.tests` when its tests cannot be read or check nothing.
 */
const pythonExecStep: StepComponent = defineStep({
  kind: "row",
  name: "python_exec",
  version: 1,
  summary: "Runs a Python program in a sandbox and checks it by tests, or by inputs and outputs",
  citation: "M. Chen et al., Evaluating large language models trained on code (arXiv:2107.03374)",
  config: z.strictObject(CODE_SETTINGS),
  columns: codeColumns,
  open: (config, { cacheDir }) => new CodeExecution(config, EFFECT, python(cacheDir)),
});

export default pythonExecStep;

/**
 * Runs a Python program in a sandbox and checks it by tests, or by inputs and outputs, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { pythonExec } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(pythonExec({ code: "answer", tests: "test_list" }).use, "python_exec");
 * ```
 */
export function pythonExec<
  const Code extends string = "code",
  const Tests extends string = never,
  const EntryPoint extends string = never,
  const Cases extends string = never,
>(
  config: CodeExecConfig<Code, Tests, EntryPoint, Cases> = {},
): StepSpec<
  & Record<NoInfer<Code>, string | null>
  & Record<NoInfer<Tests>, string | readonly string[] | null>
  & Record<NoInfer<EntryPoint>, string | null>
  & Record<NoInfer<Cases>, Json>,
  CodeExecColumns
> {
  return stepSpec("python_exec", { ...config });
}
