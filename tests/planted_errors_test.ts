import { COMMANDS } from "../cli/commands/command_list.ts";
import { builtinSteps } from "@fastdistill/steps/builtin";
import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { runCli, withFiles } from "./_cli.ts";
import { runProcess } from "./_process.ts";

const PIPELINE = `version: 1
name: planted
providers:
  teacher:
    use: replay
    with: { recording: teacher.recording.jsonl }
steps:
  words:
    use: rows
    with: { rows: [{ word: one, number: 1 }] }
  shout:
    use: text_generation
    provider: teacher
    with: { template: "Shout {{ word }}", n: 2 }
  long:
    use: select
    with: { where: "size(generation) > 3" }
    stage: long
  out: { use: write_jsonl, with: { path: out.jsonl } }
gates:
  - { stage: long, metric: count, min: 1 }
`;
const RECORDING = JSON.stringify({
  format: "fastdistill.recording",
  version: 1,
  adapter: "test",
  endpoint: "test",
  models: ["test"],
  recorded_at: "2026-01-01T00:00:00.000Z",
}) + "\n";
const ROOT = join(import.meta.dirname!, "..");

/** A mistake, and all that `run` says about it. */
interface Planted {
  /** What stands in the good pipeline, and what takes its place. */
  readonly swap?: readonly [from: string, to: string];
  readonly words?: readonly string[];
  /** Files besides the pipeline and the good recording; `pipeline.yaml` is the pipeline itself. */
  readonly files?: Readonly<Record<string, string>>;
  /** All of stderr, with `<folder>` for the folder. */
  readonly says: string;
  /** @default {2} */
  readonly code?: number;
  /** A built-in step without which the mistake cannot be made; the test is ignored where it is absent. */
  readonly needs?: string;
}

function planted(name: string, mistake: Planted): void {
  const { needs } = mistake;
  Deno.test({
    name: `fastdistill run finds ${name} before anything runs`,
    ignore: needs !== undefined && !builtinSteps.some((step) => step.name === needs),
    fn: () => check(mistake),
  });
}

async function check({ swap, words = [], files = {}, says, code = 2 }: Planted): Promise<void> {
  const [from, to] = swap ?? ["", ""];
  assertEquals(PIPELINE.includes(from), true, "the good pipeline has what is swapped");
  const pipeline = PIPELINE.replace(from, () => to);
  await withFiles(
    { "pipeline.yaml": pipeline, "teacher.recording.jsonl": RECORDING, ...files },
    async (folder) => {
      const runs = join(folder, "runs");
      const result = await runCli(["run", join(folder, "pipeline.yaml"), "--runs-dir", runs, ...words], {
        folder,
      });
      assertEquals(result.stderr.replaceAll(folder, "<folder>"), says.replace(/^\n/, ""));
      assertEquals([result.code, result.stdout], [code, ""]);
      assertEquals(Array.from(Deno.readDirSync(folder)).some(({ name }) => name === "runs"), false);
    },
  );
}

planted("YAML that is not well-formed", {
  swap: ["use: replay\n", "use: [replay\n"],
  says: `
error[config.syntax]: Cannot read the YAML: a quote or bracket before is not closed, or the lines in it are not indented further than its key
  at pipeline.yaml:6:5
      6 |     with: { recording: teacher.recording.jsonl }
        |     ^
`,
});

planted("an unknown key", {
  swap: ["stage: long\n", "stagee: long\n"],
  says: `
error[config.unknown_key]: Unknown key "stagee" at steps.long; did you mean "stage"?
  at pipeline.yaml:18:5 (steps.long.stagee)
     18 |     stagee: long
        |     ^
  hint: Known keys: budget, from, join, max_failure_rate, on_error, provider, route, stage, timeout_ms, use, when, with
`,
});

planted("an unknown component", {
  swap: ["use: select", "use: selekt"],
  says: `
error[registry.not_found]: No step is named "selekt"; did you mean "select"?
  at pipeline.yaml:16:5 (steps.long.use)
     16 |     use: selekt
        |     ^
  hint: Known: ${builtinSteps.map(({ name }) => name).sort().join(", ")}
`,
});

