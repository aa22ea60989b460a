/** A rule: what the parser says, and what we say in its place, knowing the text from the problem on and before it. */
interface Rule {
  readonly reason: RegExp;
  readonly found?: (at: Spot) => boolean;
  readonly words: string | ((at: Spot, match: RegExpExecArray) => string);
}

/** The line of a problem, cut in two. */
interface Spot {
  readonly before: string;
  readonly after: string;
}

const RULES: readonly Rule[] = [
  { reason: /^tab characters must not be used/, words: "a tab cannot indent; use spaces" },
  {
    reason: /^bad indentation of a mapping entry/,
    found: ({ before, after }) => /:\s*$/.test(before) && /^[^\w\s"']/.test(after),
    words: ({ after }) => `a text that begins with ${after.charAt(0)} goes into quotes`,
  },
  {
    reason: /^bad indentation of a mapping entry/,
    found: ({ before, after }) => /^\s*:(?:\s|$)/.test(after) && /:\s/.test(before),
    words: "a text that holds a colon and a space goes into quotes",
  },
  {
    reason: /^bad indentation of a mapping entry/,
    found: ({ before }) => /["'\]}]\s*$/.test(before),
    words: "nothing can follow a closing quote or bracket but a comment",
  },
  { reason: /^bad indentation/, words: "the line is indented differently from those that it stands among" },
  {
    reason:
      /^deficient indentation|^unexpected end of the (?:stream|document) within a (?:flow|single|double)/,
    words:
      "a quote or bracket before is not closed, or the lines in it are not indented further than its key",
  },
  { reason: /^missed comma/, words: "expected a comma or the closing bracket" },
  { reason: /^expected the node content, but found ','/, words: "expected a value before the comma" },
  { reason: /^expected ':' after a mapping key/, words: "expected a colon after the key" },
  {
    reason: /^end of the stream or a document separator/,
    words: "the line belongs to nothing: it is indented less than those before, or those are no map",
  },
  {
    reason: /^unknown \w+ tag !<(.*)>$/,
    words: (_, [, tag]) =>
      `the tag ${tag} is not known; values are texts, numbers, booleans, null, lists and maps`,
  },
  { reason: /complex keys$/, words: "a key is a text, not a list or a map" },
  { reason: /non-printable characters/, words: "the text holds a character that YAML does not allow" },
  {
    reason: /^nesting exceeded maxDepth \((\d+)\)/,
    words: (_, [, depth]) => `it is nested deeper than ${depth} levels`,
  },
];

/** What is wrong with a YAML text, so that it can be mended: the parser's own words, or ours where they say more. */
export function yamlWording(reason: string, text: string, offset: number): string {
  const spot = {
    before: text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset),
    after: /^.*/.exec(text.slice(offset, offset + 200))![0],
  };
  for (const { reason: pattern, found, words } of RULES) {
    const match = pattern.exec(reason);
    if (match !== null && (found === undefined || found(spot))) {
      return typeof words === "string" ? words : words(spot, match);
    }
  }
  return reason;
}
