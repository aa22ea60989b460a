import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { DatabaseSync } from "node:sqlite";
import {
  bundleRun,
  canonicalJson,
  FastDistillError,
  type JsonObject,
  loadPipeline,
  openSqliteEffectStore,
  Registry,
  reproduceBundle,
  type ReproduceReport,
  runPipeline,
  type RunSummary,
} from "@fastdistill/core";
import { builtinProviders } from "@fastdistill/providers/builtin";
import { builtinSteps } from "@fastdistill/steps/builtin";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { withFiles } from "./_cli.ts";
import { copyDemo, demoProblem, manifestDigests } from "./_demo.ts";

const builtin = () => new Registry([...builtinProviders, ...builtinSteps]);
const registryOf = () => Promise.resolve(builtin());

/** Runs a pipeline file, and gives its summary. */
async function runFile(file: string, runsDir: string, registry = builtin()): Promise<RunSummary> {
  const summary = await runPipeline({ pipeline: await loadPipeline({ file }), registry, runsDir });
  assertEquals(summary.error, undefined);
  return summary;
}

interface Bundling {
  readonly runsDir: string;
  readonly file: string;
  readonly registry?: Registry;
  readonly inputs?: boolean;
}

async function bundle(
  { run_dir }: RunSummary,
  { runsDir, file, registry = builtin(), inputs = true }: Bundling,
) {
  const store = await openSqliteEffectStore(join(runsDir, "effects.sqlite"));
  try {
    return await bundleRun(run_dir, { file, store, registry, inputs });
  } finally {
    await store.close();
  }
}

/** Manifests by path below a runs folder. */
async function assertSame(runsDir: string, { run_dir, ok, stages, exports }: ReproduceReport): Promise<void> {
  assertEquals([...stages, ...exports].filter(({ identical }) => !identical), []);
  assert(ok);
  assertEquals(await manifestDigests(join(run_dir, "..")), await manifestDigests(runsDir));
}

Deno.test({
  name: "reproduceBundle() rebuilds the demo in an empty folder, offline, with identical manifests",
  ignore: demoProblem() !== undefined,
  fn: () =>
    withFiles({}, async (folder) => {
      const [runsDir, file] = [join(folder, "runs"), join(folder, "demo.tar.gz")];
      const summary = await runFile(await copyDemo(join(folder, "demo")), runsDir);
      const report = await bundle(summary, { runsDir, file });
      assert(report.effects > 200);
      const again = await bundle(summary, { runsDir, file: join(folder, "again.tar.gz") });
      assertEquals(again.sha256, report.sha256);
      await Deno.remove(join(folder, "demo"), { recursive: true });
      const rebuilt = await reproduceBundle(file, { into: join(folder, "elsewhere"), registryOf });
      await assertSame(runsDir, rebuilt);
      assertEquals(rebuilt.stages.map(({ name }) => name).sort(), ["distilled", "judged"]);
      assertEquals(rebuilt.exports.length, 1);
    }),
});

const SEVERAL = `version: 1
name: several
steps:
  questions: { use: read_jsonl, with: { path: data/questions.jsonl } }
  more: { use: read_jsonl, with: { path: MORE } }
  both: { use: set_columns, from: [questions, more], with: { expr: { n: "size(sql)" } } }
  execute: { use: sql_exec, with: { database: "../db/{{ database }}.sqlite", sql: sql } }
  kept: { use: select, with: { where: exec_pass }, stage: kept }
  out: { use: write_jsonl, with: { path: out.jsonl } }
`;

