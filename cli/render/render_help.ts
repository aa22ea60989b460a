import { type Argument, type Command, COMMON_FLAGS, type Flag } from "../command.ts";

/** What the list of commands needs of each. */
export type CommandSummary = Pick<Command, "name" | "summary" | "argument" | "second">;

/** What the exit codes of all commands mean. */
export const EXIT_CODES_HELP: readonly (readonly [code: string, meaning: string])[] = [
  ["0", "done"],
  ["1", "the run failed, or a check found problems"],
  ["2", "the command line or the pipeline is wrong; nothing was run"],
  ["3", "a gate did not hold"],
  ["4", "a budget stopped the run"],
  ["130", "interrupted; fastdistill resume goes on"],
];

const LEFT_MAX = 28;

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
      ...table(given.map((argument) => [typedArgument(argument), summaryOf(argument)])),
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
  return [command.name, ...argumentsOf(command).map(typedArgument)].join(" ");
}

function typedArgument({ name, default: left }: Argument): string {
  return left === undefined ? `<${name}>` : `[${name}]`;
}

function summaryOf({ summary, default: left }: Argument): string {
  return left === undefined || left === "" ? summary : `${summary} (default: ${left})`;
}

function argumentsOf({ argument, second }: CommandSummary): readonly Argument[] {
  return [argument, second].filter((one) => one !== undefined);
}

function typed({ name, short, value, isRepeatable }: Flag): string {
  const long = `--${name}${value === undefined ? "" : ` ${value}`}${isRepeatable ? " ..." : ""}`;
  return short === undefined ? long : `-${short}, ${long}`;
}

/** What does not fit into the left column has a line of its own. */
function table(rows: readonly (readonly [string, string])[]): readonly string[] {
  const short = rows.map(([left]) => left.length).filter((length) => length <= LEFT_MAX);
  const width = Math.max(0, ...short);
  return rows.flatMap(([left, right]) =>
    left.length > width
      ? [`  ${left}`, `${" ".repeat(width + 4)}${right}`]
      : [`  ${left.padEnd(width)}  ${right}`]
  );
}

function lines(all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}
