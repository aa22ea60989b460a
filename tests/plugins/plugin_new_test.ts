import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { RunSummary } from "@fastdistill/core";
import { basename, join } from "node:path";
import { runCli } from "../_cli.ts";
import { runProcess } from "../_process.ts";
import { stageRows } from "../_run_outputs.ts";
import { useLocalPackages } from "./_local_packages.ts";

const LONG = "a_name_that_is_as_long_as_can_be";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function makePlugin(folder: string, ...words: readonly string[]): Promise<string> {
  const made = await runCli(["plugin", "new", ...words, "--json"], { folder });
  assertEquals(made.code, 0, made.stderr);
  return JSON.parse(made.stdout).folder;
}

/** Formatted, linted, of sound types, and its own tests pass. */
async function checkRepository(plugin: string): Promise<string> {
  const deno = (...words: string[]) => runProcess([Deno.execPath(), ...words], { cwd: plugin });
  await deno("fmt", "--check");
  await deno("lint");
  await useLocalPackages(plugin);
  await deno("check", "--no-lock");
  const { stdout } = await deno("test", "-A", "--no-check", "--no-lock");
  return stdout;
}

for (const [kind, name, passed] of [["step", "word_tally", 3], ["task", LONG, 3]] as const) {
  Deno.test(`plugin new writes a ${kind} whose tests pass and whose example runs in a sandbox`, () =>
    inFolder(async (folder) => {
      const plugin = await makePlugin(folder, name, "--kind", kind);
      assertEquals(basename(plugin), name.replaceAll("_", "-"));
      assertStringIncludes(await checkRepository(plugin), `${passed} passed | 0 failed`);
      const runsDir = join(folder, "runs");
      const words = ["run", join(plugin, "example/pipeline.yaml"), "--runs-dir", runsDir, "--json"];
      const { code, stdout, stderr } = await runCli(words);
      assertEquals(code, 0, stderr + stdout);
      const summary: RunSummary = JSON.parse(stdout);
      // The task's example brings the model that answers it.
      assertEquals(summary.plugins?.map(({ name }) => name), kind === "step" ? [name] : [name, "canned"]);
      const rows = await stageRows(summary, kind === "step" ? "counted" : "titled");
      assertEquals(
        rows,
        kind === "step"
          ? [{ text: "to be or not to be", words: 6 }, { text: "be", words: 1 }]
          : [{ text: "It rained all day.", title: "A wet day" }],
      );
    }));
}

Deno.test("plugin new writes a provider that keeps the contract, and whose example holds once it is granted", () =>
  inFolder(async (folder) => {
    const plugin = await makePlugin(folder, "house_model", "--kind", "provider", "--scope", "@acme");
    const { name } = JSON.parse(await Deno.readTextFile(join(plugin, "deno.json")));
    assertEquals(name, "@acme/fastdistill-provider-house-model");
    assertMatch(await checkRepository(plugin), /14 passed \| 0 failed/);
    const validate = ["validate", join(plugin, "example/pipeline.yaml")];
    const refused = await runCli(validate);
    assert(refused.code !== 0);
    assertStringIncludes(refused.stderr + refused.stdout, "api.example.com");
    const granted = await runCli([...validate, "--allow-plugin", "house_model"]);
    assertEquals(granted.code, 0, granted.stderr);
  }));

Deno.test("plugin new writes a repository with a licence, a README and a workflow", () =>
  inFolder(async (folder) => {
    const plugin = await makePlugin(folder, "tidy", "--dir", "made/here");
    assertEquals(plugin, join(folder, "made/here"));
    const read = (path: string) => Deno.readTextFile(join(plugin, path));
    assertStringIncludes(await read("LICENSE"), "MIT License");
    assertStringIncludes(await read("README.md"), "jsr:@your-scope/fastdistill-step-tidy@^0.1.0");
    assertStringIncludes(await read(".github/workflows/ci.yml"), "deno task ok");
    const { exports, license, tasks } = JSON.parse(await read("deno.json"));
    assertEquals([exports, license, Object.keys(tasks)], ["./mod.ts", "MIT", ["ok", "test", "example"]]);
  }));

Deno.test("plugin new writes nothing into a folder that holds something, but into an empty git repository", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "mine.txt"), "mine");
    const refused = await runCli(["plugin", "new", "tidy", "--dir", "."], { folder });
    assertEquals(refused.code, 2);
    assertStringIncludes(refused.stderr, "it holds mine.txt");
    assertEquals((await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name), ["mine.txt"]);
    await Deno.mkdir(join(folder, "fresh/.git"), { recursive: true });
    await makePlugin(folder, "tidy", "--dir", "fresh");
  }));

Deno.test("plugin new refuses names, kinds and scopes that cannot be, and says which would do", async () => {
  for (
    const [words, expected] of [
      [["WordCount"], 'did you mean "word_count"?'],
      [["@acme/fastdistill-step-word-count"], 'did you mean "word_count"?'],
      [["2fast"], 'did you mean "fast"?'],
      [["a__b"], 'did you mean "a_b"?'],
      [["%"], 'No plugin can be named "%"\n'],
      [["../up"], 'did you mean "up"?'],
      [[`${LONG}r`], `did you mean "${LONG}"?`],
      [["dedup_exact"], "already"],
      [["tidy", "--kind", "provder"], 'did you mean "provider"?'],
      [["tidy", "--scope", "A b"], "No registry has a scope"],
    ] as const
  ) {
    const { code, stderr } = await runCli(["plugin", "new", ...words]);
    assertEquals(code, 2, words.join(" "));
    assertStringIncludes(stderr, expected);
  }
});
