/**
 * Uses every package that is loaded on first use, each by the component that needs it. Where `FASTDISTILL_ABSENT` names a
 * package, its use has to fail with the documented error: which package it is, and how to add it. `FASTDISTILL_RUN` is
 * the folder of a finished run.
 *
 * Registers its tests with `Deno.test`, for `run_tests.ts`.
 *
 * @module
 */
import {
  isFastDistillError,
  type JsonObject,
  openTelemetryTracer,
  pushRun,
  type Row,
  s3BlobStore,
  type StepComponent,
} from "@fastdistill/core";
import { runStep } from "@fastdistill/core/testing";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { zstdCompressSync } from "node:zlib";
import jsExec from "../../steps/evaluate/js_exec.ts";
import pythonExec from "../../steps/evaluate/python_exec.ts";
import readFiles from "../../steps/read/read_files.ts";
import writeFiles from "../../steps/write/write_files.ts";

const ABSENT: readonly string[] = (process.env.FASTDISTILL_ABSENT ?? "").split(",");
const FIXTURES = fileURLToPath(new URL("../../steps/read/_fixtures/", import.meta.url));
const ROWS: readonly Row[] = [{ id: "a", n: 1 }];

/** Each package, and something that cannot be done without it. */
const USES: Readonly<Record<string, () => Promise<unknown>>> = {
  "@huggingface/hub": () => pushNowhere(process.env.FASTDISTILL_RUN ?? ""),
  "@opentelemetry/api": () => openTelemetryTracer(),
  "apache-arrow": () => write("a.arrow"),
  "aws4fetch": () => s3BlobStore({ bucket: "b", accessKeyId: "id", secretAccessKey: "none" }),
  "csv-parse": () => read({ path: "a.csv" }, { "a.csv": "id,n\na,1\n" }),
  "csv-stringify": () => write("a.csv"),
  "fzstd": () => read({ path: "a.jsonl.zst" }, { "a.jsonl.zst": zstdCompressSync('{"id":"a"}\n') }),
  "hyparquet": () => step(readFiles, { path: "typed_snappy.parquet" }, { baseDir: FIXTURES }),
  "hyparquet-writer": () => write("a.parquet"),
  "pyodide": () => execute(pythonExec, { code: "x = 1", tests: ["assert x == 1"] }, {}),
  "quickjs-emscripten": () => execute(jsExec, { code: "const x = 1", tests: ["assert.equal(x, 1)"] }, {}),
  "typescript": () =>
    execute(jsExec, { code: "const x: number = 1", tests: ["assert.equal(x, 1)"] }, {
      language: "typescript",
    }),
};

for (const [name, use] of Object.entries(USES)) {
  const isAbsent = ABSENT.includes(name);
  Deno.test(`${name} ${isAbsent ? "is named by the error where it is missing" : "does its work"}`, async () => {
    const thrown = await use().then(() => undefined, (error: unknown) => error);
    const text = isFastDistillError(thrown) ? `${thrown.message}; ${thrown.hint}` : String(thrown);
    if (!isAbsent) return assertEquals(thrown, undefined);
    assert(isFastDistillError(thrown), text);
    assert(["registry.load_failed", "plugin.failed"].includes(thrown.code), thrown.code);
    assertStringIncludes(thrown.message, name);
    assertStringIncludes(text, `npm install ${name}`);
    assertStringIncludes(text, `deno add npm:${name}`);
  });
}

interface StepWith {
  readonly baseDir?: string;
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly rows?: readonly Row[];
}

/** Runs a step, and throws what its rows failed with. */
async function step(component: StepComponent, config: JsonObject, more: StepWith): Promise<readonly Row[]> {
  const { rows, failed } = await runStep(component, { config, ...more });
  if (failed.length > 0) throw failed[0]!.error;
  return rows;
}

/** Nobody listens there, and that is found out by the package. */
async function pushNowhere(runDir: string): Promise<void> {
  const options = { repo: "acme/questions", token: "none", endpoint: "http://127.0.0.1:1", isForced: true };
  const thrown = await pushRun(runDir, options).catch((error: unknown) => error);
  if (!isFastDistillError(thrown) || thrown.code !== "data.push_failed") throw thrown;
}

function write(path: string): Promise<unknown> {
  return step(writeFiles, { path }, { rows: ROWS });
}

async function read(config: JsonObject, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  assertEquals((await step(readFiles, config, { files })).length, 1);
}

async function execute(component: StepComponent, row: Row, config: JsonObject): Promise<void> {
  const [result] = await step(component, { ...config, tests: "tests" }, { rows: [row] });
  assertEquals([result?.exec_pass, result?.exec_error], [true, null]);
}
