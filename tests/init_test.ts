import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { TEMPLATES } from "../cli/templates/template_list.ts";
import { runCli, withFiles } from "./_cli.ts";
import { hasPseudoTerminal, WITH_PTY } from "./_pseudo_terminal.ts";
import { startSession } from "./_session.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const NAMES = TEMPLATES.map(({ name }) => name);

async function filesIn(folder: string, below = ""): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(folder, below))) {
    const path = below === "" ? name : `${below}/${name}`;
    if (isDirectory && path !== "runs") found.push(...await filesIn(folder, path));
    else if (!isDirectory) found.push(path);
  }
  return found.sort();
}

/** The files of a run that say what came out. */
async function manifests(
  runsDir: string,
  runId: string,
  stages: readonly string[],
): Promise<readonly string[]> {
  return await Promise.all(
    stages.map((stage) => Deno.readTextFile(join(runsDir, runId, "stages", stage, "manifest.json"))),
  );
}

for (const name of NAMES) {
  Deno.test(`fastdistill init --template ${name} writes a project that runs offline at once, twice the same`, () =>
    withFiles({}, async (folder) => {
      const made = await runCli(["init", "project", "--template", name, "--json"], { folder });
      assertEquals(made.code, 0, made.stderr);
      const project = join(folder, "project");
      const { files } = JSON.parse(made.stdout);
      assertEquals(files, await filesIn(join(ROOT, "cli/templates", name)));
      for (const file of files) {
        const written = await Deno.readTextFile(join(project, file));
        assertEquals(written, await Deno.readTextFile(join(ROOT, "cli/templates", name, file)), file);
      }
      const runsDir = join(folder, "runs");
      const command = [join(project, "pipeline.yaml"), "--runs-dir", runsDir, "--json"];
      const run = async (flags: readonly string[]) => {
        const { code, stdout, stderr } = await runCli(["run", ...command, ...flags]);
        assertEquals(code, 0, stderr);
        const summary = JSON.parse(stdout);
        const stages = summary.stages.map(({ stage }: { stage: string }) => stage);
        return { summary, left: await manifests(runsDir, summary.run_id, stages) };
      };
      const { summary: first, left } = await run([]);
      assert(first.rows.kept > 0 && first.calls.performed > 0, JSON.stringify(first.rows));
      assertEquals(first.rows.failed, {});
      assert(
        first.files.some(({ role, rows }: { role: string; rows: number }) => role === "export" && rows > 0),
      );
      const { summary: again, left: leftAgain } = await run(["--offline"]);
      assertEquals([again.calls.performed, again.run_id, leftAgain], [0, first.run_id, left]);
      const verified = await runCli(["verify", first.run_id, "--runs-dir", runsDir]);
      assertEquals(verified.code, 0, verified.stderr);
      const readme = await Deno.readTextFile(join(project, "README.md"));
      for (const file of files.filter((file: string) => file.endsWith(".jsonl"))) {
        assertStringIncludes(readme, file);
      }
    }));
}

Deno.test("fastdistill init --template with --env live plans to ask a live model", () =>
  withFiles({}, async (folder) => {
    for (const name of NAMES) {
      assertEquals((await runCli(["init", name, "--template", name], { folder })).code, 0);
      for (const env of ["live", "record"]) {
        const { code, stdout, stderr } = await runCli([
          "validate",
          join(folder, name, "pipeline.yaml"),
          "--env",
          env,
          "--json",
        ]);
        assertEquals(code, 0, `${name} ${env}: ${stderr}`);
        const { providers } = JSON.parse(stdout);
        assertEquals(
          new Set(providers.map(({ use }: { use: string }) => use)),
          new Set(["openai_compatible"]),
        );
      }
    }
  }));

Deno.test("fastdistill init asks for the template and the folder, by number or by name, and asks again", () =>
  withFiles({}, async (folder) => {
    const byNumber = await runCli(["init"], { folder, answers: ["2", ""] });
    assertEquals(byNumber.code, 0, byNumber.stderr);
    assert((await filesIn(join(folder, "math"))).includes("problems.jsonl"));
    const byName = await runCli(["init"], { folder, answers: ["mth", "code", "mine"] });
    assertEquals(byName.code, 0, byName.stderr);
    assertStringIncludes(byName.stderr, 'No template is named "mth"; did you mean "math"?');
    assert((await filesIn(join(folder, "mine"))).includes("tasks.jsonl"));
    const never = await runCli(["init"], { folder, answers: ["x", "y", "z", "1"] });
    assertEquals(never.code, 2);
    assertStringIncludes(never.stderr, "Asked for a template 3 times");
  }));

Deno.test("fastdistill init says what it cannot do, and writes nothing", () =>
  withFiles({ "pipeline.yaml": "mine", "notes.txt": "mine" }, async (folder) => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [
        ["init", "a", "--template", "mth"],
        /No template is named "mth"; did you mean "math"\?[^]*Templates: text2sql,/,
      ],
      [["init", "a"], /needs a template[^]*--template NAME, one of: text2sql, math/],
      [["init", ".", "--template", "math"], /pipeline\.yaml/],
      [["init", "notes.txt", "--template", "math"], /notes\.txt/],
    ];
    for (const [argv, message] of cases) {
      const { code, stderr } = await runCli(argv, { folder });
      assertEquals(code, 2, stderr);
      assertMatch(stderr, message);
    }
    assertEquals(await filesIn(folder), ["notes.txt", "pipeline.yaml"]);
    assertEquals(await Deno.readTextFile(join(folder, "pipeline.yaml")), "mine");
    await Deno.remove(join(folder, "pipeline.yaml"));
    assertEquals((await runCli(["init", ".", "--template", "math"], { folder })).code, 0);
    assertEquals(await Deno.readTextFile(join(folder, "notes.txt")), "mine");
    const listed = await runCli(["init", "--list", "--json"], { folder });
    assertEquals(JSON.parse(listed.stdout).templates.map(({ name }: { name: string }) => name), NAMES);
  }));

Deno.test({
  name: `fastdistill init asks in a terminal, and no line is wider than it${WITH_PTY}`,
  ignore: !hasPseudoTerminal,
  fn: () =>
    withFiles({}, async (folder) => {
      const command = [Deno.execPath(), "run", "-A", "--no-check", join(ROOT, "cli.ts"), "init"];
      await using session = startSession(command, { cwd: folder, columns: 80 });
      const asked = await session.until("Template (1 to 8, or a name): ");
      // Deno clears the line that it stands on, which is empty, when a command is loaded.
      // deno-lint-ignore no-control-regex -- escape codes are what is meant
      const shown = asked.replaceAll(/\x1b\[[\d;]*[A-Za-z]/g, "");
      assertEquals(shown.split("\n").filter((line) => line.trimEnd().length > 80), []);
      await session.type("persona\n");
      await session.until("Folder (persona): ");
      await session.type("people\n");
      assertEquals(await session.ended(), 0, session.text());
      assert((await filesIn(join(folder, "people"))).includes("personas.jsonl"));
    }),
});
