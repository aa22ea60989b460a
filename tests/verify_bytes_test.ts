import { openSqliteEffectStore, verifyRun } from "@fastdistill/core";
import { makeKeys, signRun } from "@fastdistill/core";
import { assert, assertEquals } from "@std/assert";
import { join, relative } from "node:path";
import { runCli, withFiles } from "./_cli.ts";
import { copyDemo, demoProblem } from "./_demo.ts";

const problem = demoProblem();

/** Runs the demo, and gives its runs folder and the folder of the run. */
async function withRun(check: (runs: string, run: string) => Promise<void>): Promise<void> {
  await withFiles({}, async (folder) => {
    const pipeline = await copyDemo(join(folder, "demo"));
    const runs = join(folder, "runs");
    const { stdout, code } = await runCli(["run", pipeline, "--runs-dir", runs, "--json"]);
    assertEquals(code, 0);
    const run = JSON.parse(stdout).run_dir as string;
    const { privateFile } = await makeKeys(join(folder, "key.pem"));
    await signRun(run, privateFile);
    await check(runs, run);
  });
}

function filesBelow(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(join(folder, name)) : [join(folder, name)]
  ).sort();
}

/** What is found of one file. */
async function isNamed(run: string, path: string): Promise<boolean> {
  const { ok, problems } = await verifyRun(run);
  return !ok && problems.some(({ file }) => file === relative(run, path));
}

Deno.test({
  name: "verifyRun() names the file in which one byte is flipped, for every file of a run of the demo",
  ignore: problem !== undefined,
  fn: () =>
    withRun(async (_, run) => {
      const files = filesBelow(run).filter((path) => Deno.statSync(path).size > 0);
      assert(files.length >= 18, files.join("\n"));
      for (const path of files) {
        const bytes = await Deno.readFile(path);
        for (
          const at of [0, 1, Math.floor(bytes.length / 3), Math.floor(bytes.length / 2), bytes.length - 1]
        ) {
          for (const bit of at === 0 ? [1, 128] : [1]) {
            await Deno.writeFile(path, bytes.with(at, bytes[at]! ^ bit));
            assert(await isNamed(run, path), `byte ${at} of ${path} was flipped and not found`);
          }
        }
        await Deno.writeFile(path, bytes.slice(0, -1));
        assert(await isNamed(run, path), `the end of ${path} is gone and was not found`);
        await Deno.writeFile(path, new Uint8Array([...bytes, 10]));
        assert(await isNamed(run, path), `${path} has one more byte, and that was not found`);
        await Deno.writeFile(path, bytes);
      }
      assertEquals((await verifyRun(run)).problems, []);
    }),
});

Deno.test({
  name: "verifyRun() names files that are gone, new, empty no more, exchanged or links",
  ignore: problem !== undefined,
  fn: () =>
    withRun(async (_, run) => {
      const files = filesBelow(run);
      for (const path of files) {
        const name = relative(run, path);
        if (name === ".lock" || name === "signatures.json") continue;
        await Deno.rename(path, `${run}/../aside`);
        assert(await isNamed(run, path), `${path} is gone, and that was not found`);
        await Deno.symlink(`${run}/../aside`, path);
        assert(await isNamed(run, path), `${path} is a link, and that was not found`);
        await Deno.remove(path);
        await Deno.rename(`${run}/../aside`, path);
      }
      for (
        const name of ["new.txt", ".new", "exports/new.jsonl", "lineage/new", "stages/judged/.new", "tmp/new"]
      ) {
        const path = join(run, name);
        await Deno.mkdir(join(path, ".."), { recursive: true });
        await Deno.writeTextFile(path, "");
        assert(await isNamed(run, path), `${path} is new, and that was not found`);
        await Deno.remove(path);
      }
      for (const name of [".lock", "failures.jsonl"]) {
        await Deno.writeTextFile(join(run, name), "x");
        assert(await isNamed(run, join(run, name)), name);
        await Deno.writeTextFile(join(run, name), "");
      }
      const [one, two] = [join(run, "ledger/keep.jsonl"), join(run, "ledger/train.jsonl")];
      const [a, b] = [await Deno.readFile(one), await Deno.readFile(two)];
      await Deno.writeFile(one, b);
      await Deno.writeFile(two, a);
      assert(await isNamed(run, one) && await isNamed(run, two), "exchanged ledgers were not found");
    }),
});

Deno.test({
  name: "verifyRun() recomputes from the effect store what each step cost",
  ignore: problem !== undefined,
  fn: () =>
    withRun(async (runs, run) => {
      const store = await openSqliteEffectStore(join(runs, "effects.sqlite"));
      try {
        const whole = await verifyRun(run, { store });
        assertEquals([whole.problems, whole.effects?.missing], [[], 0]);
        assert(whole.effects!.obtained > 500);
        const [key] =
          JSON.parse((await Deno.readTextFile(join(run, "lineage/effects/teach.jsonl"))).split("\n")[0]!)
            .effects;
        const record = (await store.get(key))!;
        await store.delete([key]);
        assert((await verifyRun(run, { store })).effects!.missing >= 1);
        const usage = { input_tokens: 1, output_tokens: 1 };
        await store.put({ ...record, meta: { ...record.meta, usage } });
        assertEquals(
          (await verifyRun(run, { store })).problems.map(({ file, problem }) => `${file}: ${problem}`),
          [
            "reports/cost.json: usage.input_tokens of step teach differs from its effects",
            "reports/cost.json: usage.output_tokens of step teach differs from its effects",
            "reports/cost.json: cost_usd of step teach differs from its effects",
          ],
        );
      } finally {
        await store.close();
      }
    }),
});
