import { assert, assertEquals } from "@std/assert";
import { COMMON_FLAGS } from "../command.ts";
import { parseArguments } from "../parse_arguments.ts";
import { renderCommandHelp, renderHelp } from "../render/render_help.ts";
import { COMMANDS } from "./command_list.ts";

Deno.test("COMMANDS says of each command what the command says of itself", async () => {
  for (const { load, ...listed } of COMMANDS) {
    const { name, summary, argument, second } = await load();
    const said = [listed.name, listed.summary, listed.argument?.name, listed.second?.name];
    assertEquals(said, [name, summary, argument?.name, second?.name]);
  }
});

Deno.test("renderHelp() names every command and stays within 100 columns", async () => {
  const help = renderHelp(COMMANDS);
  for (const { name } of COMMANDS) assert(help.includes(`\n  ${name}`), name);
  const texts = await Promise.all(COMMANDS.map(async ({ load }) => renderCommandHelp(await load())));
  const wide = [help, ...texts].flatMap((text) => text.split("\n")).filter((line) => line.length > 100);
  assertEquals(wide, []);
});

Deno.test("renderCommandHelp() lists every flag, with its value, and examples", async () => {
  for (const { load } of COMMANDS) {
    const command = await load();
    const help = renderCommandHelp(command);
    for (const { name, value } of [...command.flags, ...COMMON_FLAGS]) {
      assert(
        help.includes(`--${name}${value === undefined ? "" : ` ${value}`}`),
        `${command.name} --${name}`,
      );
    }
    assert(
      command.examples.every(({ line }) => line.startsWith(`fastdistill ${command.name}`)),
      command.name,
    );
    assert(command.examples.length > 0);
  }
});

Deno.test("examples of every command are command lines that it takes", async () => {
  const commands = new Map(
    await Promise.all(COMMANDS.map(async ({ name, load }) => [name, await load()] as const)),
  );
  for (const { name, examples } of commands.values()) {
    for (const { line } of examples) {
      for (const part of line.split(/ \| | && |\$\(/).filter((part) => part.startsWith("fastdistill "))) {
        const words = wordsOf(part).slice(1);
        const two = commands.get(words.slice(0, 2).join(" "));
        const command = two ?? commands.get(words[0]!);
        assert(command !== undefined, `${name}: ${part}`);
        parseArguments(command, words.slice(two === undefined ? 1 : 2));
      }
    }
  }
});

/** Words as a shell splits them, up to a redirection. */
function wordsOf(line: string): readonly string[] {
  const words = [...line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) =>
    word.replace(/["']/g, "")
  );
  const end = words.findIndex((word) => /^\d?[<>]/.test(word));
  return end < 0 ? words : words.slice(0, end);
}
