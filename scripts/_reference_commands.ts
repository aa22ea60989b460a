/**
 * The page of the command line: every command with its arguments, flags and examples, as the commands themselves state them.
 *
 * @module
 */
import { type Command, COMMON_FLAGS, type Flag } from "../cli/command.ts";
import { COMMANDS } from "../cli/commands/command_list.ts";
import { EXIT_CODES_HELP } from "../cli/render/render_help.ts";
import {
  checkTranslations,
  fence,
  type Language,
  page,
  plain,
  type ReferencePage,
  table,
} from "./_reference_page.ts";
import { COMMAND_WORDS, DEFAULT_WORDS, EXIT_WORDS } from "./_reference_zh_commands.ts";

const WORDS = {
  title: { en: "# Command line", zh: "# 命令行" },
  intro: {
    en: "Every command, as `fastdistill <command> --help` states it. See the " +
      "[guide](../guides/command-line.md) for how they work together. This page is generated: " +
      "`deno task docs:generate`.",
    zh: "所有命令，内容与 `fastdistill <command> --help` 一致。各命令如何配合使用，见" +
      "[指南](../guides/command-line.md)。本页由 `deno task docs:generate` 生成。",
  },
  common: { en: "## Flags of every command", zh: "## 所有命令共有的选项" },
  exit: { en: "## Exit codes", zh: "## 退出码" },
  commands: { en: "## Commands", zh: "## 命令" },
  flag: { en: ["flag", "value", "default", "what it does"], zh: ["选项", "取值", "默认值", "作用"] },
  argument: { en: ["argument", "default", "what it is"], zh: ["参数", "默认值", "含义"] },
  code: { en: ["code", "meaning"], zh: ["退出码", "含义"] },
  often: { en: "may be repeated", zh: "可重复" },
  switch: { en: "switch", zh: "开关" },
} as const;

/** The generated page of the command line. */
export const commandsPage: ReferencePage = {
  path: "reference/command-line.md",
  write: async (language) => {
    const commands = await Promise.all(COMMANDS.map(({ load }) => load()));
    if (language === "zh") checkWords(commands);
    return page(
      WORDS.title[language],
      WORDS.intro[language],
      WORDS.common[language],
      flagTable(COMMON_FLAGS, language),
      WORDS.exit[language],
      table(
        WORDS.code[language],
        EXIT_CODES_HELP.map(([code, what]) => [`\`${code}\``, language === "en" ? what : EXIT_WORDS[code]!]),
      ),
      WORDS.commands[language],
      ...commands.flatMap((command) => commandBlocks(command, language)),
    );
  },
};

function commandBlocks(command: Command, language: Language): readonly string[] {
  const given = [command.argument, command.second].filter((one) => one !== undefined);
  const usage = given.map(({ name, default: left }) => left === undefined ? ` <${name}>` : ` [${name}]`).join(
    "",
  );
  const examples = command.examples.flatMap(({ what, line }) => [`# ${what}`, line]);
  return [
    `### ${command.name}`,
    `${said(command.summary, language)}${language === "en" ? "." : "。"}`,
    fence("text", `fastdistill ${command.name}${usage} [flags]`),
    ...(given.length === 0 ? [] : [table(
      WORDS.argument[language],
      given.map(({ name, summary, default: left }) => [
        `\`${name}\``,
        left === undefined ? "" : `\`${left}\``,
        said(summary, language),
      ]),
    )]),
    ...(command.flags.length === 0 ? [] : [flagTable(command.flags, language)]),
    fence("sh", examples.join("\n")),
  ];
}

function flagTable(flags: readonly Flag[], language: Language): string {
  return table(
    WORDS.flag[language],
    flags.map(({ name, short, value, isRepeatable, summary }) => [
      short === undefined ? `\`--${name}\`` : `\`-${short}\`, \`--${name}\``,
      value === undefined
        ? WORDS.switch[language]
        : `\`${value}\`${isRepeatable ? `, ${WORDS.often[language]}` : ""}`,
      defaultOf(summary, language),
      said(summary, language),
    ]),
  );
}

const DEFAULT = / \(default: ([^()]*)\)$/;

function said(summary: string, language: Language): string {
  const words = bare(summary);
  return plain(language === "en" ? words : COMMAND_WORDS[words]!);
}

/** A summary without the default, which has a column of its own; one of several defaults stays in its sentence. */
function bare(summary: string): string {
  return summary.split("(default:").length > 2 ? summary : summary.replace(DEFAULT, "");
}

function defaultOf(summary: string, language: Language): string {
  const found = bare(summary) === summary ? undefined : DEFAULT.exec(summary)?.[1];
  if (found === undefined) return "";
  if (!Object.hasOwn(DEFAULT_WORDS, found)) return `\`${found}\``;
  return plain(language === "en" ? found : DEFAULT_WORDS[found]!);
}

function checkWords(commands: readonly Command[]): void {
  const summaries = commands.flatMap(({ summary, argument, second, flags }) => [
    summary,
    ...[argument, second].flatMap((one) => one === undefined ? [] : [one.summary]),
    ...flags.map((flag) => flag.summary),
  ]);
  const needed = new Set([...summaries, ...COMMON_FLAGS.map(({ summary }) => summary)].map(bare));
  const file = "scripts/_reference_zh_commands.ts";
  checkTranslations("words of commands", { needed: [...needed], given: COMMAND_WORDS, file });
  checkTranslations("exit codes", { needed: EXIT_CODES_HELP.map(([code]) => code), given: EXIT_WORDS, file });
}
