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

const CONFIG = z.strictObject({
  ...CODE_SETTINGS,
  language: z.enum(["javascript", "typescript"]).default("javascript").describe(
    "What programs and tests are written in",
  ),
  type_check: z.boolean().default(false).describe(
    "Whether a program with a type error fails; for TypeScript",
  ),
});

type Config = z.infer<typeof CONFIG>;

const QUICKJS = {
  name: "quickjs-emscripten",
  specifier: "npm:quickjs-emscripten@^0.32.0",
  neededBy: "js_exec",
  load: () => import("quickjs-emscripten"),
} as const;
const TYPESCRIPT = {
  name: "typescript",
  specifier: "npm:typescript@^5.9.0",
  neededBy: "js_exec with language: typescript",
  load: () => import("typescript"),
} as const;

function interpreter({ language, type_check }: Config): CodeLanguage {
  return {
    module: new URL("./_js_worker.ts", import.meta.url),
    options: { type_check },
    parts: async (): Promise<Readonly<Record<string, string>>> => {
      if (language === "javascript") return { quickjs: await packageFolder(QUICKJS) };
      const typescript = await packageFolder(TYPESCRIPT);
      return { quickjs: await packageFolder(QUICKJS), typescript };
    },
  };
}

/**
 * Runs a JavaScript or TypeScript program, and says whether it works and whether it is right. A program that does not
 * work, or is wrong, is no failure of the row: it has `exec_pass: false` and a reason in `exec_error`.
 *
 * What is right is said by `tests`, which find `assert`, `expect`, `test`, `it` and `describe`; or by `cases`: what the
 * program reads (`readline()`, `require("fs").readFileSync(0)`), and what it has to write (`console.log`).
 *
 * Programs run in QuickJS compiled to WebAssembly (the package `quickjs-emscripten`), in helper processes that may read
 * the package and nothing else. Each has an instance with a memory of its own, that is dropped afterwards. There is no
 * file, network, module or environment in it. Timers run in the order of their time, without waiting; random numbers
 * are the same in every run.
 *
 * With `language: typescript` types are taken away, and with `type_check` checked before, by the package `typescript`.
 *
 * A row fails with `data.tests` when its tests cannot be read or check nothing.
 */
const jsExecStep: StepComponent = defineStep({
  kind: "row",
  name: "js_exec",
  version: 1,
  summary:
    "Runs a JavaScript or TypeScript program in a sandbox and checks it by tests, or by inputs and outputs",
  config: CONFIG,
  columns: codeColumns,
  open: (config) => {
    const { language, type_check } = config;
    return new CodeExecution(
      config,
      { kind: "js_exec", version: 1, more: { language, type_check } },
      interpreter(config),
    );
  },
});

export default jsExecStep;

/** Configuration of {@linkcode jsExec}. */
export interface JsExecConfig<
  Code extends string,
  Tests extends string,
  EntryPoint extends string,
  Cases extends string,
> extends CodeExecConfig<Code, Tests, EntryPoint, Cases> {
  /** What programs and tests are written in. @default {"javascript"} */
  readonly language?: "javascript" | "typescript";
  /** Whether a program with a type error fails; for TypeScript. @default {false} */
  readonly type_check?: boolean;
}

/**
 * Runs a JavaScript or TypeScript program in a sandbox and checks it by tests, or by inputs and outputs, in a TypeScript
 * pipeline.
 *
 * @example
 * ```ts
 * import { jsExec } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(jsExec({ code: "answer", tests: "tests" }).use, "js_exec");
 * ```
 */
export function jsExec<
  const Code extends string = "code",
  const Tests extends string = never,
  const EntryPoint extends string = never,
  const Cases extends string = never,
>(
  config: JsExecConfig<Code, Tests, EntryPoint, Cases> = {},
): StepSpec<
  & Record<NoInfer<Code>, string | null>
  & Record<NoInfer<Tests>, string | readonly string[] | null>
  & Record<NoInfer<EntryPoint>, string | null>
  & Record<NoInfer<Cases>, Json>,
  CodeExecColumns
> {
  return stepSpec("js_exec", { ...config });
}
