import {
  defineStep,
  FastDistillError,
  pass,
  reject,
  type Row,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { z } from "zod";
import { compilePatterns } from "../_shared/linear_pattern.ts";
import { normalisedWords } from "../_shared/words.ts";
import { mostFrequentNgram, repetitionProblem } from "./_repetition.ts";
import { qualityProblem } from "./_text_quality.ts";
import { syntaxCheck, SYNTAXES } from "./_text_syntax.ts";

const HEADING_CHARS_MAX = 200;

const patterns = (what: string) => z.array(z.string().min(1).max(1000)).default([]).describe(what);

const CONFIG = z.strictObject({
  from: z.string().min(1).default("generation").describe("Column with the text"),
  must_match: patterns("Patterns, in RE2's syntax, each of which must match somewhere"),
  must_not_match: patterns("Patterns, in RE2's syntax, none of which may match"),
  sections: z.array(z.string().min(1)).default([]).describe(
    "Headings that must be there, as a Markdown heading, a bold line, or a line that ends with a colon; in any case of letters",
  ),
  sections_in_order: z.boolean().default(true).describe(
    "Whether the headings must come in the order of the list",
  ),
  valid_as: z.enum(SYNTAXES).optional().describe(
    "What the text must be: json, json_object, json_lines, xml, or fenced, one fenced block of Markdown alone",
  ),
  fence_language: z.string().min(1).optional().describe("Language of the fenced block; any when absent"),
  min_words: z.int().nonnegative().default(0).describe(
    "Fewest words; each Chinese or Japanese character is one",
  ),
  max_words: z.int().positive().optional().describe("Most words; no limit when absent"),
  min_lines: z.int().nonnegative().default(0).describe("Fewest lines that are not blank"),
  max_lines: z.int().positive().optional().describe("Most lines that are not blank; no limit when absent"),
  scripts: z.array(z.string().regex(/^[A-Z][A-Za-z_]+$/)).default([]).describe(
    "Unicode scripts that the letters may be of, such as Latin, Han, Cyrillic; any when empty",
  ),
  min_script_share: z.number().min(0).max(1).default(0.9).describe(
    "Least share of the letters that are of these scripts",
  ),
  languages: z.array(z.string().regex(/^[a-z]{2,3}$/)).default([]).describe(
    "Languages that the text may be in, as ISO 639-1 has them, such as en, zh; any when empty, and a text in which none is recognised holds",
  ),
  repetition: z.enum(["off", "gopher"]).default("off").describe(
    "Whether texts that repeat lines or n-grams are refused, by the limits of arXiv:2112.11446, table A1",
  ),
  prose: z.enum(["off", "gopher"]).default("off").describe(
    "Whether texts that are no English prose are refused, by the limits of the same table",
  ),
  max_ngram_repeats: z.int().positive().optional().describe(
    "How often one n-gram may stand in the text; any number when absent",
  ),
  ngram: z.int().min(1).max(50).default(4).describe("Words of such an n-gram"),
  to: z.string().min(1).default("format_valid").describe("Column that receives whether all rules hold"),
  errors_to: z.string().min(1).default("format_errors").describe(
    "Column that receives the rules that are broken, and why",
  ),
  action: z.enum(["mark", "reject"]).default("mark").describe(
    "What becomes of a row that breaks a rule: it passes with its marks, or is rejected with the first rule as reason",
  ),
});

type Config = z.infer<typeof CONFIG>;

/**
 * Checks the form of a text by rules: patterns, sections, syntax, length, script, repetition, prose. Patterns are matched in
 * time linear in the text (RE2), whatever they are. Null is an empty text.
 *
 * Reasons, in this order: `pattern_mismatch`, `missing_section`, `invalid_syntax`, `too_short`, `too_long`, `wrong_script`,
 * `wrong_language`, `repetitive`, `poor_prose`. The shares of n-grams count from 50 words on.
 */
const formatRulesStep: StepComponent = defineStep({
  kind: "row",
  name: "format_rules",
  version: 1,
  summary: "Checks the form of a text: patterns, sections, syntax, length, script, repetition",
  citation:
    "J. Rae et al., Scaling language models: methods, analysis & insights from training Gopher (arXiv:2112.11446), appendix A",
  config: CONFIG,
  columns: ({ from, to, errors_to }) => ({
    requires: [{ column: from, type: "string", at: ["from"] }],
    adds: { [to]: "boolean", [errors_to]: "array" },
  }),
  inspect: async (config) => {
    await rulesOf(config);
    return {};
  },
  open: async (config) => {
    const rules = await rulesOf(config);
    return { process: (row) => settle(row, { config, rules }) };
  },
});

export default formatRulesStep;

/** A rule, by the reason that it gives; says what is wrong with a text. */
interface Rule {
  readonly reason: string;
  readonly problemOf: (text: string) => string | undefined;
}

async function rulesOf(config: Config): Promise<readonly Rule[]> {
  const { must_match, must_not_match, valid_as, fence_language, max_ngram_repeats, ngram } = config;
  const wanted = await compilePatterns(must_match, { key: "must_match" });
  const unwanted = await compilePatterns(must_not_match, { key: "must_not_match" });
  return [
    ...wanted.map(({ source, test }) =>
      rule("pattern_mismatch", (text) => test(text) ? undefined : `does not match ${source}`)
    ),
    ...unwanted.map(({ source, test }) =>
      rule("pattern_mismatch", (text) => test(text) ? `matches ${source}` : undefined)
    ),
    ...sectionRules(config),
    ...(valid_as === undefined ? [] : [
      rule(
        "invalid_syntax",
        await syntaxCheck(valid_as, fence_language === undefined ? {} : { language: fence_language }),
      ),
    ]),
    ...lengthRules(config),
    ...scriptRules(config),
    ...await languageRules(config),
    ...(config.repetition === "off" ? [] : [rule("repetitive", repetitionProblem)]),
    ...(max_ngram_repeats === undefined ? [] : [rule("repetitive", (text) => {
      const { ngram: found, count } = mostFrequentNgram(text, ngram);
      return count > max_ngram_repeats
        ? `${JSON.stringify(found)} ${count} times, at most ${max_ngram_repeats}`
        : undefined;
    })]),
    ...(config.prose === "off" ? [] : [rule("poor_prose", qualityProblem)]),
  ];
}

function rule(reason: string, problemOf: (text: string) => string | undefined): Rule {
  return { reason, problemOf };
}

function sectionRules({ sections, sections_in_order }: Config): readonly Rule[] {
  if (sections.length === 0) return [];
  const wanted = sections.map(bareHeading);
  return [rule("missing_section", (text) => {
    const found = text.split("\n").flatMap(headingOf);
    let from = 0;
    for (const [index, section] of wanted.entries()) {
      const at = found.indexOf(section, sections_in_order ? from : 0);
      if (at === -1) {
        const isThere = found.includes(section);
        return `the section ${JSON.stringify(sections[index])} is ${
          isThere ? "at another place" : "missing"
        }`;
      }
      from = at + 1;
    }
    return undefined;
  })];
}

/** `## Title`, `**Title**`, `Title:`. */
function headingOf(line: string): readonly string[] {
  const bare = line.length > HEADING_CHARS_MAX ? "" : line.trim();
  const match = /^(?:#{1,6} +(.+?)[ #]*|(?:\*\*|__)(.+?)(?:\*\*|__):?|([^:]+):)$/.exec(bare);
  const heading = match?.[1] ?? match?.[2] ?? match?.[3];
  return heading === undefined ? [] : [bareHeading(heading)];
}

function bareHeading(text: string): string {
  return text.replaceAll(/[*_`]/g, "").replace(/^\s*\d+[.)]\s+/, "").replace(/:\s*$/, "").trim()
    .toLowerCase();
}

function lengthRules({ min_words, max_words, min_lines, max_lines }: Config): readonly Rule[] {
  const words = (text: string) => normalisedWords(text).length;
  const lines = (text: string) => text.split("\n").filter((line) => line.trim() !== "").length;
  return [
    ...bounds("words", words, { least: min_words, most: max_words }),
    ...bounds("lines", lines, { least: min_lines, most: max_lines }),
  ];
}

function bounds(
  what: string,
  count: (text: string) => number,
  { least, most }: { readonly least: number; readonly most: number | undefined },
): readonly Rule[] {
  const tooFew = rule("too_short", (text) => {
    const found = count(text);
    return found < least ? `${found} ${what}, at least ${least}` : undefined;
  });
  if (most === undefined) return least === 0 ? [] : [tooFew];
  return [
    tooFew,
    rule("too_long", (text) => {
      const found = count(text);
      return found > most ? `${found} ${what}, at most ${most}` : undefined;
    }),
  ];
}

function scriptRules({ scripts, min_script_share }: Config): readonly Rule[] {
  if (scripts.length === 0) return [];
  const letters = lettersOf(scripts);
  return [rule("wrong_script", (text) => {
    const all = text.match(/\p{L}/gu)?.length ?? 0;
    const share = all === 0 ? 1 : (text.match(letters)?.length ?? 0) / all;
    if (share >= min_script_share) return undefined;
    return `${share.toFixed(2)} of the letters are ${scripts.join(" or ")}, at least ${min_script_share}`;
  })];
}

/** The language is an estimate by n-grams of letters; it means little for texts below a sentence. */
async function languageRules({ languages }: Config): Promise<readonly Rule[]> {
  if (languages.length === 0) return [];
  const { detect, supportedLanguages, toISO2 } = await import("tinyld");
  const known = supportedLanguages.map(toISO2).filter((language) => language !== "").sort();
  const unknown = languages.find((language) => !known.includes(language));
  if (unknown !== undefined) {
    throw new FastDistillError(
      "config.invalid_value",
      `Read languages as ISO 639-1 has them, found ${JSON.stringify(unknown)}`,
      { hint: `Known: ${known.join(", ")}` },
    );
  }
  return [rule("wrong_language", (text) => {
    const found = detect(text);
    return found === "" || languages.includes(found)
      ? undefined
      : `looks like ${found}, not ${languages.join(" or ")}`;
  })];
}

function lettersOf(scripts: readonly string[]): RegExp {
  const anyOf = scripts.map((script) => `\\p{Script=${script}}`).join("");
  try {
    return new RegExp(`(?=\\p{L})[${anyOf}]`, "gu");
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new FastDistillError(
      "config.invalid_value",
      `Read scripts as names of Unicode, found ${scripts.join(", ")}`,
      {
        cause,
        hint:
          "Names are those of the Unicode property Script, such as Latin, Han, Hiragana, Cyrillic, Arabic",
      },
    );
  }
}

function settle(row: Row, { config, rules }: { readonly config: Config; readonly rules: readonly Rule[] }) {
  const text = row[config.from] ?? "";
  if (typeof text !== "string") {
    const message = `Read the column "${config.from}" as text, found ${JSON.stringify(text).slice(0, 80)}`;
    throw new FastDistillError("graph.column_type", message);
  }
  const broken: { readonly reason: string; readonly problem: string }[] = [];
  for (const { reason, problemOf } of rules) {
    const problem = problemOf(text);
    if (problem === undefined) continue;
    if (config.action === "reject") return reject(reason, problem);
    broken.push({ reason, problem });
  }
  const errors = broken.map(({ reason, problem }) => `${reason}: ${problem}`);
  return pass({ ...row, [config.to]: errors.length === 0, [config.errors_to]: errors });
}

/** Configuration of {@linkcode formatRules}; every rule that is left out holds. */
export interface FormatRulesConfig<From extends string, To extends string, Errors extends string> {
  /** Column with the text. @default {"generation"} */
  readonly from?: From;
  /** Patterns, in RE2's syntax, each of which must match somewhere. */
  readonly must_match?: readonly string[];
  /** Patterns, in RE2's syntax, none of which may match. */
  readonly must_not_match?: readonly string[];
  /** Headings that must be there. */
  readonly sections?: readonly string[];
  /** Whether the headings must come in the order of the list. @default {true} */
  readonly sections_in_order?: boolean;
  /** What the text must be. */
  readonly valid_as?: "json" | "json_object" | "json_lines" | "xml" | "fenced";
  /** Language of the fenced block. */
  readonly fence_language?: string;
  /** Fewest words. @default {0} */
  readonly min_words?: number;
  /** Most words. */
  readonly max_words?: number;
  /** Fewest lines that are not blank. @default {0} */
  readonly min_lines?: number;
  /** Most lines that are not blank. */
  readonly max_lines?: number;
  /** Unicode scripts that the letters may be of. */
  readonly scripts?: readonly string[];
  /** Least share of the letters that are of these scripts. @default {0.9} */
  readonly min_script_share?: number;
  /** Languages that the text may be in, as ISO 639-1 has them. */
  readonly languages?: readonly string[];
  /** Whether texts that repeat lines or n-grams are refused. @default {"off"} */
  readonly repetition?: "off" | "gopher";
  /** Whether texts that are no English prose are refused. @default {"off"} */
  readonly prose?: "off" | "gopher";
  /** How often one n-gram may stand in the text. */
  readonly max_ngram_repeats?: number;
  /** Words of such an n-gram. @default {4} */
  readonly ngram?: number;
  /** Column that receives whether all rules hold. @default {"format_valid"} */
  readonly to?: To;
  /** Column that receives the rules that are broken. @default {"format_errors"} */
  readonly errors_to?: Errors;
  /** What becomes of a row that breaks a rule. @default {"mark"} */
  readonly action?: "mark" | "reject";
}

/**
 * Checks the form of a text: patterns, sections, syntax, length, script, repetition, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { formatRules } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * const step = formatRules({ sections: ["Plan", "Answer"], repetition: "gopher", action: "reject" });
 * assertEquals(step.use, "format_rules");
 * ```
 */
export function formatRules<
  const From extends string = "generation",
  const To extends string = "format_valid",
  const Errors extends string = "format_errors",
>(
  config: FormatRulesConfig<From, To, Errors> = {},
): StepSpec<
  Record<NoInfer<From>, string | null>,
  Record<NoInfer<To>, boolean> & Record<NoInfer<Errors>, readonly string[]>
> {
  return stepSpec("format_rules", { ...config });
}