planted("an environment variable that is not set", {
  swap: ["recording: teacher.recording.jsonl", 'recording: "${env:FASTDISTILL_TEST_UNSET}"'],
  says: `
error[config.missing_env]: Environment variable FASTDISTILL_TEST_UNSET is not set, and is needed at providers.teacher.with.recording
  at pipeline.yaml:6:13 (providers.teacher.with.recording)
      6 |     with: { recording: "\${env:FASTDISTILL_TEST_UNSET}" }
        |             ^
  hint: Set the variable FASTDISTILL_TEST_UNSET, or write a default: \${env:FASTDISTILL_TEST_UNSET:-default}
`,
});

planted("a column that no step provides", {
  swap: ["size(generation)", "size(generaton)"],
  says: `
error[graph.missing_column]: Step "long" reads the column "generaton", and no step before it provides that column; did you mean "generation"?
  at pipeline.yaml:17:13 (steps.long.with.where)
     17 |     with: { where: "size(generaton) > 3" }
        |             ^
  hint: Columns that reach the step: finish_reason, generation, model_name, number, sample_index, word
`,
});

planted("a template variable that is not a column", {
  swap: ["{{ word }}", "{{ wrod }}"],
  says: `
error[step.template_variable]: The template of step "shout" uses the variable "wrod", and no step before it provides that column; did you mean "word"?
  at pipeline.yaml:14:13 (steps.shout.with.template)
     14 |     with: { template: "Shout {{ wrod }}", n: 2 }
        |             ^
  hint: Columns that reach the step: number, word
`,
});

planted("an expression that is not CEL", {
  swap: ["size(generation) > 3", "size(generation >"],
  says: `
error[step.expression]: Cannot read the where as CEL, line 1, column 5, near "(generation >": size(generation >
  at pipeline.yaml:17:5 (steps.long.with)
     17 |     with: { where: "size(generation >" }
        |     ^
  cause: <input>:1:5: found ( but expecting end of input
`,
});

planted("a template that does not close", {
  swap: ["{{ word }}", "{{ word"],
  says: `
error[step.template]: Cannot read the template "template", line 1, column 7, near "{{ word": unexpected end of input
  at pipeline.yaml:14:5 (steps.shout.with)
     14 |     with: { template: "Shout {{ word", n: 2 }
        |     ^
  cause: Unexpected end of input
`,
});

planted("a missing database", {
  swap: [
    'select\n    with: { where: "size(generation) > 3" }',
    "sql_exec\n    with: { database: shop.sql, sql: word }",
  ],
  code: 1,
  needs: "sql_exec",
  says: `
error[data.database]: The database is missing: shop.sql
  at pipeline.yaml:17:5 (steps.long.with)
     17 |     with: { database: shop.sql, sql: word }
        |     ^
  hint: A relative path starts at the folder of the pipeline file
  cause: data.file_not_found: Cannot read <folder>/shop.sql: it does not exist
  cause: ENOENT: no such file or directory, stat '<folder>/shop.sql'
`,
});

planted("steps in a circle", {
  swap: ["    provider: teacher\n", "    provider: teacher\n    from: [long]\n"],
  says: `
error[graph.cycle]: Steps read each other in a circle: shout -> long -> shout
  at pipeline.yaml:14:5 (steps.shout.from)
     14 |     from: [long]
        |     ^
  hint: An arrow points from a step to one that it reads; let one of them read another step
`,
});

planted("a value of the wrong type", {
  swap: ["n: 2", 'n: "two"'],
  says: `
error[config.invalid_value]: Expected a whole number from 1 to 1024 at steps.shout.with.n, found "two"
  at pipeline.yaml:14:43 (steps.shout.with.n)
     14 |     with: { template: "Shout {{ word }}", n: "two" }
        |                                           ^
`,
});

planted("an unknown provider", {
  swap: ["provider: teacher", "provider: techer"],
  says: `
error[graph.unknown_provider]: Step "shout" names the provider "techer", and the pipeline defines none of that name; did you mean "teacher"?
  at pipeline.yaml:13:5 (steps.shout.provider)
     13 |     provider: techer
        |     ^
`,
});

