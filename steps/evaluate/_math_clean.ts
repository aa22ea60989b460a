const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻";
const SUPERSCRIPT_RUN = new RegExp(`[${SUPERSCRIPTS}]+`, "g");

/** LaTeX commands by what they mean; what is spelled otherwise than a name of our own. */
const COMMANDS: readonly (readonly [RegExp, string])[] = [
  [/\\(?:left|right|bigl?|bigr|Bigl?|Bigr|displaystyle|textstyle|limits|rm|bf|it)(?![a-zA-Z])/g, ""],
  [/\\[dtc]frac(?![a-zA-Z])/g, "\\frac"],
  [/\\(frac|sqrt)\s*(\d)/g, "\\$1{$2}"],
  [/(\\frac\s*\{[^{}]*\})\s*(\d)/g, "$1{$2}"],
  [/\\(?:,|;|:|!|quad|qquad|enspace|thinspace)(?![a-zA-Z])|\\ |~/g, " "],
  [/\\(?:cdot|times|ast)(?![a-zA-Z])|[×·⋅∗]/g, "*"],
  [/\\div(?![a-zA-Z])|÷/g, "/"],
  [/\\(?:leq?|leqslant)(?![a-zA-Z])|<=/g, "≤"],
  [/\\(?:geq?|geqslant)(?![a-zA-Z])|>=/g, "≥"],
  [/\\neq?(?![a-zA-Z])|!=/g, "≠"],
  [/\\lt(?![a-zA-Z])/g, "<"],
  [/\\gt(?![a-zA-Z])/g, ">"],
  [/\\pm(?![a-zA-Z])|\+\/-|\+-/g, "±"],
  [/\\mp(?![a-zA-Z])/g, "∓"],
  [/\\infty(?![a-zA-Z])/g, "∞"],
  [/\\cup(?![a-zA-Z])/g, "∪"],
  [/\\(?:emptyset|varnothing)(?![a-zA-Z])/g, "∅"],
  [/\\in(?![a-zA-Z])/g, "∈"],
  [/\\(?:lor|vee)(?![a-zA-Z])/g, " or "],
  [/\\(?:land|wedge)(?![a-zA-Z])/g, " and "],
  [/\^\s*\{?\s*\\circ\s*\}?|\\degree(?![a-zA-Z])/g, "°"],
  [/\\langle(?![a-zA-Z])/g, "⟨"],
  [/\\rangle(?![a-zA-Z])/g, "⟩"],
  [/\\[lr]?vert(?![a-zA-Z])/g, "|"],
  [/\\operatorname\s*\{([a-z]+)\}/g, "\\$1"],
  [/√\s*(\d+(?:\.\d+)?|[a-zA-Z])/g, "\\sqrt{$1}"],
  [/√/g, "\\sqrt"],
];

const PROSE =
  /^(?:so |thus |therefore,? |hence,? )?(?:the )?(?:final |correct )?(?:answer|result|solution)s? ?(?:=|is|are|:)+:? ?/i;

/** A text as the reader of formulas wants it: one spelling for each sign, no markup around it. */
export function cleanMath(text: string): string {
  const unified = unifySigns(text);
  const bare = unboxed(unified).replaceAll(/\\(?:fbox|boxed)(?![a-zA-Z])/g, "");
  return withoutDelimiters(bare)
    .replaceAll(/\s+/g, " ")
    .trim()
    .replaceAll(/\\(?:text|textbf|mathrm|mathbf)\s*\{([^{}A-Za-z]*\d[^{}A-Za-z]*)\}/g, "$1")
    .replace(PROSE, "")
    .replace(/^= */, "")
    .replace(/^\\(?:text|textbf|mathrm|mathbf)\s*\{\s*\(?([A-Za-z])\)?\.?\s*\}$/, "$1")
    .replace(/^(?:about|approximately|approx\.?|roughly|≈|\\approx)\s*/i, "")
    .replace(/(?<=[^\d\s])[.;:!]+$|[.,;:]+$/, "")
    .replace(/^([-+]) /, "$1")
    .trim();
}

function unifySigns(text: string): string {
  let unified = text
    .replaceAll(/(?<=\d)(?=[¼-¾⅐-⅞])/g, " ")
    .replaceAll(SUPERSCRIPT_RUN, (run) => `^{${[...run].map(plainDigit).join("")}}`)
    .replaceAll(/º|˚/g, "°")
    .normalize("NFKC")
    .replaceAll("\\\\", "⏎")
    .replaceAll(/[−–—‐]/g, "-")
    .replaceAll("⁄", "/")
    .replaceAll(/\{,\}|\\,(?=\d{3}(?!\d))|(?<=\d)\\!,|,\\!/g, ",");
  for (const [pattern, meaning] of COMMANDS) unified = unified.replaceAll(pattern, meaning);
  return unified.replaceAll(/(?<=\d)\\?,(?=\d{3}(?!\d))/g, ",");
}

function plainDigit(superscript: string): string {
  const digit = SUPERSCRIPTS.indexOf(superscript);
  return digit === 10 ? "-" : String(digit);
}

/** What is in the last box, where there is one. */
function unboxed(text: string): string {
  const start = Math.max(text.lastIndexOf("\\boxed{"), text.lastIndexOf("\\fbox{"));
  if (start === -1) return text;
  const open = text.indexOf("{", start);
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "{") depth++;
    else if (text[at] === "}" && --depth === 0) return text.slice(open + 1, at);
  }
  return text;
}

/** Takes away markup and the marks around formulas; a dollar sign before an amount is money and stays. */
function withoutDelimiters(text: string): string {
  return text
    .replaceAll("\\$", "＄")
    .replace(/^\s*(\${1,2})(?!\s*[-+]?[\d.][\d.,]*\s*$)([^$]*)\1\s*[.,]?\s*$/, "$2")
    .replace(/^\s*\$([^$]*)\$\s*[.,]?\s*$/, "$1")
    .replaceAll(/\$(?!\s*[-+]?\.?\d)/g, "")
    .replaceAll(/(?<=\d)\$(?=\s|$)/g, "")
    .replaceAll("＄", "$")
    .replaceAll(/`|\*\*|\\\(|\\\)|\\\[|\\\]/g, "")
    .replaceAll("\\%", "%");
}
