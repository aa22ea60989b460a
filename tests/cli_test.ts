import type { RunEvent, RunSummary, VerifyReport } from "@fastdistill/core";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { type CliOptions, runCli, withFiles } from "./_cli.ts";
import { completion, type OpenAIServer, type Script, startOpenAIServer } from "./_servers/openai_server.ts";

const PIPELINE = `version: 1
name: tiny
providers:
  teacher:
    use: openai_compatible
    with: { base_url: "http://127.0.0.1:1/v1", model: shout }
    price: { input: 1, output: 2 }
budget: { usd: 1 }
steps:
  words:
    use: rows
    with: { rows: [{ word: one }, { word: two }, { word: three }] }
  shout: { use: text_generation, provider: teacher, with: { template: "{{ word }}" } }
  short: { use: select, with: { where: "size(word) == 3" }, stage: short }
  out: { use: write_jsonl, with: { path: out.jsonl, columns: [word, generation] } }
gates:
  - { stage: short, metric: count, min: 2 }
`;

const USAGE = { usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 } };

/** Answers with the last message in capitals. */
const shout: Script = ({ body }) => {
  const messages = body.messages as readonly { readonly content: string }[];
  return completion([messages.at(-1)!.content.toUpperCase()], USAGE);
};

interface Tiny {
  readonly folder: string;
  readonly server: OpenAIServer;
  /** Runs a command with flags, on the pipeline or the runs of the folder. */
  readonly cli: (words: readonly string[], options?: CliOptions) => ReturnType<typeof runCli>;
}

async function withTiny(check: (tiny: Tiny) => Promise<void>): Promise<void> {
  await using server = await startOpenAIServer(shout);
  await withFiles({ "pipeline.yaml": PIPELINE }, async (folder) => {
    const cli: Tiny["cli"] = ([command, ...words], options) => {
      const isPipeline = command === "run" || command === "validate";
      const base = ["--set", `providers.teacher.with.base_url=${server.baseUrl}`];
      const pipeline = isPipeline ? [join(folder, "pipeline.yaml"), ...base] : [];
      return runCli([command!, ...pipeline, "--runs-dir", join(folder, "runs"), ...words], {
        folder,
        ...options,
      });
    };
    await check({ folder, server, cli });
  });
}

const shown = (text: string) => text.replace(/[0-9a-f]{12}/g, "ID").replace(/ in \d[\d.]* m?s/, " in TIME");

Deno.test("fastdistill run writes the rows and says what came of them", async () => {
  await withTiny(async ({ folder, cli, server }) => {
    const { code, stdout, stderr } = await cli(["run"]);
    assertEquals(stderr.split("\n").filter((line) => line.startsWith("error")), []);
    assertEquals(code, 0);
    assertEquals(server.requests.length, 3);
    assertEquals(
      shown(stdout),
      `
tiny  done in TIME  tiny-ID

rows      3 read, 2 kept of 3 (66.7 %)
rejected  1
            1  not_selected
failed    0
stages    short: 2 rows
gates     Gate held: count of stage short is 2, at least min 2
calls     3 performed, 0 reused
tokens    30 in, 15 out
cost      0.00006 USD, 0.00003 per kept row; this execution spent 0.00006 USD
budget    run: 0.00006 of 1.00 USD (< 0.1 %)
files     runs/tiny-ID
            runs/tiny-ID/exports/out.jsonl           2 rows
            runs/tiny-ID/stages/short/manifest.json  2 rows
            runs/tiny-ID/reports/quality.json
            runs/tiny-ID/reports/timing.json
            runs/tiny-ID/reports/cost.json

`,
    );
    const [run] = Array.from(Deno.readDirSync(join(folder, "runs"))).filter(({ isDirectory }) => isDirectory);
    assertEquals(
      await Deno.readTextFile(join(folder, "runs", run!.name, "exports/out.jsonl")),
      `{"word":"one","generation":"ONE"}\n{"word":"two","generation":"TWO"}\n`,
    );
  });
});

Deno.test("fastdistill run calls nobody the second time, and says so", async () => {
  await withTiny(async ({ cli, server }) => {
    await cli(["run"]);
    const { code, stdout } = await cli(["run"]);
    assertEquals([code, server.requests.length], [0, 3]);
    assertMatch(stdout, /^calls +0 calls: every answer came from the effect store \(3 reused\)$/m);
    assertMatch(stdout, /^cost .*; this execution spent 0 USD$/m);
  });
});

Deno.test("fastdistill run --json prints one object on stdout and events on stderr", async () => {
  await withTiny(async ({ cli }) => {
    const { code, stdout, stderr } = await cli(["run", "--json"]);
    assertEquals([code, stdout.split("\n").length], [0, 2]);
    const summary = JSON.parse(stdout) as RunSummary;
    assertEquals([summary.status, summary.rows.kept, summary.calls.performed], ["done", 2, 3]);
    assertEquals(summary.files.find(({ role }) => role === "export")?.rows, 2);
    const events = stderr.trimEnd().split("\n").map((line) => JSON.parse(line) as RunEvent);
    assertEquals([events[0]!.type, events.at(-1)!.type], ["run_started", "run_finished"]);
    assertEquals(events.filter(({ type }) => type === "effect_performed").length, 3);
    const quiet = await cli(["run", "--json", "--quiet"]);
    assertEquals([quiet.stderr, (JSON.parse(quiet.stdout) as RunSummary).calls], ["", {
      performed: 0,
      reused: 3,
    }]);
  });
});

