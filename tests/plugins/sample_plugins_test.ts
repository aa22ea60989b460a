import { assertEquals } from "@std/assert";
import type { RunSummary } from "@fastdistill/core";
import { join } from "node:path";
import { runCli } from "../_cli.ts";
import { stageRows } from "../_run_outputs.ts";
import { useLocalPackages } from "./_local_packages.ts";

const SAMPLES = join(import.meta.dirname!, "../../examples/plugins");

async function runSample(name: string, check: (summary: RunSummary) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    for await (const { name: file } of Deno.readDir(join(SAMPLES, name))) {
      await Deno.copyFile(join(SAMPLES, name, file), join(folder, file));
    }
    await useLocalPackages(folder);
    const words = ["run", join(folder, "pipeline.yaml"), "--runs-dir", join(folder, "runs"), "--json"];
    const { code, stdout, stderr } = await runCli(words);
    assertEquals(code, 0, stderr + stdout);
    const summary: RunSummary = JSON.parse(stdout);
    const { plugins = [] } = summary;
    assertEquals(plugins.find((plugin) => plugin.name === name)?.specifier, "./mod.ts");
    await check(summary);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("examples/plugins/readability runs its step in a sandbox", () =>
  runSample("readability", async (summary) => {
    assertEquals(summary.rows, { read: 3, kept: 2, rejected: { too_hard: 1 }, failed: {} });
    assertEquals((await stageRows(summary, "easy")).map(({ readability }) => readability), [-6.99, -5.89]);
  }));

Deno.test("examples/plugins/summarize runs its task in a sandbox, and its model outside", () =>
  runSample("summarize", async (summary) => {
    assertEquals(summary.calls.performed, 2);
    // The model of the example runs in the process of the run, and is named by its code as well.
    assertEquals(summary.plugins?.map(({ name }) => name), ["first_sentence", "summarize"]);
    assertEquals((await stageRows(summary, "short")).map(({ summary }) => summary), [
      "The match is on Sunday.",
      "The library opens at nine.",
    ]);
  }));