/** A pipeline that reads two files, one by an absolute path, and databases that its rows name. */
async function writeSeveral(folder: string): Promise<string> {
  for (const name of ["project/data", "db", "far"]) await Deno.mkdir(join(folder, name), { recursive: true });
  for (const name of ["one", "two"]) {
    const database = new DatabaseSync(join(folder, "db", `${name}.sqlite`));
    database.exec(`CREATE TABLE t (x); INSERT INTO t VALUES ('${name}')`);
    database.close();
  }
  const line = (database: string, sql: string) => JSON.stringify({ database, sql }) + "\n";
  await Deno.writeTextFile(
    join(folder, "project/data/questions.jsonl"),
    line("one", "SELECT x FROM t") + line("two", "SELECT y FROM t"),
  );
  const far = join(folder, "far", "more.jsonl");
  await Deno.writeTextFile(far, line("two", "SELECT x FROM t") + line("one", "SELECT count(*) FROM t"));
  await Deno.writeTextFile(join(folder, "project/pipeline.yaml"), SEVERAL.replace("MORE", far));
  return join(folder, "project/pipeline.yaml");
}

Deno.test("reproduceBundle() brings along inputs of any path, and databases that rows name", () =>
  withFiles({}, async (folder) => {
    const [runsDir, file] = [join(folder, "runs"), join(folder, "several.tar.gz")];
    const summary = await runFile(await writeSeveral(folder), runsDir);
    assertEquals(summary.origin?.inputs.map(({ name }) => name.replace(folder, "")), [
      "../db/one.sqlite",
      "../db/two.sqlite",
      "/far/more.jsonl",
      "data/questions.jsonl",
    ]);
    const report = await bundle(summary, { runsDir, file });
    assertEquals(report.inputs, 4);
    for (const gone of ["project", "db", "far"]) await Deno.remove(join(folder, gone), { recursive: true });
    const rebuilt = await reproduceBundle(file, { into: join(folder, "new"), registryOf });
    await assertSame(runsDir, rebuilt);
    assertEquals(rebuilt.stages[0]!.found, summary.files.find(({ role }) => role === "stage")!.sha256);
  }));

Deno.test("reproduceBundle() wants the inputs that a bundle leaves out, and no others", () =>
  withFiles({}, async (folder) => {
    const [runsDir, file] = [join(folder, "runs"), join(folder, "several.tar.gz")];
    const summary = await runFile(await writeSeveral(folder), runsDir);
    await bundle(summary, { runsDir, file, inputs: false });
    const rebuild = (into: string, inputsDir?: string) =>
      reproduceBundle(file, { into: join(folder, into), registryOf, inputsDir });
    const missing = await assertRejects(() => rebuild("a"), FastDistillError);
    assertEquals(missing.code, "data.file_not_found");
    assertStringIncludes(missing.hint!, "--inputs-dir");
    await assertSame(runsDir, await rebuild("b", join(folder, "project")));
    await Deno.writeTextFile(join(folder, "project/data/questions.jsonl"), "{}\n");
    assertEquals(
      (await assertRejects(() => rebuild("c", join(folder, "project")), FastDistillError)).code,
      "data.digest_mismatch",
    );
  }));

const ENV = `version: 1
name: env
providers:
  teacher:
    use: openai_compatible
    with: { base_url: "http://127.0.0.1:1/v1", model: m, api_key: "\${file:key.txt}" }
steps:
  rows:
    use: rows
    with:
      rows: [{ word: "\${env:FASTDISTILL_TEST_WORD}", other: "\${env:FASTDISTILL_TEST_OTHER:-none}", text: "\${file:text.txt}" }]
  ask: { use: text_generation, provider: teacher, when: "word == 'never'", with: { template: "{{ word }}" } }
  kept: { use: select, with: { where: "word != ''" }, stage: words }
`;

Deno.test("bundleRun() takes along the variables and texts that decide the rows, and no key", () =>
  withFiles({ "pipeline.yaml": ENV, "key.txt": "sesame-open\n", "text.txt": "a text\n" }, async (folder) => {
    Deno.env.set("FASTDISTILL_TEST_WORD", "yes");
    const [runsDir, file] = [join(folder, "runs"), join(folder, "env.tar.gz")];
    try {
      const summary = await runFile(join(folder, "pipeline.yaml"), runsDir);
      const { env, texts } = await bundle(summary, { runsDir, file });
      assertEquals([env, texts], [["FASTDISTILL_TEST_WORD"], ["text.txt"]]);
    } finally {
      Deno.env.delete("FASTDISTILL_TEST_WORD");
    }
    assert(!gunzipSync(await Deno.readFile(file)).includes("sesame-open"));
    for (const gone of ["key.txt", "text.txt"]) await Deno.remove(join(folder, gone));
    Deno.env.set("FASTDISTILL_TEST_OTHER", "of this machine");
    try {
      await assertSame(runsDir, await reproduceBundle(file, { into: join(folder, "new"), registryOf }));
    } finally {
      Deno.env.delete("FASTDISTILL_TEST_OTHER");
    }
  }));