planted("an unknown stage in a gate", {
  swap: ["{ stage: long, metric", "{ stage: lnog, metric"],
  says: `
error[graph.unknown_stage]: Gate 0 is on the stage "lnog", and no step writes it; did you mean "long"?
  at pipeline.yaml:21:7 (gates.0.stage)
     21 |   - { stage: lnog, metric: count, min: 1 }
        |       ^
`,
});

planted("a missing input file", {
  swap: [
    "use: rows\n    with: { rows: [{ word: one, number: 1 }] }",
    "use: read_jsonl\n    with: { path: words.jsonl }",
  ],
  code: 1,
  says: `
error[data.file_not_found]: Cannot open the input file "words.jsonl": Cannot read <folder>/words.jsonl: it does not exist
  at pipeline.yaml:10:5 (steps.words.with)
     10 |     with: { path: words.jsonl }
        |     ^
  cause: data.file_not_found: Cannot read <folder>/words.jsonl: it does not exist
  cause: ENOENT: no such file or directory, stat '<folder>/words.jsonl'
`,
});

planted("an input file with a broken line", {
  swap: [
    "use: rows\n    with: { rows: [{ word: one, number: 1 }] }",
    "use: read_jsonl\n    with: { path: words.jsonl }",
  ],
  files: { "words.jsonl": '{"word":"one"}\n{"word":\n' },
  code: 1,
  says: `
error[data.malformed]: Read a JSON object at words.jsonl:2, found: {"word":
  at words.jsonl:2
      2 | {"word":
  hint: Mend the line, or leave such lines out with on_malformed: skip or quarantine
`,
});

planted("a recording that cannot be read", {
  files: { "teacher.recording.jsonl": `${RECORDING}{oops\n` },
  code: 1,
  says: `
error[provider.recording_unreadable]: Cannot read the recording <folder>/teacher.recording.jsonl, line 2: the line is not JSON
  at teacher.recording.jsonl:2
      2 | {oops
  cause: Expected property name or '}' in JSON at position 1 (line 1 column 2)
`,
});

planted("a recording that is not there", {
  swap: ["teacher.recording.jsonl", "teachr.recording.jsonl"],
  code: 1,
  says: `
error[data.file_not_found]: Cannot read <folder>/teachr.recording.jsonl: it does not exist; did you mean "teacher.recording.jsonl"?
  at pipeline.yaml:6:5 (providers.teacher.with)
      6 |     with: { recording: teachr.recording.jsonl }
        |     ^
  cause: ENOENT: no such file or directory, stat '<folder>/teachr.recording.jsonl'
`,
});

planted("a --set without a value", {
  words: ["--set", "seed"],
  says: `
error[config.invalid_override]: Expected path=value after --set, found no "=" in "seed"
  at --set
`,
});

planted("a --set past the end of a list", {
  words: ["--set", "gates.3.min=1"],
  says: `
error[config.invalid_override]: Cannot set gates.3.min: gates is a list, expected an index from 0 to 0, found "3"
  at --set (gates.3.min)
`,
});

planted("a --set on a step that is not there", {
  words: ["--set", "steps.shuot.with.n=1"],
  says: `
error[config.invalid_override]: Cannot set steps.shuot.with.n: no step is named "shuot"; did you mean "shout"?
  at --set (steps.shuot.with.n)
`,
});

planted("an environment without a file", {
  words: ["--env", "prod"],
  says: `
error[config.file_not_found]: Cannot read <folder>/env/prod.yaml: it does not exist
  at env/prod.yaml
  hint: An environment's file stands in the folder env beside the pipeline file
  cause: ENOENT: no such file or directory, stat '<folder>/env/prod.yaml'
`,
});

