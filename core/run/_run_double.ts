import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { verifyRun } from "../artifact/mod.ts";
import { definePipeline, type LoadedPipeline, type TargetConfig } from "../config/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import { type ChatCall, type ChatCompletion, defineProvider } from "../provider/mod.ts";
import { type Columns, type JsonObject, type Row, sha256 } from "../record/mod.ts";
import { Registry } from "../registry/mod.ts";
import type { RunSummary } from "../report/mod.ts";
import { readTextFile } from "../runtime/mod.ts";
import { defineStep, defineTask, type Outcome, pass, stepSpec } from "../step/mod.ts";
import { runPipeline } from "./start_run.ts";

/** Rows with a number from 0 on and a prompt of its own. */
export function numbered(count: number): readonly Row[] {
  return Array.from({ length: count }, (_, n) => ({ n, prompt: `question ${n}` }));
}

/** A step for tests: gives the rows it was made with, and says how many those are unless told not to. */
export function rowsStep(rows: readonly Row[], { isCounted = true } = {}) {
  return stepSpec<unknown, Row>(defineStep({
    kind: "source",
    name: "rows",
    version: 1,
    summary: "Gives the rows of a test",
    config: z.strictObject({}),
    columns: () => ({ adds: Object.fromEntries(Object.keys(rows[0] ?? {}).map((name) => [name, "any"])) }),
    open: () => ({
      rows: async function* () {
        yield* rows;
      },
      ...(isCounted ? { count: () => Promise.resolve(rows.length) } : {}),
    }),
  }));
}

/** A row step for tests. */
export function rowStep(
  process: (row: Row) => Outcome | Promise<Outcome>,
  { kind = "row", adds = {} }: { readonly kind?: "row" | "ordered"; readonly adds?: Columns } = {},
) {
  const definition = {
    name: "by_row",
    version: 1,
    summary: "Does what a test says",
    config: z.strictObject({}),
    columns: () => ({ adds }),
  };
  return stepSpec(defineStep({ ...definition, kind, open: () => ({ process }) }));
}

/** A global step for tests: sorts by a column. */
export function sortStep(column: string) {
  return stepSpec(defineStep({
    kind: "global",
    name: "sort",
    version: 1,
    summary: "Sorts the rows of a test",
    config: z.strictObject({}),
    columns: () => ({}),
    open: () => ({
      process: async function* (rows) {
        const all = await Array.fromAsync(rows);
        all.sort((a, b) => String(a.row[column]) < String(b.row[column]) ? -1 : 1);
        for (const { rowId, row } of all) yield { rowId, outcome: pass(row) };
      },
    }),
  }));
}

/** A task for tests: asks for `prompt`, adds `answer`. */
export const askTask = defineTask({
  name: "ask",
  version: 1,
  promptVersion: 1,
  summary: "Asks what the row says",
  config: z.strictObject({}),
  columns: () => ({ requires: [{ column: "prompt" }], adds: { answer: "string" } }),
  open: () => ({
    prompt: (row) => ({ messages: [{ role: "user", content: String(row.prompt) }] }),
    parse: (text) => {
      if (text.includes("unreadable")) {
        throw new FastDistillError("step.parse", "Read an answer, found nothing in it");
      }
      return { answer: text };
    },
  }),
});

/** A model for tests. Its answers depend on the request alone; how long they take is its own business. */
export interface ModelDouble {
  readonly calls: ChatCall[];
  answer: (call: ChatCall) => Promise<ChatCompletion>;
}

/** A model that answers with a hash of prompt and sample, one call at a time counted. */
export function modelDouble(change: Partial<Pick<ModelDouble, "answer">> = {}): ModelDouble {
  const calls: ChatCall[] = [];
  return { calls, answer: hashAnswer, ...change };
}

/** The answer that depends on prompt and sample index only. */
export function hashAnswer({ request, sampleIndexes }: ChatCall): Promise<ChatCompletion> {
  const prompt = String(request.messages[0]!.content);
  return Promise.resolve({
    choices: sampleIndexes.map((index) => ({
      content: sha256(`${prompt}/${index}`).slice(0, 8),
      finish_reason: { kind: "stop" as const, raw: "stop" },
    })),
    usage: { input_tokens: 10, output_tokens: 5 * sampleIndexes.length },
    model: "double-1",
  });
}

/** A registry that holds a model double under the name `double`. */
export function registryOf(model: ModelDouble): Registry {
  const component = defineProvider({
    name: "double",
    version: 1,
    summary: "A model double",
    config: z.strictObject({}),
    capabilities: ["chat"],
    open: () => ({
      adapter: "double",
      endpoint: "test",
      model: "double",
      capabilities: ["chat"],
      chat: (call) => {
        model.calls.push(call);
        return model.answer(call);
      },
    }),
  });
  const summary = component.definition.summary;
  return new Registry([{
    kind: "provider",
    name: "double",
    summary,
    origin: "test",
    load: () => Promise.resolve(component),
  }]);
}

/** A pipeline builder for tests, with the model double as providers `teacher` and `second`. */
export function testPipeline(
  input: {
    concurrency?: number;
    budget?: JsonObject;
    price?: boolean;
    timeout_ms?: number;
    stall_seconds?: number;
    seed?: number;
    target?: TargetConfig;
  } = {},
) {
  return definePipeline({
    ...(input.stall_seconds === undefined ? {} : { watchdog: { stall_seconds: input.stall_seconds } }),
    ...(input.target === undefined ? {} : { target: input.target }),
    name: "test",
    seed: input.seed ?? 7,
    budget: input.budget ?? {},
    providers: {
      teacher: {
        use: "double",
        limits: { concurrency: input.concurrency ?? 8, attempts: 2, timeout_ms: input.timeout_ms ?? 60_000 },
        ...(input.price === true ? { price: { input: 1, output: 1 } } : {}),
      },
      second: { use: "double" },
    },
  });
}

/** Runs a pipeline in a folder, and verifies what it left there. */
export async function runIn(
  folder: string,
  pipeline: LoadedPipeline,
  model: ModelDouble = modelDouble(),
): Promise<RunSummary> {
  const summary = await runPipeline({ pipeline, registry: registryOf(model), runsDir: folder });
  const { problems } = await verifyRun(summary.run_dir);
  if (problems.length > 0) throw new Error(`The run does not verify: ${JSON.stringify(problems)}`);
  return summary;
}

/** The text of a file of a run. */
export function runText({ run_dir }: RunSummary, path: string): Promise<string> {
  return readTextFile(`${run_dir}/${path}`);
}

/** The rows of a stage. */
export async function stageRows(summary: RunSummary, stage: string): Promise<readonly Row[]> {
  const { parts } = JSON.parse(await runText(summary, `stages/${stage}/manifest.json`));
  const texts = await Promise.all(
    parts.map(({ path }: { path: string }) => runText(summary, `stages/${stage}/${path}`)),
  );
  return texts.join("").split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** Gives a test a folder of its own, and removes it afterwards. */
export async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "fastdistill-"));
  try {
    await test(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