const PLAIN = `version: 1
name: plain
steps:
  rows: { use: rows, with: { rows: [{ word: yes }] }, stage: words }
`;

Deno.test("reproduceBundle() rebuilds a run of the first rows as one of the first rows", () =>
  withFiles({}, async (folder) => {
    const [runsDir, file] = [join(folder, "runs"), join(folder, "a.tar.gz")];
    const pipeline = await loadPipeline({ file: await writeSeveral(folder) });
    const summary = await runPipeline({ pipeline, registry: builtin(), runsDir, limit: 1 });
    assertEquals([summary.origin?.limit, summary.rows.read], [1, 2]);
    await bundle(summary, { runsDir, file });
    await assertSame(runsDir, await reproduceBundle(file, { into: join(folder, "new"), registryOf }));
  }));

Deno.test("bundleRun() refuses a run, an input or a pipeline that is not what it was", () =>
  withFiles({}, async (folder) => {
    const [runsDir, file] = [join(folder, "runs"), join(folder, "several.tar.gz")];
    const summary = await runFile(await writeSeveral(folder), runsDir);
    const refusal = async () =>
      (await assertRejects(() => bundle(summary, { runsDir, file }), FastDistillError)).code;
    const input = join(folder, "far", "more.jsonl");
    const text = await Deno.readTextFile(input);
    await Deno.writeTextFile(input, text + "\n");
    assertEquals(await refusal(), "data.digest_mismatch");
    await Deno.remove(input);
    assertEquals(await refusal(), "data.file_not_found");
    await Deno.writeTextFile(input, text);
    const store = await openSqliteEffectStore(join(runsDir, "effects.sqlite"));
    for await (const { key } of store.list()) await store.delete([key]);
    await store.close();
    assertEquals(await refusal(), "store.missing_effect");
    await Deno.writeTextFile(join(summary.run_dir, "pipeline.yaml"), "");
    assertEquals(await refusal(), "data.digest_mismatch");
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      "db",
      "far",
      "project",
      "runs",
    ]);
  }));

