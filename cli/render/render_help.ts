import { type Argument, type Command, COMMON_FLAGS, type Flag } from "../command.ts";

/** What the list of commands needs of each. */
export type CommandSummary = Pick<Command, "name" | "summary" | "argument" | "second">;

const EXIT_CODES_HELP = [
  ["0", "done"],
  ["1", "the run failed, or a check found problems"],
  ["2", "the command line or the pipeline is wrong; nothing was run"],
  ["3", "a gate did not hold"],
  ["4", "a budget stopped the run"],
  ["130", "interrupted; run the same command again to go on"],
] as const;

/** The help of the whole program. */
export function renderHelp(commands: readonly CommandSummary[]): string {
  return lines([
    "FastDistill: data generation with language models, gated and repeatable",
    "",
    "Usage: fastdistill <command> [flags]",
    "",
    "Commands:",
    ...table(commands.map((command) => [usageOf(command), command.summary])),
    "",
    "Flags:",
    ...table([["-h, --help", "Show this help, or that of a command"], ["-V, --version", "Show the version"]]),
    "",
    "Exit codes:",
    ...table(EXIT_CODES_HELP),
    "",
    "See fastdistill <command> --help for the flags of a command and examples.",
  ]);
}

/** The help of one command. */
export function renderCommandHelp(command: Command): string {
  const { examples } = command;
  const given = argumentsOf(command);
  return lines([
    command.summary,
    "",
    `Usage: fastdistill ${usageOf(command)} [flags]`,
    ...(given.length === 0 ? [] : [
      "",
      given.length === 1 ? "Argument:" : "Arguments:",
      ...table(given.map((argument) => [shown(argument), argument.summary])),
    ]),
    "",
    "Flags:",
    ...table([...command.flags, ...COMMON_FLAGS].map((flag) => [typed(flag), flag.summary])),
    "",
    "Examples:",
    ...examples.flatMap(({ what, line }) => [`  # ${what}`, `  ${line}`]),
  ]);
}

function usageOf(command: CommandSummary): string {
  return [command.name, ...argumentsOf(command).map(shown)].join(" ");
}

function shown({ name, isOptional = false }: Argument): string {
  return isOptional ? `[${name}]` : `<${name}>`;
}

function argumentsOf({ argument, second }: CommandSummary): readonly Argument[] {
  return [argument, second].filter((one) => one !== undefined);
}

function typed({ name, short, value, isRepeatable }: Flag): string {
  const long = `--${name}${value === undefined ? "" : ` ${value}`}${isRepeatable ? " ..." : ""}`;
  return short === undefined ? long : `-${short}, ${long}`;
}

function table(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}

function lines(all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}
