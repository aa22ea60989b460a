import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { withFiles } from "./_cli.ts";
import { hasPseudoTerminal, WITH_PTY } from "./_pseudo_terminal.ts";
import { showOnScreen } from "./_screen.ts";
import { startSession } from "./_session.ts";

const CLI = new URL("../cli.ts", import.meta.url).pathname;
const FILES = {
  "pipeline.yaml": `version: 1
name: watched
steps:
  read: { use: read_jsonl, with: { path: words.jsonl } }
  named: { $include: named.yaml }
`,
  "named.yaml": `use: select
with: { where: "word != 'none'" }
`,
  "words.jsonl": `{"word":"first"}\n`,
};

const command = (...words: string[]) => [
  Deno.execPath(),
  "run",
  "-A",
  "--no-check",
  CLI,
  "preview",
  "pipeline.yaml",
  "--watch",
  ...words,
];

Deno.test("preview --watch shows the rows again when a file of the pipeline changes, until Ctrl-C", async () => {
  await withFiles(FILES, async (folder) => {
    const write = (name: string, text: string) => Deno.writeTextFile(join(folder, name), text);
    await using session = startSession(command("--json"), { cwd: folder });
    const rowsOf = (text: string) => {
      const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line));
      return lines.at(-1).steps?.at(-1).rows ?? lines.at(-1).error;
    };
    assertEquals(rowsOf(await session.until(/\n$/)), [{ word: "first" }]);
    const inputs = await session.afterwards(/second.*\n$/, () => write("words.jsonl", `{"word":"second"}\n`));
    assertEquals(rowsOf(inputs), [{ word: "second" }]);
    const included = await session.afterwards(
      /\n$/,
      () => write("named.yaml", FILES["named.yaml"].replace("none", "second")),
    );
    assertEquals(rowsOf(included), []);
    const wrong = await session.afterwards(/"error".*\n$/, () => write("named.yaml", "use: selct\n"));
    assertStringIncludes(rowsOf(wrong).message, 'did you mean "select"?');
    const mended = await session.afterwards(/"steps".*\n$/, () => write("named.yaml", FILES["named.yaml"]));
    assertEquals(rowsOf(mended), [{ word: "second" }]);
    session.signal("SIGINT");
    assertEquals(await session.ended(), 0);
  });
});

Deno.test("preview --watch says what has changed where there is no terminal", async () => {
  await withFiles(FILES, async (folder) => {
    await using session = startSession(
      ["sh", "-c", `exec ${command().map((word) => `'${word}'`).join(" ")} 2>&1`],
      { cwd: folder },
    );
    await session.until("Watching 3 files; Ctrl-C ends\n");
    const again = await session.afterwards(
      "Ctrl-C ends\n",
      () => Deno.writeTextFile(join(folder, "words.jsonl"), `{"word":"second"}\n`),
    );
    assertMatch(again, /^Changed: words\.jsonl\n(?:.|\n)*second/);
    assert(!session.text().includes("\x1b"));
  });
});

Deno.test({
  name: `preview --watch draws over what was there in a terminal of 80 columns${WITH_PTY}`,
  ignore: !hasPseudoTerminal,
  fn: async () => {
    await withFiles(FILES, async (folder) => {
      const write = (name: string, text: string) => Deno.writeTextFile(join(folder, name), text);
      await using session = startSession(command(), { cwd: folder, columns: 80 });
      await session.until("Ctrl-C ends");
      await session.afterwards("Ctrl-C ends", () => write("named.yaml", "use: selct\n"));
      await session.afterwards("Ctrl-C ends", () => write("named.yaml", FILES["named.yaml"]));
      const [, ...screens] = session.text().split("\x1b[2J\x1b[3J\x1b[H");
      const [first, wrong, last] = [
        screens[0]!,
        screens.find((text) => text.includes("error["))!,
        screens.at(-1)!,
      ];
      assertEquals(linesOf(last), linesOf(first));
      assertEquals(linesOf(first)[0], "read  read_jsonl: 1 in, 1 out");
      assertStringIncludes(linesOf(wrong).join(" "), 'did you mean "select"?');
      await session.type("\x03");
      assertEquals(await session.ended(), 0);
    });
  },
});

// deno-lint-ignore no-control-regex -- escape codes are what is meant
const FRAME_MARKS = /\x1b\[\?2026[hl]|\^C/g;

/** What is on the screen. */
function linesOf(text: string): readonly string[] {
  const plain = text.replaceAll(FRAME_MARKS, "");
  const { lines } = showOnScreen(plain, { columns: 80, rows: 40 });
  return lines.filter((line) => line !== "");
}

const OWN = {
  "pipeline.yaml": `version: 1
name: watched
steps:
  read: { use: read_jsonl, with: { path: words.jsonl } }
  mark: { use: mark }
`,
  "words.jsonl": `{"word":"first"}\n`,
};
const markOf = (sign: string) =>
  `import { defineStep, pass } from "@fastdistill/core/define";
import { z } from "zod";
import { SIGN } from "${sign}";

export default defineStep({
  kind: "row",
  name: "mark",
  version: 1,
  summary: "Adds a sign to a word",
  config: z.strictObject({}),
  columns: () => ({ requires: [{ column: "word" }], adds: { marked: "string" } }),
  open: () => ({ process: (row) => pass({ ...row, marked: row["word"] + SIGN }) }),
});
`;

for (const sandbox of [false, true]) {
  const where = sandbox ? "in a sandbox" : "in its own process";
  Deno.test(`preview --watch follows the code of a step ${where}, its modules and its mistakes`, async () => {
    const root = new URL("../", import.meta.url);
    const config = {
      imports: {
        "fastdistill-step-mark": "./own/mark.ts",
        "@fastdistill/core/define": new URL("core/define.ts", root).href,
        "zod": "npm:zod@^4.6.0",
      },
      fastdistill: { plugins: { mark: { sandbox } } },
    };
    await withFiles({ ...OWN, "deno.json": JSON.stringify(config) }, async (folder) => {
      const write = (name: string, text: string) => Deno.writeTextFile(join(folder, name), text);
      await Deno.mkdir(join(folder, "own"));
      // A sandbox reads nothing above the plugin's folder.
      const sign = sandbox ? "own/sign.ts" : "sign.ts";
      await write("own/mark.ts", markOf(sandbox ? "./sign.ts" : "../sign.ts"));
      await write(sign, `export const SIGN = "!";\n`);
      await using session = startSession(command("--json"), { cwd: folder });
      const marked = (text: string) => {
        const last = JSON.parse(text.trimEnd().split("\n").at(-1)!);
        return last.steps?.at(-1).rows[0].marked ?? last.error;
      };
      assertEquals(marked(await session.until(/\n$/)), "first!");
      const helper = await session.afterwards(/\n$/, () => write(sign, `export const SIGN = "?";\n`));
      assertEquals(marked(helper), "first?");
      const wrong = await session.afterwards(
        /"error".*\n$/,
        () => write(sign, "export const SIGN = ;\n"),
      );
      assertStringIncludes(JSON.stringify(marked(wrong)), "mark");
      const mended = await session.afterwards(
        /"steps".*\n$/,
        () => write(sign, `export const SIGN = ".";\n`),
      );
      assertEquals(marked(mended), "first.");
      session.signal("SIGINT");
      assertEquals(await session.ended(), 0);
    });
  });
}