Deno.test("fastdistill run exits with 3 when a gate fails, and names gate, value and threshold", async () => {
  await withTiny(async ({ cli }) => {
    const { code, stdout, stderr } = await cli(["run", "--set", "gates.0.min=2.5"]);
    assertEquals(code, 3);
    const message = "Gate failed: count of stage short is 2, below min 2.5";
    assertMatch(stdout, new RegExp(`^gates +${message}$`, "m"));
    assert(stderr.endsWith(`error[gate.failed]: ${message}\n`), stderr);
    const json = await cli(["run", "--set", "gates.0.min=2.5", "--json"]);
    assertEquals([json.code, (JSON.parse(json.stdout) as RunSummary).error?.code], [3, "gate.failed"]);
  });
});

Deno.test("fastdistill run exits with 4 when the budget is used up", async () => {
  await withTiny(async ({ cli }) => {
    const { code, stderr } = await cli(["run", "--set", "budget.usd=0.0000001", "--quiet"]);
    assertEquals(code, 4);
    assertMatch(stderr, /^error\[budget\.exhausted\]: /);
  });
});

Deno.test("fastdistill run --quiet leaves the final line", async () => {
  await withTiny(async ({ cli }) => {
    const { stdout, stderr } = await cli(["run", "--quiet"]);
    assertEquals(stderr, "");
    assertEquals(shown(stdout), "tiny-ID done: 2 kept of 3, 3 calls, 0.00006 USD, in runs/tiny-ID\n");
  });
});

