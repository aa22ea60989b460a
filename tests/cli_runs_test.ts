import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { lockRun } from "../core/run/run_lock.ts";
import { runCli, withFiles } from "./_cli.ts";

const PIPELINE = `version: 1
name: NAME
steps:
  words: { use: rows, with: { rows: [{ word: one }] }, stage: words }
`;

interface Runs {
  readonly folder: string;
  readonly cli: (...words: string[]) => ReturnType<typeof runCli>;
  // deno-lint-ignore no-explicit-any -- a test looks into it as it likes
  readonly json: (...words: string[]) => Promise<any>;
  /** Runs a pipeline under a seed, and gives the id of the run. */
  readonly run: (name: string, seed: number) => Promise<string>;
}

async function withRuns(check: (runs: Runs) => Promise<void>): Promise<void> {
  const files = { "a.yaml": PIPELINE.replace("NAME", "a"), "b.yaml": PIPELINE.replace("NAME", "b") };
  await withFiles(files, async (folder) => {
    const cli: Runs["cli"] = (...words) => runCli([...words, "--runs-dir", join(folder, "runs")], { folder });
    const json: Runs["json"] = async (...words) => JSON.parse((await cli(...words, "--json")).stdout);
    const run: Runs["run"] = async (name, seed) =>
      (await json("run", join(folder, `${name}.yaml`), "--set", `seed=${seed}`)).run_id;
    await check({ folder, cli, json, run });
  });
}

Deno.test("fastdistill runs tag gives a name that every command takes", () =>
  withRuns(async ({ cli, json, run }) => {
    const [first, second] = [await run("a", 1), await run("a", 2)];
    assertEquals((await cli("runs", "tag", first, "prod")).stdout, `a@prod is ${first}\n`);
    assertEquals((await json("show", "prod")).run_id, first);
    assertEquals((await json("runs", "show", "a@prod")).run_id, first);
    assertEquals((await cli("verify", "prod")).code, 0);
    assertMatch((await cli("runs")).stdout, /^run +name +tags +status/);
    assertEquals(
      (await cli("runs", "tag", second, "prod")).stdout,
      `a@prod is ${second}, which was ${first}\n`,
    );
    const { runs } = await json("runs", "ls");
    assertEquals(runs.map(({ tags }: { tags: string[] }) => tags), [["prod"], []]);
    assertEquals(runs[0].registry, "as_registered");
    assertEquals((await cli("runs", "untag", "prod")).code, 0);
    const gone = await cli("show", "prod");
    assertEquals(gone.code, 1);
    assertMatch((await cli("runs", "tag", first)).stderr, /needs <tag>, found only "a-/);
    assertEquals((await cli("runs", "tag", first, "latest")).code, 2);
    assertStringIncludes((await cli("runs", "tga", first, "x")).stderr, 'did you mean "runs tag"?');
  }));

Deno.test("fastdistill runs rm keeps what is tagged or being written", () =>
  withRuns(async ({ folder, cli, json, run }) => {
    const id = await run("a", 1);
    await cli("runs", "tag", id, "prod");
    const tagged = await cli("runs", "rm", id);
    assertEquals(tagged.code, 1);
    assertStringIncludes(tagged.stderr, `error[run.tagged]: Cannot remove ${id}: it is tagged prod`);
    const lock = await lockRun(join(folder, "runs", id));
    assertStringIncludes((await cli("runs", "rm", id, "--force")).stderr, "error[run.locked]");
    lock[Symbol.dispose]();
    assertMatch((await cli("runs", "rm", id, "--force")).stdout, /^removed a-[0-9a-f]+, [\d.]+ KB\n$/);
    assertEquals(await json("runs"), { runs_dir: join(folder, "runs"), runs: [] });
    assertEquals([...Deno.readDirSync(join(folder, "runs"))].map(({ name }) => name).sort(), [
      "effects.sqlite",
      "index.sqlite",
    ]);
    assertEquals((await cli("runs", "rm", id)).code, 1);
  }));

Deno.test("fastdistill runs gc removes nothing without --yes, and never what is tagged", () =>
  withRuns(async ({ folder, cli, json, run }) => {
    const ids = [await run("a", 1), await run("a", 2), await run("a", 3), await run("b", 1)] as const;
    await cli("runs", "tag", ids[0], "prod");
    const dry = await cli("runs", "gc", "--keep", "1");
    assertMatch(dry.stdout, /\nwould remove 1 runs, [\d.]+ KB; 3 stay\nAdd --yes to remove them\n$/);
    assertStringIncludes(dry.stdout, ids[1]);
    assertEquals((await json("runs")).runs.length, 4);
    assertEquals((await json("runs", "gc", "--older-than", "1d")).runs, []);
    const lock = await lockRun(join(folder, "runs", ids[3]));
    const report = await json("runs", "gc", "--older-than", "0m", "--yes");
    lock[Symbol.dispose]();
    assertEquals(
      report.runs.map(({ run_id }: { run_id: string }) => run_id).sort(),
      [ids[1], ids[2]].toSorted(),
    );
    assertEquals([report.kept, report.locked, report.deleted], [2, [ids[3]], true]);
    assertEquals((await cli("runs", "gc")).code, 2);
    assertEquals((await cli("runs", "gc", "--keep", "x")).code, 2);
  }));

Deno.test("fastdistill runs says where index and folders disagree", () =>
  withRuns(async ({ folder, cli, run }) => {
    const id = await run("a", 1);
    await cli("runs", "tag", id, "prod");
    await Deno.remove(join(folder, "runs", id), { recursive: true });
    const { code, stdout, stderr } = await cli("runs");
    assertEquals(code, 0);
    assert(stdout.includes("gone"));
    assertEquals(stderr, `note  ${id}: the index has it, and its folder is gone; it is tagged prod\n`);
    assertEquals((await cli("runs", "untag", "a@prod")).code, 0);
  }));

Deno.test("fastdistill takes the folder of a run wherever it takes a run", () =>
  withRuns(async ({ folder, cli, json, run }) => {
    const [first, second] = [await run("a", 1), await run("a", 2)];
    const path = join(folder, "runs", first);
    const elsewhere = (...words: string[]) => runCli(words, { folder });
    for (const text of [path, `${path}/`, join(folder, "runs", ".", first)]) {
      const { stdout, stderr } = await elsewhere("show", text, "--json");
      assertEquals(JSON.parse(stdout).run_id, first, stderr);
    }
    for (const command of ["verify", "report"]) {
      const { code, stderr } = await elsewhere(command, path);
      assertEquals([code, stderr], [0, ""], command);
    }
    const compared = await elsewhere("diff", path, join(folder, "runs", second), "--json");
    const { a, b } = JSON.parse(compared.stdout);
    assertEquals([a, b], [first, second], compared.stderr);

    await Deno.rename(path, join(folder, "moved"));
    assertEquals((await json("show", join(folder, "moved"))).run_id, first);
    const other = await elsewhere("verify", join(folder, "runs"));
    assertStringIncludes(
      other.stderr,
      "error[data.run_not_found]: Expected the folder of a run, found another",
    );
    const gone = await cli("show", path);
    assertEquals(gone.code, 1);
    assertStringIncludes(gone.stderr, "data.run_not_found");
  }));
