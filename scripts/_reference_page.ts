/**
 * What generated pages are made of: blocks of Markdown in one of two languages.
 *
 * @module
 */

/** The languages of the docs. */
export type Language = "en" | "zh";

/** The same words in both languages. */
export type Words = Readonly<Record<Language, string>>;

/** A page: its path below `docs/`, and its Markdown in a language. */
export interface ReferencePage {
  readonly path: string;
  readonly write: (language: Language) => string | Promise<string>;
}

/** Writes a table; cells are Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

/** Plain words as Markdown: angle brackets outside code are no HTML. */
export function plain(text: string): string {
  return text.replace(/(`[^`]*`)|</g, (_, code) => code ?? "\\<");
}

/** Joins blocks with empty lines. */
export function page(...blocks: readonly string[]): string {
  return `${blocks.join("\n\n")}\n`;
}

/** A code fence. */
export function fence(info: string, text: string): string {
  return `\`\`\`${info}\n${text}\n\`\`\``;
}

/** Translations by key. */
export type Translations<T> = Readonly<Record<string, T>>;

/** What a table of entries by key is held against. */
export interface EntryCheck {
  readonly needed: readonly string[];
  readonly given: Translations<unknown>;
  /** Where the table stands. @default {"scripts/_reference_zh.ts"} */
  readonly file?: string;
}

/** Refuses a table of translations that lacks an entry or holds one that nothing needs. */
export function checkTranslations(what: string, check: EntryCheck): void {
  checkEntries(`Chinese ${what}`, check);
}

/** Refuses a table that lacks an entry or holds one that nothing needs. */
export function checkEntries(what: string, check: EntryCheck): void {
  const { needed, given, file = "scripts/_reference_zh.ts" } = check;
  const missing = needed.filter((key) => !Object.hasOwn(given, key));
  const stale = Object.keys(given).filter((key) => !needed.includes(key));
  if (missing.length === 0 && stale.length === 0) return;
  const parts = [
    ...(missing.length === 0 ? [] : [`lack ${missing.join(", ")}`]),
    ...(stale.length === 0 ? [] : [`hold ${stale.join(", ")} for nothing`]),
  ];
  throw new Error(`The ${what} ${parts.join(" and ")}: see ${file}`);
}