planted("several mistakes of one kind, all at once", {
  swap: ["    stage: long\n  out: {", "    stagee: long\n  out: { form: long,"],
  says: `
error[config.unknown_key]: Unknown key "stagee" at steps.long; did you mean "stage"?
  at pipeline.yaml:18:5 (steps.long.stagee)
     18 |     stagee: long
        |     ^
  hint: Known keys: budget, from, join, max_failure_rate, on_error, provider, route, stage, timeout_ms, use, when, with
error[config.unknown_key]: Unknown key "form" at steps.out; did you mean "from"?
  at pipeline.yaml:19:10 (steps.out.form)
     19 |   out: { form: long, use: write_jsonl, with: { path: out.jsonl } }
        |          ^
  hint: Known keys: budget, from, join, max_failure_rate, on_error, provider, route, stage, timeout_ms, use, when, with
`,
});

async function inProcess(words: readonly string[]): Promise<readonly [number, string]> {
  const { code, stderr } = await runCli(words);
  return [code, stderr];
}

/** Commands, and groups of commands, in the order of the help. */
const COMMAND_NAMES = [...new Set(COMMANDS.map(({ name }) => name.split(" ")[0]))].join(", ");

Deno.test("fastdistill names the command that was meant", async () => {
  assertEquals(await inProcess(["rnu", "pipeline.yaml"]), [
    2,
    `error[config.usage]: No command is named "rnu"; did you mean "run"?\n` +
    `  hint: Commands: ${COMMAND_NAMES}\n`,
  ]);
  assertEquals(await inProcess(["--quiet", "runs"]), [
    2,
    `error[config.usage]: Expected a command first, found the flag "--quiet"\n` +
    `  hint: Commands: ${COMMAND_NAMES}\n`,
  ]);
});

Deno.test("fastdistill names the flag that was meant", async () => {
  assertEquals(await inProcess(["run", "pipeline.yaml", "--sett", "seed=7"]), [
    2,
    `error[config.usage]: Command run has no flag "--sett"; did you mean "--set"?\n` +
    "  hint: See fastdistill run --help\n",
  ]);
});

Deno.test("fastdistill --json gives an error as one object on stdout", async () => {
  await withFiles({ "pipeline.yaml": PIPELINE.replace("use: select", "use: selekt") }, async (folder) => {
    const file = join(folder, "pipeline.yaml");
    const { code, stdout, stderr } = await runCli(["validate", file, "--json"], { folder });
    const { error } = JSON.parse(stdout);
    assertEquals([code, stderr, error.code], [2, "", "registry.not_found"]);
    assertEquals(error.location, { file, line: 16, column: 5, path: "steps.long.use" });
  });
});

Deno.test("cli.ts says the same as a process of its own", async () => {
  await withFiles(
    { "pipeline.yaml": PIPELINE.replace("stage: long\n", "stagee: long\n") },
    async (folder) => {
      const command = [Deno.execPath(), "run", "-A", join(ROOT, "cli.ts"), "validate", "pipeline.yaml"];
      const human = await runProcess(command, { cwd: folder, mayFail: true });
      assertEquals([human.code, human.stdout], [2, ""]);
      assertEquals(human.stderr.split("\n").slice(0, 2), [
        `error[config.unknown_key]: Unknown key "stagee" at steps.long; did you mean "stage"?`,
        "  at pipeline.yaml:18:5 (steps.long.stagee)",
      ]);
      const json = await runProcess([...command, "--json"], { cwd: folder, mayFail: true });
      assertEquals([json.code, json.stderr, JSON.parse(json.stdout).error.code], [
        2,
        "",
        "config.unknown_key",
      ]);
    },
  );
});

Deno.test("a secret in a line of the pipeline is not printed with an error in that line", async () => {
  const line = 'with: { recording: teacher.recording.jsonl, api_key: hunter2, base_url: "http://u:pw12@h" }';
  await withFiles(
    { "pipeline.yaml": PIPELINE.replace("with: { recording: teacher.recording.jsonl }", line) },
    async (folder) => {
      const { code, stderr } = await runCli(["validate", join(folder, "pipeline.yaml")], { folder });
      assertEquals([code, stderr.includes("hunter2"), stderr.includes("pw12")], [2, false, false]);
    },
  );
});