/** A bundle as a list of its files, to be put together otherwise. */
function entriesOf(bytes: Uint8Array): { name: string; data: Uint8Array; type: string }[] {
  const tar = gunzipSync(bytes);
  const entries = [];
  for (let at = 0; tar[at] !== 0;) {
    const size = Number.parseInt(tar.subarray(at + 124, at + 135).toString(), 8);
    const name = tar.subarray(at, at + 100).toString().replace(/\0.*$/s, "");
    entries.push({ name, data: tar.subarray(at + 512, at + 512 + size), type: "0" });
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return entries;
}

function archiveOf(entries: ReturnType<typeof entriesOf>): Uint8Array {
  const blocks = entries.flatMap(({ name, data, type }) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write("0000644\0", 100);
    header.write("0000000\0", 108);
    header.write("0000000\0", 116);
    header.write(`${data.length.toString(8).padStart(11, "0")}\0`, 124);
    header.write("00000000000\0", 136);
    header.write(type, 156);
    header.write("ustar\x0000", 257);
    header.write("        ", 148);
    const sum = header.reduce((sum, byte) => sum + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return [header, Buffer.from(data), Buffer.alloc((512 - data.length % 512) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

/** The same bundle with another `bundle.json` that states its own digest. */
// deno-lint-ignore no-explicit-any -- a test changes it as it likes
function forged(bytes: Uint8Array, change: (bundle: any) => void): Uint8Array {
  const [first, ...rest] = entriesOf(bytes);
  const { digest: _, ...bundle } = JSON.parse(new TextDecoder().decode(first!.data));
  change(bundle);
  const digest = createHash("sha256").update(canonicalJson(bundle as JsonObject)).digest("hex");
  const text = canonicalJson({ ...bundle, digest }) + "\n";
  return archiveOf([{ ...first!, data: new TextEncoder().encode(text) }, ...rest]);
}

Deno.test("reproduceBundle() refuses damaged and hostile bundles, and leaves nothing of them", () =>
  withFiles({ "pipeline.yaml": PLAIN }, async (folder) => {
    const [runsDir, file] = [join(folder, "runs"), join(folder, "a.tar.gz")];
    await bundle(await runFile(join(folder, "pipeline.yaml"), runsDir), { runsDir, file });
    const good = await Deno.readFile(file);
    const entries = entriesOf(good);
    assertEquals(archiveOf(entries).length > 0, true);
    const path = (path: string) => forged(good, ({ files }) => files[0].path = path);
    const piped = (text: string) => {
      const data = new TextEncoder().encode(text);
      const sha256 = createHash("sha256").update(data).digest("hex");
      const swapped = entries.map((entry) => entry.name === "pipeline.yaml" ? { ...entry, data } : entry);
      return forged(
        archiveOf(swapped),
        ({ files }) => Object.assign(files[0], { sha256, size: data.length }),
      );
    };
    const cases: Readonly<Record<string, Uint8Array>> = {
      "a pipeline that extends another": piped(`extends: /etc/hosts\n${PLAIN}`),
      "a pipeline that includes a file": piped(PLAIN.replace("{ word: yes }", "{ $include: /etc/hosts }")),
      "cut off": good.slice(0, good.length / 2),
      "not compressed": new TextEncoder().encode("no archive"),
      "empty": new Uint8Array(),
      "a byte changed": good.with(good.length - 200, good[good.length - 200]! ^ 1),
      "bytes after the end": gzipSync(Buffer.concat([gunzipSync(good), Buffer.alloc(10)])),
      "a path above": path("../pipeline.yaml"),
      "an absolute path": path("/tmp/pipeline.yaml"),
      "a path of Windows": path("C:\\pipeline.yaml"),
      "two files of one path": forged(good, ({ files }) => files[0].path = files[1].path),
      "another digest": forged(good, ({ files }) => files[0].sha256 = "0".repeat(64)),
      "another size": forged(good, ({ files }) => files[0].size = 1e15),
      "a later version": forged(good, (bundle) => bundle.schema = "fastdistill.bundle/9"),
      "a link": archiveOf(entries.map((entry, index) => index === 1 ? { ...entry, type: "2" } : entry)),
      "a file too many": archiveOf([...entries, { name: "more", data: new Uint8Array(3), type: "0" }]),
      "another order": archiveOf([entries[0]!, entries[2]!, entries[1]!]),
      "no manifest": archiveOf(entries.slice(1)),
      "a manifest that was changed": archiveOf([
        {
          ...entries[0]!,
          data: Buffer.from(new TextDecoder().decode(entries[0]!.data).replace('"done"', '"failed"')),
        },
        ...entries.slice(1),
      ]),
    };
    for (const [what, bytes] of Object.entries(cases)) {
      await Deno.writeFile(file, bytes);
      const error = await assertRejects(
        () => reproduceBundle(file, { into: join(folder, "new"), registryOf }),
        FastDistillError,
        undefined,
        what,
      );
      assertEquals(error.code, "data.invalid_bundle", `${what}: ${error.message}`);
      assertEquals([...Deno.readDirSync(folder)].some(({ name }) => name === "new"), false, what);
    }
    await Deno.writeFile(file, good);
    const bomb = await assertRejects(
      () => reproduceBundle(file, { into: join(folder, "new"), registryOf, bytesMax: 10 }),
      FastDistillError,
    );
    assertStringIncludes(bomb.message, "more than the 10 that are allowed");
    const full = await assertRejects(
      () => reproduceBundle(file, { into: folder, registryOf }),
      FastDistillError,
    );
    assertEquals(full.code, "data.write_failed");
  }));

Deno.test("reproduceBundle() lets no pipeline write outside of its folder", () =>
  withFiles({}, async (folder) => {
    const [runsDir, file] = [join(folder, "runs"), join(folder, "a.tar.gz")];
    const target = join(folder, "target.jsonl");
    const write = (path: string) =>
      `version: 1
name: writes
steps:
  rows: { use: rows, with: { rows: [{ word: a }] } }
  out: { use: write_jsonl, with: { path: "${path}" } }
`;
    await Deno.writeTextFile(join(folder, "pipeline.yaml"), write(target));
    const outside = await runFile(join(folder, "pipeline.yaml"), runsDir);
    const refused = await assertRejects(() => bundle(outside, { runsDir, file }), FastDistillError);
    assertEquals(refused.code, "run.incomplete");
    await Deno.remove(target);
    await Deno.writeTextFile(join(folder, "pipeline.yaml"), write("out.jsonl"));
    await bundle(await runFile(join(folder, "pipeline.yaml"), runsDir), { runsDir, file });
    // As somebody would make it who wants a file of this machine to be written.
    const hostile = new TextEncoder().encode(write(target));
    const entries = entriesOf(await Deno.readFile(file)).map((entry) =>
      entry.name === "pipeline.yaml" ? { ...entry, data: hostile } : entry
    );
    const sha256 = createHash("sha256").update(hostile).digest("hex");
    await Deno.writeFile(
      file,
      forged(archiveOf(entries), (bundle) => {
        bundle.run_id = outside.run_id;
        Object.assign(bundle.files[0], { sha256, size: hostile.length });
      }),
    );
    const report = await reproduceBundle(file, { into: join(folder, "new"), registryOf });
    assertEquals([report.ok, report.status, report.error?.code], [false, "failed", "data.write_failed"]);
    assertEquals([...Deno.readDirSync(folder)].some(({ name }) => name.startsWith("target")), false);
  }));

const OWN = `version: 1
name: own
steps:
  rows: { use: rows, with: { rows: [{ word: a }] } }
  shout: { use: shout, stage: words }
`;
const SHOUT = (text: string) =>
  `import { defineStep, pass } from "@fastdistill/core";
import { z } from "zod";
export default defineStep({
  kind: "row",
  name: "shout",
  version: 1,
  summary: "Says it louder",
  config: z.strictObject({}),
  columns: () => ({}),
  open: () => ({ process: (row) => pass({ ...row, word: ${text} }) }),
});
`;

Deno.test("reproduceBundle() wants the user's own components to be there, and the same", () =>
  withFiles({ "pipeline.yaml": OWN, "shout.ts": SHOUT('"A"'), "other.ts": SHOUT('"B"') }, async (folder) => {
    const [runsDir, file] = [join(folder, "runs"), join(folder, "own.tar.gz")];
    const registry = (name: string) => {
      const path = join(folder, name);
      const load = async () => (await import(`file://${path}`)).default;
      const entry = { kind: "step", name: "shout", summary: "", origin: "test", file: path, load } as const;
      return new Registry([...builtinProviders, ...builtinSteps, entry]);
    };
    const summary = await runFile(join(folder, "pipeline.yaml"), runsDir, registry("shout.ts"));
    const { components } = await bundle(summary, { runsDir, file, registry: registry("shout.ts") });
    assertEquals(components, ["step shout"]);
    const rebuild = (into: string, registry: Registry) =>
      reproduceBundle(file, { into: join(folder, into), registryOf: () => Promise.resolve(registry) });
    const missing = await assertRejects(() => rebuild("a", builtin()), FastDistillError);
    assertEquals(missing.code, "registry.not_found");
    assertStringIncludes(missing.hint!, "fastdistill-step-shout");
    assertEquals(
      (await assertRejects(() => rebuild("b", registry("other.ts")), FastDistillError)).code,
      "data.digest_mismatch",
    );
    await assertSame(runsDir, await rebuild("c", registry("shout.ts")));
  }));
