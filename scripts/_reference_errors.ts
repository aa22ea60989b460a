/**
 * The page of error codes.
 *
 * @module
 */
import { type CatalogueCode, ERROR_CODES, EXIT_CODES, exitCodeOf, FastDistillError } from "@fastdistill/core";
import {
  checkTranslations,
  type Language,
  page,
  plain,
  type ReferencePage,
  table,
  type Words,
} from "./_reference_page.ts";
import { CODES_ZH, FAMILIES } from "./_reference_zh.ts";

const INTRO: Words = {
  en:
    `Every failure that FastDistill reports has a code. Codes are stable: new ones may come, none is renamed or used
for something else. A message says what was attempted and what was found; for a mistake in a pipeline file it comes
with file, line, column and key path. Plugins bring codes of their own, which begin with \`plugin.\`.

This page is generated from the catalogue in \`core/errors/codes.ts\` by \`deno task docs:generate\`.`,
  zh:
    `FastDistill 报告的每个失败都有一个错误码。错误码是稳定的：可以新增，但不会改名，也不会挪作他用。错误信息说明当时要做什么、实际遇到了什么；流水线文件中的错误还会带上文件、行、列和键路径。插件使用自己的错误码，以 \`plugin.\` 开头。错误信息本身始终是英文，请以错误码为准。

本页由 \`deno task docs:generate\` 根据 \`core/errors/codes.ts\` 中的目录生成。`,
};

const EXIT_WORDS: Readonly<Record<keyof typeof EXIT_CODES, Words>> = {
  done: { en: "Done", zh: "完成" },
  failed: { en: "The run, or the command, failed", zh: "运行或命令失败" },
  usage: { en: "The command line or the configuration is wrong", zh: "命令行或配置有误" },
  gate: { en: "A gate did not hold", zh: "有质量门未通过" },
  budget: { en: "A budget stopped the run", zh: "预算耗尽，运行停止" },
  interrupted: { en: "The run was interrupted", zh: "运行被中断" },
};

const TITLE: Words = { en: "# Errors", zh: "# 错误码" };
const EXIT_TITLE: Words = { en: "## Exit codes", zh: "## 退出码" };
const EXIT_HEAD: Readonly<Record<Language, readonly string[]>> = {
  en: ["Exit code", "Meaning"],
  zh: ["退出码", "含义"],
};
const HEAD: Readonly<Record<Language, readonly string[]>> = {
  en: ["Code", "What happened", "What to do", "Retried", "Exit code"],
  zh: ["错误码", "发生了什么", "怎么办", "自动重试", "退出码"],
};
const YES: Words = { en: "yes", zh: "是" };
const NO: Words = { en: "no", zh: "否" };

const CODES = Object.keys(ERROR_CODES) as readonly CatalogueCode[];
const FAMILY_NAMES: readonly string[] = [...new Set(CODES.map(familyOf))];

/** The page `docs/errors.md`. */
export const errorsPage: ReferencePage = { path: "errors.md", write };

function write(language: Language): string {
  checkTranslations("words for error codes", { needed: CODES, given: CODES_ZH });
  checkTranslations("names of error families", { needed: FAMILY_NAMES, given: FAMILIES });
  const families = FAMILY_NAMES.flatMap((family) => [
    `## \`${family}.*\``,
    FAMILIES[family]![language],
    table(
      HEAD[language],
      CODES.filter((code) => familyOf(code) === family).map((code) => row(code, language)),
    ),
  ]);
  const exits = Object.entries(EXIT_CODES).map(([name, code]) => [
    `\`${code}\``,
    EXIT_WORDS[name as keyof typeof EXIT_CODES][language],
  ]);
  return page(
    TITLE[language],
    INTRO[language],
    EXIT_TITLE[language],
    table(EXIT_HEAD[language], exits),
    ...families,
  );
}

function row(code: CatalogueCode, language: Language): readonly string[] {
  const { summary, remedy, retryable } = ERROR_CODES[code];
  const words = language === "zh" ? CODES_ZH[code]! : [summary, remedy] as const;
  const exit = exitCodeOf(new FastDistillError(code, ""));
  return [`\`${code}\``, plain(words[0]), plain(words[1]), (retryable ? YES : NO)[language], `\`${exit}\``];
}

function familyOf(code: string): string {
  return code.slice(0, code.indexOf("."));
}
