import type { RunSummary } from "@fastdistill/core";
import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "node:path";
import { fencesOf, ROOT } from "../_docs.ts";
import { runProcess } from "../_process.ts";
import { stageRows } from "../_run_outputs.ts";
import { useLocalPackages } from "./_local_packages.ts";

const ENDPOINT = "models.example:8080";

/** The files of a guide: a fence names one in its first line and holds it, up to the comment of the next one. */
async function filesOf(page: string): Promise<ReadonlyMap<string, string>> {
  const fences = (await Promise.all(["ts", "jsonc", "yaml"].map((language) => fencesOf(page, language))))
    .flat();
  return new Map(fences.flatMap((fence) => {
    const [, name, text] = /^(?:\/\/|#) ([\w/]+\.\w+)\n([^]*?)(?=\n\/\/ |$)/.exec(fence.trim()) ?? [];
    return name === undefined ? [] : [[name, `${text}\n`] as const];
  }));
}

for (const page of ["docs/guides/write-a-plugin.md", "docs/zh/guides/write-a-plugin.md"]) {
  Deno.test(`${page} holds three plugins that run in sandboxes once they are granted`, async () => {
    const folder = await Deno.realPath(await Deno.makeTempDir());
    const keys = new Set<string | null>();
    await using server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      async (request) => {
        keys.add(request.headers.get("authorization"));
        const { messages } = await request.json();
        return Response.json({
          text: messages[1].content.includes("great") ? "good" : "bad",
          tokens_in: 9,
          tokens_out: 1,
        });
      },
    );
    try {
      const files = await filesOf(page);
      assertEquals([...files.keys()].sort(), [
        "deno.json",
        "pipeline.yaml",
        "plugins/house_model.ts",
        "plugins/mask_digits.ts",
        "plugins/tone.ts",
      ]);
      for (const [name, text] of files) {
        await Deno.mkdir(dirname(join(folder, name)), { recursive: true });
        await Deno.writeTextFile(
          join(folder, name),
          text.replaceAll(ENDPOINT, `127.0.0.1:${server.addr.port}`),
        );
      }
      await useLocalPackages(folder);
      const cli = [Deno.execPath(), "run", "-A", new URL("cli.ts", ROOT).href];
      const say = (...words: string[]) =>
        runProcess([...cli, ...words], { cwd: folder, env: { HOUSE_MODEL_KEY: "open" }, mayFail: true });
      const refused = await say("run", "pipeline.yaml");
      assertNotEquals(refused.code, 0);
      assertStringIncludes(refused.stderr, "plugins grant house_model");
      assertEquals((await say("plugins", "grant", "house_model")).code, 0);
      const { code, stdout, stderr } = await say("run", "pipeline.yaml", "--json");
      assertEquals(code, 0, stderr + stdout);
      const summary: RunSummary = JSON.parse(stdout);
      assertEquals(await stageRows(summary, "toned"), [
        { text: "Call 555 1234, it is great", masked: "Call ### ####, it is great", tone: "good" },
        { text: "Bus 7 was late", masked: "Bus # was late", tone: "bad" },
      ]);
      assertEquals([...keys], ["Bearer open"]);
      assertEquals(summary.plugins?.length, 3);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
