import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { runCli, withFiles } from "./_cli.ts";

const PIPELINE = `version: 1
name: typed
providers:
  teacher: { use: openai_compatible, with: { base_url: "http://127.0.0.1:9/v1", model: small } }
steps:
  words: { use: rows, with: { rows: [{ word: one }] } }
  ask: { use: text_generation, provider: teacher, with: { template: "Say {{ word }}", n: 1 } }
`;

// deno-lint-ignore no-explicit-any -- a test looks into it as it likes
async function validated(...set: string[]): Promise<{ readonly code: number; readonly found: any }> {
  let found: { readonly code: number; readonly found: unknown } | undefined;
  await withFiles({ "pipeline.yaml": PIPELINE }, async (folder) => {
    const words = set.flatMap((one) => ["--set", one]);
    const file = join(folder, "pipeline.yaml");
    const { code, stdout } = await runCli(["providers", "ls", file, ...words, "--json"], { folder });
    found = { code, found: JSON.parse(stdout) };
  });
  return found!;
}

Deno.test("--set takes the text that was typed where the schema wants text", async () => {
  for (const model of ["2024", "1.10", "true", "0x10", "1e3"]) {
    const { code, found } = await validated(`providers.teacher.with.model=${model}`);
    assertEquals([code, found.providers?.[0].deployments[0].model], [0, model], JSON.stringify(found));
  }
  assertEquals((await validated("steps.ask.with.template=7", "name=2024")).code, 0);
});

Deno.test("--set takes YAML where the schema wants a number, a boolean or a list", async () => {
  const { found } = await validated(
    "providers.teacher.limits.concurrency=3",
    "providers.teacher.limits.adaptive=false",
  );
  const { limits } = found.providers[0].deployments[0];
  assertEquals([limits.concurrency, limits.adaptive], [3, false]);
});

Deno.test("--set names the type that the schema wants when the value has another", async () => {
  for (
    const [set, message] of [
      ["steps.ask.with.n=many", 'Expected a whole number from 1 to 1024 at steps.ask.with.n, found "many"'],
      [
        "providers.teacher.limits.adaptive=7",
        "Expected true or false at providers.teacher.limits.adaptive, found 7",
      ],
      [
        "steps.words.with.rows=one",
        'Expected a list of maps that is not empty at steps.words.with.rows, found "one"',
      ],
    ] as const
  ) {
    const { code, found } = await validated(set);
    assertEquals([code, found.error.message, found.error.location.file], [2, message, "--set"]);
  }
});

Deno.test("an environment variable is typed by the schema as --set is, and the run keeps what it was", async () => {
  Deno.env.set("FASTDISTILL__steps__words__with__rows__0__word", "7");
  Deno.env.set("FASTDISTILL__providers__teacher__with__model", "2024");
  try {
    const { code, found } = await validated();
    assertEquals([code, found.providers?.[0].deployments[0].model], [0, "2024"]);
  } finally {
    Deno.env.delete("FASTDISTILL__steps__words__with__rows__0__word");
    Deno.env.delete("FASTDISTILL__providers__teacher__with__model");
  }
  await withFiles({ "pipeline.yaml": PIPELINE }, async (folder) => {
    const runs = join(folder, "runs");
    const set = ["--set", "providers.teacher.with.model=2024", "--offline", "--runs-dir", runs];
    await runCli(["run", join(folder, "pipeline.yaml"), ...set], { folder });
    const [run] = [...Deno.readDirSync(runs)].filter(({ isDirectory, name }) =>
      isDirectory && name !== "cache"
    );
    assertStringIncludes(await Deno.readTextFile(join(runs, run!.name, "pipeline.yaml")), "model: '2024'");
  });
});
