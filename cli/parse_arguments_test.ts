import { isFastDistillError } from "@fastdistill/core/errors";
import { assert, assertEquals } from "@std/assert";
import { runCommand } from "./commands/run.ts";
import { runsCommand } from "./commands/runs.ts";
import { hasFlag, parseArguments } from "./parse_arguments.ts";

function refusal(words: readonly string[], command = runCommand): string {
  try {
    return JSON.stringify(parseArguments(command, words).argument);
  } catch (thrown) {
    if (!isFastDistillError(thrown)) throw thrown;
    return `${thrown.code}: ${thrown.message}${thrown.hint?.startsWith("See ") ? "" : ` | ${thrown.hint}`}`;
  }
}

Deno.test("parseArguments() reads flags before and after the argument, and keeps text as typed", () => {
  const words = ["--set", "seed=007", "p.yaml", "--set=a.b=c=d", "-q", "--env", "1e3", "--json"];
  const { argument, switches, values } = parseArguments(runCommand, words);
  assertEquals(argument, "p.yaml");
  assertEquals(switches, new Set(["json", "quiet"]));
  assertEquals(values.get("set"), ["seed=007", "a.b=c=d"]);
  assertEquals(values.get("env"), ["1e3"]);
  assertEquals(values.get("runs-dir"), []);
});

Deno.test("parseArguments() keeps an argument that looks like a number, or like a flag after --", () => {
  assertEquals(parseArguments(runCommand, ["0012"]).argument, "0012");
  assertEquals(parseArguments(runCommand, ["--quiet", "--", "--odd.yaml"]).argument, "--odd.yaml");
});

Deno.test("parseArguments() suggests the flag that was meant", () => {
  assertEquals(
    refusal(["p", "--jsn"]),
    `config.usage: Command run has no flag "--jsn"; did you mean "--json"?`,
  );
  assertEquals(
    refusal(["p", "--run-dir=x"]),
    `config.usage: Command run has no flag "--run-dir"; did you mean "--runs-dir"?`,
  );
  assertEquals(
    refusal(["--env", "dev"], runsCommand),
    `config.usage: Command runs has no flag "--env" | Flags: --runs-dir, --json, --quiet, --no-color, --help`,
  );
  assert(
    refusal(["p", "-3"]) ===
      `config.usage: Command run has no flag "-3" | A value that begins with "-" is written after "=", such as --flag=-3`,
  );
  assert(
    refusal(["p", "-x"]).startsWith(`config.usage: Command run has no flag "-x" | Flags: --env, --overlay`),
  );
});

Deno.test("parseArguments() refuses values that are missing, too many or not wanted", () => {
  assertEquals(refusal(["p", "--env"]), "config.usage: Flag --env needs a value: --env NAME");
  assertEquals(refusal(["p", "--env="]), "config.usage: Flag --env needs a value: --env NAME");
  assertEquals(refusal(["p", "--env", "--json"]), "config.usage: Flag --env needs a value: --env NAME");
  assertEquals(
    refusal(["p", "--env=a", "--env=b"]),
    "config.usage: Flag --env is given 2 times, and takes one value",
  );
  assertEquals(refusal(["p", "--json=false"]), `config.usage: Flag --json takes no value, found "false"`);
  assertEquals(refusal(["p", "-q=1"]), `config.usage: Flag -q takes no value, found "1"`);
});

Deno.test("parseArguments() refuses arguments that are missing or too many", () => {
  assertEquals(refusal([]), "config.usage: Command run needs <pipeline.yaml>, found nothing");
  assertEquals(refusal(["p", "q"]), `config.usage: Command run has no use for the argument "q"`);
  assertEquals(
    refusal(["p", "seed=7"]),
    `config.usage: Command run has no use for the argument "seed=7" | To override a value, write --set seed=7`,
  );
  assertEquals(refusal(["p"], runsCommand), `config.usage: Command runs has no use for the argument "p"`);
});

Deno.test("parseArguments() asks for no argument beside --help", () => {
  assertEquals(parseArguments(runCommand, ["-h"]).switches, new Set(["help"]));
});

Deno.test("hasFlag() looks before the double dash only", () => {
  assertEquals([hasFlag(["a", "--json"], "--json"), hasFlag(["--", "--json"], "--json")], [true, false]);
});
