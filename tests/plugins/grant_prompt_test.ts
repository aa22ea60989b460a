import { assertEquals, assertStringIncludes } from "@std/assert";
import { withFiles } from "../_cli.ts";
import { hasPseudoTerminal, WITH_PTY } from "../_pseudo_terminal.ts";
import { startSession } from "../_session.ts";
import { pluginModule, WORDS } from "./_plugin_sources.ts";

const CLI = new URL("../../cli.ts", import.meta.url).pathname;
const COLUMNS = 80;
const QUESTION = "Grant it, for this project and this code? [y/N] ";
const HOSTS = ["one", "two", "three", "four"].map((name) => `${name}.a-host-with-a-long-name.example.com`);
const FILES = {
  "deno.json": JSON.stringify({
    imports: { "fastdistill-step-word-size": "./word_size.js" },
    fastdistill: { plugins: { word_size: { sandbox: true } } },
  }),
  "word_size.js": pluginModule(
    WORDS.replace("permissions: {}", `permissions: { net: ${JSON.stringify(HOSTS)}, run: ["git"] }`),
  ),
  "pipeline.yaml": `version: 1
name: asked
steps:
  words: { use: rows, with: { rows: [{ text: one }, { text: three }] } }
  size: { use: word_size, with: { column: text } }
`,
};

/** Runs the pipeline in a terminal, answers the question, and gives exit code, screen and grants. */
async function answered(keys: string, folder: string) {
  const command = [Deno.execPath(), "run", "-A", "--no-check", CLI, "run", "pipeline.yaml"];
  await using session = startSession(command, { cwd: folder, columns: COLUMNS });
  const asked = await session.until(QUESTION);
  await session.type(keys);
  const code = await session.ended();
  const grants = await Deno.readTextFile(`${folder}/.fastdistill/grants.json`).catch(() => "none");
  return { code, asked, text: session.text(), grants };
}

Deno.test({
  name: `the question for a plugin's permissions is answered in a terminal by yes${WITH_PTY}`,
  ignore: !hasPseudoTerminal,
  fn: () =>
    withFiles(FILES, async (folder) => {
      const { code, asked, text, grants } = await answered("y\n", folder);
      assertEquals(code, 0, text);
      assertStringIncludes(grants, HOSTS[0]!);
      assertEquals(grants.includes("git"), false);
      const lines = asked.split("\n").map(plain);
      assertStringIncludes(lines[0]!, 'The plugin "word_size" (./word_size.js) asks for permissions.');
      const said = lines.map((line) => line.trim()).join(" ");
      for (const host of HOSTS) assertStringIncludes(said, host);
      assertStringIncludes(said, "fastdistill plugins grant word_size --dangerous");
      assertEquals(lines.filter((line) => line.length > COLUMNS), []);
    }),
});

Deno.test({
  name: `the question for a plugin's permissions is answered in a terminal by no${WITH_PTY}`,
  ignore: !hasPseudoTerminal,
  fn: () =>
    withFiles(FILES, async (folder) => {
      for (const keys of ["n\n", "\n", "\x04"]) {
        const { code, text, grants } = await answered(keys, folder);
        assertEquals([code === 0, grants], [false, "none"], text);
        assertStringIncludes(text, "error[plugin.");
      }
    }),
});

Deno.test({
  name: `the question for a plugin's permissions ends the command at Ctrl-C${WITH_PTY}`,
  ignore: !hasPseudoTerminal,
  fn: () =>
    withFiles(FILES, async (folder) => {
      const { code, text, grants } = await answered("\x03", folder);
      assertEquals([code, grants], [130, "none"], text);
      assertStringIncludes(text, "error[run.interrupted]");
    }),
});

/** A line without escape codes and the carriage return at its end. */
function plain(line: string): string {
  // deno-lint-ignore no-control-regex -- escape codes are what is meant
  return line.replaceAll(/\x1b\[[?\d;]*[A-Za-z]|\r/g, "");
}
