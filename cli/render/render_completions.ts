import { type Command, COMMON_FLAGS } from "../command.ts";

/** Shells that completions can be written for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** One of {@linkcode SHELLS}. */
export type Shell = (typeof SHELLS)[number];

/** A script that completes the commands, their flags, and files. */
export function renderCompletions(shell: Shell, commands: readonly Command[]): string {
  const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };
  return scripts[shell](commands);
}

function flagsOf(command: Command): readonly string[] {
  return [...command.flags, ...COMMON_FLAGS].flatMap(({ name, short }) => [
    `--${name}`,
    ...(short === undefined ? [] : [`-${short}`]),
  ]);
}

/** First words of commands, and of each group its second ones. */
function wordsOf(commands: readonly Command[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const { name } of commands) {
    const [first, second] = name.split(" ") as [string, string?];
    const known = groups.get(first) ?? [];
    if (second !== undefined) known.push(second);
    groups.set(first, known);
  }
  return groups;
}

function bashScript(commands: readonly Command[]): string {
  const groups = wordsOf(commands);
  const seconds = [...groups].filter(([, names]) => names.length > 0);
  return `_fastdistill() {
  local word="\${COMP_WORDS[COMP_CWORD]}" command="\${COMP_WORDS[1]}" flags=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${[...groups.keys()].join(" ")} --help --version" -- "$word"))
    return
  fi
  case "$command" in
${seconds.map(([first]) => `    ${first}) command="$command \${COMP_WORDS[2]}" ;;`).join("\n")}
  esac
  if [ "$COMP_CWORD" -eq 2 ]; then
    case "\${COMP_WORDS[1]}" in
${
    seconds.map(([first, names]) =>
      `      ${first}) COMPREPLY=($(compgen -W "${names.join(" ")}" -- "$word")); return ;;`
    ).join("\n")
  }
    esac
  fi
  case "$command" in
${commands.map((command) => `    "${command.name}") flags="${flagsOf(command).join(" ")}" ;;`).join("\n")}
  esac
  if [ "\${word#-}" != "$word" ]; then
    COMPREPLY=($(compgen -W "$flags" -- "$word"))
  else
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -o filenames -F _fastdistill fastdistill
`;
}

function zshScript(commands: readonly Command[]): string {
  const groups = wordsOf(commands);
  const summaryOf = (first: string) =>
    commands.find(({ name }) => name === first)?.summary ?? `commands on ${first}`;
  const cases = commands.map((command) => {
    const flags = [...command.flags, ...COMMON_FLAGS].map(({ name, value, summary, isRepeatable }) =>
      `${isRepeatable ? "'*" : "'"}--${name}${value === undefined ? "" : "="}[${quoted(summary)}]${
        value === undefined ? "" : `:${value}:_files`
      }'`
    );
    return `    '${command.name}') _arguments ${flags.join(" ")} '*:file:_files' ;;`;
  });
  const seconds = [...groups].filter(([, names]) => names.length > 0);
  return `#compdef fastdistill
_fastdistill() {
  local command="\${words[2]}"
  if (( CURRENT == 2 )); then
    local -a names=(${[...groups.keys()].map((first) => `'${first}:${quoted(summaryOf(first))}'`).join(" ")})
    _describe command names
    return
  fi
  case "$command" in
${
    seconds.map(([first, names]) =>
      `    ${first}) if (( CURRENT == 3 )); then compadd ${
        names.join(" ")
      }; return; fi; command="$command \${words[3]}" ;;`
    ).join("\n")
  }
  esac
  case "$command" in
${cases.join("\n")}
  esac
}
_fastdistill "$@"
`;
}

function fishScript(commands: readonly Command[]): string {
  const groups = wordsOf(commands);
  const lines = [...groups].flatMap(([first, names]) => {
    const own = commands.find(({ name }) => name === first);
    return [
      `complete -c fastdistill -f -n __fish_use_subcommand -a ${first} -d '${quoted(own?.summary ?? first)}'`,
      ...names.map((second) => {
        const { summary } = commands.find(({ name }) => name === `${first} ${second}`)!;
        return `complete -c fastdistill -f -n '__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${
          names.join(" ")
        }' -a ${second} -d '${quoted(summary)}'`;
      }),
    ];
  });
  const flags = commands.flatMap((command) => {
    const seen = command.name.split(" ").map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ");
    return [...command.flags, ...COMMON_FLAGS].map(({ name, short, value, summary }) =>
      `complete -c fastdistill -n '${seen}' -l ${name}${short === undefined ? "" : ` -s ${short}`}${
        value === undefined ? "" : " -r"
      } -d '${quoted(summary)}'`
    );
  });
  return [...lines, ...flags, ""].join("\n");
}

/** What may stand between single quotes and brackets of all three shells. */
function quoted(text: string): string {
  return text.replaceAll("'", "").replace(/[[\]:]/g, " ").replaceAll("$", "");
}
