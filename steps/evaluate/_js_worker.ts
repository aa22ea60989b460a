/** Runs JavaScript and TypeScript programs in a helper process: see `_code_runner.ts` for who asks. @module */
import process from "node:process";
import type { CodeEnd, CodeReply, CodeRequest, LoadRequest, WorkerTools } from "./_code_protocol.ts";
import { loadQuickJs, type QuickJs, runJavaScript } from "./_js_sandbox.ts";
import { TypeScript } from "./_typescript.ts";

/** Memories that were dropped are freed when the engine sees fit; a process that holds so much is replaced. */
const RSS_BYTES_MAX = 320 * 2 ** 20;

class JsWorker {
  #quickJs: QuickJs | undefined;
  #typeScript: TypeScript | undefined;
  #checksTypes = false;

  async answer(request: LoadRequest | CodeRequest, tools: WorkerTools): Promise<CodeReply | true> {
    if (request.do === "load") {
      const { parts, memory_mb, options } = request;
      this.#quickJs = loadQuickJs({ folder: parts.quickjs!, memoryBytesMax: memory_mb * 2 ** 20 }, tools);
      if (parts.typescript !== undefined) this.#typeScript = new TypeScript(parts.typescript, tools);
      this.#checksTypes = options.type_check === true;
      return true;
    }
    const end = await this.#run(request);
    return { ...end, is_worn: process.memoryUsage.rss() > RSS_BYTES_MAX };
  }

  async #run(request: CodeRequest): Promise<CodeEnd> {
    if (this.#quickJs === undefined) {
      throw new TypeError("A program was sent before its interpreter was asked for");
    }
    const stripped = this.#strip(request);
    if ("verdict" in stripped) {
      return { ...stripped.verdict, output: "", tests_passed: 0, tests_total: request.tests?.length ?? 0 };
    }
    return await runJavaScript(this.#quickJs, stripped.request);
  }

  #strip(request: CodeRequest): { readonly request: CodeRequest } | { readonly verdict: Verdict } {
    const typeScript = this.#typeScript;
    if (typeScript === undefined) return { request };
    const program = typeScript.strip(request.code, { check: this.#checksTypes });
    if ("verdict" in program) return program;
    const tests: string[] = [];
    for (const text of request.tests ?? []) {
      const test = typeScript.strip(text, { check: false });
      if ("verdict" in test) return { verdict: { error: "tests", message: test.verdict.message } };
      tests.push(test.code);
    }
    return { request: { ...request, code: program.code, tests: request.tests === null ? null : tests } };
  }
}

type Verdict = Pick<CodeEnd, "error" | "message">;

const worker = new JsWorker();

/** Answers one request. */
export default function answer(
  request: LoadRequest | CodeRequest,
  tools: WorkerTools,
): Promise<CodeReply | true> {
  return worker.answer(request, tools);
}
