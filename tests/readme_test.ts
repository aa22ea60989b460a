import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { runCli } from "./_cli.ts";
import { fencesOf, ROOT } from "./_docs.ts";

const PIPELINE = fileURLToPath(new URL("examples/text2sql/pipeline.yaml", ROOT));

/** The lines of a summary that say nothing of time and place. */
function figures(output: string): readonly string[] {
  const lines = output.split("\n");
  const first = lines.findIndex((line) => line.startsWith("rows "));
  const last = lines.findIndex((line) => line.startsWith("files "));
  return lines.slice(first, last);
}

/** The same for everyone who runs it. */
function runIdIn(output: string): string | undefined {
  return /text2sql-[0-9a-f]{12}/.exec(output)?.[0];
}

Deno.test("the README shows what the demo prints", async () => {
  const runsDir = await Deno.makeTempDir();
  try {
    const { code, stdout } = await runCli(["run", PIPELINE, "--runs-dir", runsDir, "--no-color"]);
    assertEquals(code, 0);
    for (const page of ["README.md", "README.zh.md"]) {
      const [shown] = await fencesOf(page, "text");
      assertEquals(figures(shown ?? ""), figures(stdout), page);
      assertEquals(runIdIn(shown ?? ""), runIdIn(stdout), page);
    }
    const again = await runCli(["run", PIPELINE, "--runs-dir", runsDir, "--set", "gates.0.min=0.999"]);
    assertEquals(again.code, 3);
  } finally {
    await Deno.remove(runsDir, { recursive: true });
  }
});