Deno.test("fastdistill colours and redraws on a terminal only, and not with NO_COLOR", async () => {
  await withTiny(async ({ cli }) => {
    const terminal = { isTerminal: true, columns: 100 };
    const coloured = await cli(["run"], { terminal });
    assert(coloured.stdout.includes("\x1b[32mdone\x1b[39m"));
    assert(coloured.terminal.screen().some((line) => /^shout +#+ +100 % +3 +3/.test(line)));
    // deno-lint-ignore no-control-regex -- escape codes are what is meant
    const colours = /\x1b\[\d+m/;
    assert(colours.test(coloured.stderr));
    for (const [words, env] of [[["run"], { NO_COLOR: "1" }], [["run", "--no-color"], {}]] as const) {
      const { stdout, stderr } = await cli(words, { terminal, env });
      assertEquals([stdout.includes("\x1b"), colours.test(stderr)], [false, false]);
    }
    const piped = await cli(["run"]);
    assertEquals((piped.stdout + piped.stderr).includes("\x1b"), false);
    const dumb = await cli(["run"], { terminal, env: { TERM: "dumb" } });
    assertEquals((dumb.stdout + dumb.stderr).includes("\x1b"), false);
    assertMatch(dumb.stderr, /^shout: 3 in, 3 out, 0 rejected, 0 failed$/m);
  });
});

Deno.test("fastdistill validate finds the plan without running it", async () => {
  await withTiny(async ({ folder, cli, server }) => {
    const { code, stdout } = await cli(["validate"]);
    assertEquals(
      shown(stdout),
      `valid  tiny: 4 steps, 1 provider, 0 input files, 1 gate

step   use              kind            reads  columns after it
words  rows             source                 word
shout  text_generation  task (teacher)  words  word, generation, model_name, sa…
short  select           global          shout  word, generation, model_name, sa…
out    write_jsonl      sink            short  word, generation, model_name, sa…

It would run as tiny-ID
`,
    );
    const json = JSON.parse((await cli(["validate", "--json"])).stdout);
    const { run_id } = JSON.parse((await cli(["run", "--json"])).stdout) as RunSummary;
    assertEquals([code, json.ok, json.run_id, json.steps.length], [0, true, run_id, 4]);
    assertEquals(json.warnings, []);
    assertEquals(server.requests.length, 3);
    assertEquals(
      (await runCli(["validate", join(folder, "pipeline.yaml"), "--quiet"])).stdout,
      "tiny: 4 steps, 1 provider, 0 input files, 1 gate\n",
    );
  });
});

Deno.test("fastdistill validate warns of a provider without a price, where no money is limited", async () => {
  const pipeline = PIPELINE.split("\n").filter((line) => !/^budget:|^ +price:/.test(line)).join("\n");
  await withFiles({ "pipeline.yaml": pipeline }, async (folder) => {
    const set = ["--set", "providers.teacher.with.base_url=http://127.0.0.1:9/v1"];
    const line = ["validate", join(folder, "pipeline.yaml"), ...set];
    const warning = 'The provider "teacher" has no price: what its calls cost will not be known';
    const { warnings } = JSON.parse((await runCli([...line, "--json"], { folder })).stdout);
    assertEquals(warnings.map(({ code, message }: Record<string, string>) => [code, message]), [
      ["budget.unknown_price", warning],
    ]);
    assertMatch((await runCli(line, { folder })).stdout, new RegExp(`^warning.*${warning}$`, "m"));
  });
});

Deno.test("fastdistill runs, show and verify look at what is there", async () => {
  await withTiny(async ({ folder, cli }) => {
    assertEquals((await cli(["runs"])).stdout, `No runs in ${join(folder, "runs")} yet\n`);
    const { run_id, run_dir } = JSON.parse((await cli(["run", "--json"])).stdout) as RunSummary;
    assertMatch((await cli(["runs"])).stdout, new RegExp(`^${run_id}  tiny  done +2 +0.00006  20`, "m"));
    assertEquals(JSON.parse((await cli(["runs", "--json"])).stdout).runs[0].run_id, run_id);
    for (const name of [run_id, run_id.slice(0, 8), "tiny", "latest"]) {
      assertEquals(JSON.parse((await cli(["show", name, "--json"])).stdout).run_id, run_id);
    }
    const { stdout } = await cli(["show", "latest"]);
    assertMatch(stdout, /^exports\/out\.jsonl +export +2 +[0-9a-f]{12}$/m);
    const verified = await cli(["verify", "latest"]);
    assertEquals([verified.code, verified.stderr], [0, ""]);
    assertMatch(
      verified.stdout,
      new RegExp(`^ok  ${run_id}: \\d+ files, 2 rows of stages, 3 ledger lines\n$`),
    );
    await Deno.writeTextFile(join(run_dir, "exports/out.jsonl"), "{}\n");
    const broken = await cli(["verify", "latest"]);
    assertEquals([broken.code, broken.stdout], [1, ""]);
    assertMatch(broken.stderr, /^problem {2}exports\/out\.jsonl: /);
    const report = JSON.parse((await cli(["verify", "latest", "--json"])).stdout) as VerifyReport;
    assertEquals([report.ok, report.problems[0]?.file], [false, "exports/out.jsonl"]);
  });
});

Deno.test("fastdistill show names the nearest run when there is none of that name", async () => {
  await withTiny(async ({ cli }) => {
    await cli(["run", "--quiet"]);
    const { code, stderr, stdout } = await cli(["show", "tini"]);
    assertEquals([code, stdout], [1, ""]);
    assertMatch(
      stderr,
      /^error\[data\.run_not_found\]: No run has the id or name "tini"; did you mean "tiny"\?\n/,
    );
    const json = await cli(["show", "tini", "--json"]);
    assertEquals([JSON.parse(json.stdout).error.code, json.stderr], ["data.run_not_found", ""]);
  });
});

Deno.test("fastdistill run stops at Ctrl-C and goes on when it is run again", async () => {
  const answer = Promise.withResolvers<void>();
  await using server = await startOpenAIServer(async (request) => ({
    ...await shout(request),
    after: answer.promise,
  }));
  await withFiles({ "pipeline.yaml": PIPELINE }, async (folder) => {
    const words = [
      "run",
      join(folder, "pipeline.yaml"),
      "--set",
      `providers.teacher.with.base_url=${server.baseUrl}`,
      "--set",
      "providers.teacher.limits.concurrency=1",
      "--runs-dir",
      join(folder, "runs"),
    ];
    const onReady = (interrupt: () => void) =>
      void server.arrived(1).then(() => {
        interrupt();
        answer.resolve();
      });
    const stopped = await runCli(words, { folder, onReady });
    assertEquals(stopped.code, 130);
    assertMatch(
      stopped.stderr,
      /^Interrupted: finishing the rows in flight, 3 of them; press Ctrl-C again to quit now$/m,
    );
    assertMatch(stopped.stdout, /^next +Go on where it stopped: fastdistill resume tiny-[0-9a-f]{12}$/m);
    assertEquals((await runCli(words, { folder })).code, 0);
    assertEquals(server.requests.length, 3);
  });
});

Deno.test("fastdistill run gives up what is in flight at the second Ctrl-C", async () => {
  await using server = await startOpenAIServer(() => ({ failure: "hang" }));
  await withFiles({ "pipeline.yaml": PIPELINE }, async (folder) => {
    const set = `providers.teacher.with.base_url=${server.baseUrl}`;
    const words = ["run", join(folder, "pipeline.yaml"), "--set", set, "--runs-dir", join(folder, "runs")];
    const onReady = (interrupt: () => void) =>
      void server.arrived(3).then(() => {
        interrupt();
        interrupt();
      });
    const { code, stderr } = await runCli(words, { folder, onReady });
    assertEquals(code, 130);
    assertMatch(stderr, /^Giving up what is in flight; what is recorded stays$/m);
  });
});
