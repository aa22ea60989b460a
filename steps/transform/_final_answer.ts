/** How a solution marks its final answer. */
export type AnswerStyle = "gsm8k" | "boxed" | "last_number";

const MARKED = /^[ \t]*(?:####|A:)[ \t]*(.+?)[ \t]*$/gm;
const BOXED = /\\(?:boxed|fbox)\s*/g;
const CALCULATION = /<<[^<>]*>>/g;
/** Sign, currency, digits with or without separators, decimals, fraction, percent sign. */
const NUMBER =
  /(?<![\w.,])[-−+]?[$€£¥]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:(?<=\d)\.?|\.(?=\d))\d*(?:\s*\/\s*\d+(?:\.\d+)?)?%?/g;

/** The final answer of a solution as it stands there; an empty text when there is none. */
export function finalAnswer(solution: string, style: AnswerStyle): string {
  switch (style) {
    case "gsm8k":
      return lastOf(solution.matchAll(MARKED))?.[1] ?? "";
    case "boxed":
      return lastBoxed(solution);
    case "last_number":
      return lastOf(solution.replace(CALCULATION, "").matchAll(NUMBER))?.[0].replace(/[.,]$/, "") ?? "";
  }
}

function lastOf<T>(items: Iterable<T>): T | undefined {
  let last: T | undefined;
  for (const item of items) last = item;
  return last;
}

/** What is in the braces of the last `\boxed{...}` that is closed; braces inside are balanced. */
function lastBoxed(solution: string): string {
  let found = "";
  for (const match of solution.matchAll(BOXED)) {
    const start = match.index + match[0].length;
    found = (solution[start] === "{" ? balanced(solution, start) : solution[start]?.trim()) ?? found;
  }
  return found.trim();
}

function balanced(text: string, start: number): string | undefined {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "{") depth++;
    else if (text[at] === "}" && --depth === 0) return text.slice(start + 1, at);
  }
  return undefined;
}
