import {
  definePipeline,
  FastDistillError,
  planRun,
  Registry,
  runPipeline,
  verifyRun,
} from "@fastdistill/core";
import { builtinSteps, readFiles, rows, writeFiles } from "@fastdistill/steps";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { type S3Double, startS3Double } from "./_servers/s3_double.ts";

const ROWS = Array.from({ length: 5 }, (_, n) => ({ n, text: `text ${n}` }));

function storageOf({ url, region }: S3Double) {
  return { endpoint: url, region, access_key_env: "TEST_KEY", secret_key_env: "TEST_SECRET" };
}

function envOf({ accessKeyId, secretAccessKey }: S3Double) {
  const values: Record<string, string> = { TEST_KEY: accessKeyId, TEST_SECRET: secretAccessKey };
  return (name: string) => values[name];
}

function writing(double: S3Double) {
  const path = "s3://corpus/sets/train-{shard}-of-{shards}.parquet";
  return definePipeline({ name: "put" })
    .step("rows", rows({ rows: ROWS }))
    .step("write", writeFiles({ path, rows_per_file: 2, storage: storageOf(double) }))
    .build();
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function textsUnder(folder: string): Promise<string> {
  let text = "";
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    text += isDirectory ? await textsUnder(path) : new TextDecoder().decode(await Deno.readFile(path));
  }
  return text;
}

Deno.test("write_files puts files into object storage, and read_files reads them from there", () =>
  withFolder(async (runsDir) => {
    await using double = startS3Double();
    const [registry, env] = [new Registry(builtinSteps), envOf(double)];
    const put = await runPipeline({ pipeline: writing(double), registry, runsDir, env });
    assertEquals(put.status, "done");
    const names = ["00000", "00001", "00002"].map((shard) => `sets/train-${shard}-of-00003.parquet`);
    assertEquals([...double.objects.keys()].sort(), names);
    const exported = put.files.filter(({ role }) => role === "export").map(({ path }) => path);
    assertEquals(exported, names.map((name) => `s3://corpus/${name}`));
    assertEquals((await verifyRun(put.run_dir)).problems, []);
    const pipeline = definePipeline({ name: "get" })
      .step(
        "read",
        readFiles<{ n: number }>({ path: "s3://corpus/sets/", split: "train", storage: storageOf(double) }),
      )
      .step("write", writeFiles({ path: "rows.jsonl" }))
      .build();
    const got = await runPipeline({ pipeline, registry, runsDir, env });
    const written = await Deno.readTextFile(join(got.run_dir, "exports/rows.jsonl"));
    assertEquals(written, ROWS.map((row) => JSON.stringify(row) + "\n").join(""));
    assertEquals(double.uploads.size, 0);
    const texts = await textsUnder(runsDir);
    for (const secret of [double.secretAccessKey, double.accessKeyId]) {
      assertEquals(texts.includes(secret), false);
    }
  }));

Deno.test("read_files reads the objects that a pattern meets, and says of what is not there", async () => {
  await using double = startS3Double();
  const bytes = (text: string) => new TextEncoder().encode(text);
  for (const name of ["a.jsonl", "b.jsonl", "c.csv"]) double.objects.set(`in/${name}`, bytes('{"a":1}\n'));
  const plan = (path: string, env = envOf(double)) =>
    planRun({
      pipeline: definePipeline({ name: "p" }).step("read", readFiles({ path, storage: storageOf(double) }))
        .build(),
      registry: new Registry(builtinSteps),
      env,
    });
  const { inputs } = await plan("s3://corpus/in/{a,b}.jsonl");
  assertEquals(inputs.map(({ name }) => name), ["s3://corpus/in/a.jsonl", "s3://corpus/in/b.jsonl"]);
  const cases: readonly (readonly [string, string])[] = [
    ["s3://corpus/none/", "data.file_not_found"],
    ["s3://other/a.jsonl", "data.storage"],
    ["s3://corpus", "config.invalid_value"],
  ];
  for (const [path, code] of cases) {
    assertEquals((await assertRejects(() => plan(path), FastDistillError)).code, code, path);
  }
  const error = await assertRejects(() => plan("s3://corpus/in/a.jsonl", () => undefined), FastDistillError);
  assertStringIncludes(error.message, "found no TEST_KEY in the environment");
});

Deno.test("quarantined lines are in the run folder, listed, verified and warned of", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "in.jsonl"), '{"a":1}\noops\n{"a":2}\n');
    const pipeline = definePipeline({ name: "q", baseDir: folder })
      .step("read", readFiles<{ a: number }>({ path: "in.jsonl", on_malformed: "quarantine" }), {
        stage: "read",
      })
      .build();
    const warnings: string[] = [];
    const run = await runPipeline({
      pipeline,
      registry: new Registry(builtinSteps),
      runsDir: join(folder, "runs"),
      onEvent: (event) => {
        if (event.type === "warning") warnings.push(event.message);
      },
    });
    assertEquals([run.status, run.rows.kept], ["done", 2]);
    const file = run.files.find(({ role }) => role === "quarantine");
    assertEquals([file?.name, file?.path, file?.rows], ["read", "quarantine/read.jsonl", 1]);
    const line = await Deno.readTextFile(join(run.run_dir, "quarantine/read.jsonl"));
    assertEquals(line, '{"file":"in.jsonl","line":2,"reason":"it is no JSON object","text":"oops"}\n');
    assertEquals(warnings, ["Left out 1 record that cannot be read: in.jsonl:2"]);
    assertEquals((await verifyRun(run.run_dir)).problems, []);
    await Deno.writeTextFile(join(run.run_dir, "quarantine/read.jsonl"), line + line);
    assertEquals((await verifyRun(run.run_dir)).problems.length > 0, true);
  }));
