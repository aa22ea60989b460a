import type { MathToken } from "./_math_tokens.ts";

const OPEN = "([{⦃⟨";
const CLOSE = ")]}⦄⟩";

/** Where the bracket that opens at a place is closed, by a bracket of any kind; -1 when it is not. */
export function matchingBracket(tokens: readonly MathToken[], at: number): number {
  let depth = 0;
  for (let index = at; index < tokens.length; index++) {
    depth += depthOf(tokens[index]!);
    if (depth === 0) return index;
  }
  return -1;
}

/** The parts between tokens that part them, as far as those stand outside of brackets and matrices. */
export function splitAt(
  tokens: readonly MathToken[],
  isSeparator: (token: MathToken) => boolean,
): readonly (readonly MathToken[])[] {
  const parts: MathToken[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === "name" && token.isCommand && token.text === "begin") depth++;
    if (token.kind === "name" && token.isCommand && token.text === "end") depth--;
    depth += depthOf(token);
    if (depth === 0 && isSeparator(token)) parts.push([]);
    else parts.at(-1)!.push(token);
  }
  return parts;
}

function depthOf(token: MathToken): number {
  if (token.kind !== "sign") return 0;
  return OPEN.includes(token.text) ? 1 : CLOSE.includes(token.text) ? -1 : 0;
}
