import { didYouMean, FastDistillError } from "@fastdistill/core/errors";
import { parseArgs } from "node:util";
import { type Command, COMMON_FLAGS, type Flag, type Invocation } from "./command.ts";

/**
 * Reads the words after a command's name. Values stay the text that was typed.
 *
 * @throws {FastDistillError} `config.usage` for a flag that is unknown, lacks its value, has one too many or is given
 * twice, and for an argument that is missing or too much
 */
export function parseArguments(command: Command, words: readonly string[]): Invocation {
  const flags = [...command.flags, ...COMMON_FLAGS];
  checkWords(command, { flags, words });
  const { positionals, tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(flags.map((flag) => [flag.name, optionOf(flag)])),
    allowPositionals: true,
    strict: false, // The words are checked: with the nearest name in the error, and the command.
    tokens: true,
  });
  const given = tokens.filter((token) => token.kind === "option");
  const values = new Map(
    flags.filter(({ value }) => value !== undefined).map(({ name }) => [
      name,
      given.filter((token) => token.name === name).map(valueOf),
    ]),
  );
  checkValues(command, { flags, values });
  const switches = new Set(given.map(({ name }) => name).filter((name) => !values.has(name)));
  const [argument = "", second] = switches.has("help") ? [] : argumentsOf(command, positionals);
  return { argument, ...(second === undefined ? {} : { second }), switches, values };
}

function optionOf({ value, short }: Flag) {
  const type: "string" | "boolean" = value === undefined ? "boolean" : "string";
  return { type, multiple: true, ...(short === undefined ? {} : { short }) };
}

/** What was given to a flag; nothing when the next word is a flag too. */
function valueOf(
  { value, inlineValue }: { readonly value: string | undefined; readonly inlineValue: boolean | undefined },
): string {
  return value === undefined || (!inlineValue && /^-./.test(value)) ? "" : value;
}

/** Whether a word stands before `--` in the words, as it does when it is meant as a flag. */
export function hasFlag(words: readonly string[], flag: string): boolean {
  const end = words.indexOf("--");
  return (end === -1 ? words : words.slice(0, end)).includes(flag);
}

interface Words {
  readonly flags: readonly Flag[];
  readonly words: readonly string[];
}

function checkWords(command: Command, { flags, words }: Words): void {
  const end = words.indexOf("--");
  for (const word of end === -1 ? words : words.slice(0, end)) {
    if (!word.startsWith("-") || word === "-") continue;
    const [typed, hasValue] = [word.split("=", 1)[0]!, word.includes("=")];
    const flag = flags.find(({ name, short }) => typed === `--${name}` || (short && typed === `-${short}`));
    if (flag === undefined) throw unknownFlag(command, { typed, flags });
    if (hasValue && flag.value === undefined) {
      throw usage(`Flag ${typed} takes no value, found "${word.slice(typed.length + 1)}"`, command);
    }
  }
}

function unknownFlag(
  command: Command,
  { typed, flags }: { readonly typed: string; readonly flags: readonly Flag[] },
): FastDistillError {
  const message = `Command ${command.name} has no flag "${typed}"`;
  if (/^-[0-9.]/.test(typed)) {
    return usage(
      message,
      command,
      `A value that begins with "-" is written after "=", such as --flag=${typed}`,
    );
  }
  const names = flags.map(({ name }) => `--${name}`);
  const near = didYouMean(typed, names);
  return usage(message + near, command, near === "" ? `Flags: ${names.join(", ")}` : undefined);
}

interface Values {
  readonly flags: readonly Flag[];
  readonly values: ReadonlyMap<string, readonly string[]>;
}

function checkValues(command: Command, { flags, values }: Values): void {
  for (const { name, value, isRepeatable } of flags) {
    const given = values.get(name) ?? [];
    if (given.includes("")) throw usage(`Flag --${name} needs a value: --${name} ${value}`, command);
    if (given.length > 1 && !isRepeatable) {
      throw usage(`Flag --${name} is given ${given.length} times, and takes one value`, command);
    }
  }
}

function argumentsOf(command: Command, positional: readonly string[]): readonly string[] {
  const wanted = [command.argument, command.second].filter((argument) => argument !== undefined);
  const extra = positional[wanted.length];
  if (extra !== undefined) {
    const isOverride = /^[\w.-]+=/.test(extra) && command.flags.some(({ name }) => name === "set");
    const hint = isOverride ? `To override a value, write --set ${extra}` : undefined;
    throw usage(`Command ${command.name} has no use for the argument "${extra}"`, command, hint);
  }
  return wanted.map(({ name, default: left }, index) => {
    const given = positional[index];
    if (given !== undefined && given !== "") return given;
    if (given === undefined && left !== undefined) return left;
    const found = index === 0 ? "nothing" : `only "${positional[0]}"`;
    throw usage(`Command ${command.name} needs <${name}>, found ${found}`, command);
  });
}

function usage(message: string, command: Command, hint?: string): FastDistillError {
  return new FastDistillError("config.usage", message, {
    hint: hint ?? `See fastdistill ${command.name} --help`,
  });
}
