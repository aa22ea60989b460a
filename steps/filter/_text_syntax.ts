import { fencedBlock } from "../_shared/fenced_block.ts";

/** What a text can be valid as. */
export const SYNTAXES = ["json", "json_object", "json_lines", "xml", "fenced"] as const;

/** One of {@linkcode SYNTAXES}. */
export type Syntax = typeof SYNTAXES[number];

/** Says what is wrong with a text; `undefined` when it is valid. */
export type SyntaxCheck = (text: string) => string | undefined;

/** The check of a syntax; what it needs is loaded now. */
export async function syntaxCheck(
  syntax: Syntax,
  { language }: { readonly language?: string },
): Promise<SyntaxCheck> {
  switch (syntax) {
    case "json":
      return (text) => parsed(text) === undefined ? "no JSON" : undefined;
    case "json_object":
      return (text) => {
        const value = parsed(text)?.value;
        return typeof value === "object" && value !== null && !Array.isArray(value)
          ? undefined
          : "no JSON object";
      };
    case "json_lines":
      return (text) => {
        const lines = text.split("\n").filter((line) => line.trim() !== "");
        const wrong = lines.findIndex((line) => parsed(line) === undefined);
        return lines.length === 0 ? "no lines" : wrong === -1 ? undefined : `line ${wrong + 1} is no JSON`;
      };
    case "xml":
      return await xmlCheck();
    case "fenced":
      return (text) => fenceProblem(text, language);
  }
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    return undefined;
  }
}

/** Well-formed XML 1.0; entities that the text defines itself are not expanded. */
async function xmlCheck(): Promise<SyntaxCheck> {
  const { SaxesParser } = await import("saxes");
  return (text) => {
    const parser = new SaxesParser();
    let problem: string | undefined;
    parser.on("error", ({ message }) => problem ??= message.replace(/\.$/, ""));
    parser.write(text).close();
    return problem;
  };
}

/** One fenced block of Markdown and nothing around it. */
function fenceProblem(text: string, language: string | undefined): string | undefined {
  const block = fencedBlock(text);
  if (block === undefined) return "no single fenced block";
  if (block.isSeveral) return "more than one fenced block";
  if (language === undefined || block.language === language.toLowerCase()) return undefined;
  return `a fenced block of ${block.language === "" ? "no language" : block.language}, not ${language}`;
}
