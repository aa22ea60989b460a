import { isCardNumber, isChineseId, isIpv4, isIpv6, leadingIban } from "./_pii_checks.ts";

/** What is looked for; where two overlap, the earlier kind in this list has it. */
export const PII_KINDS = [
  "private_key",
  "jwt",
  "api_key",
  "credential",
  "email",
  "iban",
  "cn_id",
  "credit_card",
  "us_ssn",
  "ipv6",
  "ipv4",
  "phone",
] as const satisfies readonly PiiKind[];

/** A kind of personal data or secret. */
export type PiiKind =
  | "private_key"
  | "jwt"
  | "api_key"
  | "credential"
  | "email"
  | "iban"
  | "cn_id"
  | "credit_card"
  | "us_ssn"
  | "ipv6"
  | "ipv4"
  | "phone";

/** Something found in a text. */
export interface PiiMatch {
  readonly kind: PiiKind;
  readonly start: number;
  readonly end: number;
}

type Detector = (text: string) => Iterable<Omit<PiiMatch, "kind">>;

const CLOSED = "[";

/** Every repetition is bounded and begins at the edge of a word, so that a search takes time linear in the text. */
const DETECTORS: Readonly<Record<PiiKind, Detector>> = {
  private_key: privateKeys,
  jwt: matching(/(?<![\w-])eyJ[\w-]{8,2000}\.eyJ[\w-]{8,8000}\.[\w-]{16,2000}/g),
  api_key: matching(
    new RegExp(
      "(?<![A-Za-z0-9_-])(?:" + [
        "(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])",
        "gh[pousr]_[A-Za-z0-9]{36,255}",
        "github_pat_[A-Za-z0-9_]{22,255}",
        "glpat-[A-Za-z0-9_-]{20,255}",
        "sk-(?=[A-Za-z_-]{0,200}\\d)[A-Za-z0-9_-]{20,255}",
        "[srp]k_(?:live|test)_[A-Za-z0-9]{16,255}",
        "xox[abeoprs]-[A-Za-z0-9-]{10,255}",
        "AIza[A-Za-z0-9_-]{35}",
        "hf_[A-Za-z0-9]{30,255}",
        "npm_[A-Za-z0-9]{36}",
        "SG\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}",
      ].join("|") + ")",
      "g",
    ),
  ),
  credential: credentials,
  email: matching(
    /(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9-])/g,
  ),
  iban: ibans,
  cn_id: matching(/(?<![\dA-Za-z])\d{17}[\dXx](?![\dA-Za-z])/g, isChineseId),
  credit_card: cards,
  us_ssn: matching(/(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])/g),
  ipv6: matching(/(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,8}(?![\w:])/g, isIpv6),
  ipv4: matching(/(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)/g, isIpv4),
  phone: matching(
    new RegExp(
      "(?<![\\w+.-])(?:" + [
        "\\+\\d{1,3}(?:[ .-]?\\(?\\d{1,4}\\)?){2,5}",
        "(?:1[ .-])?\\(\\d{3}\\) ?\\d{3}[ .-]\\d{4}",
        "(?:1[ .-])?[2-9]\\d{2}[.-]\\d{3}[.-]\\d{4}",
        "1[3-9]\\d{9}",
        "1[3-9]\\d[ -]\\d{4}[ -]\\d{4}",
      ].join("|") + ")(?![\\w]|-\\d)",
      "g",
    ),
    (text) => {
      const digits = text.replaceAll(/\D/g, "").length;
      return digits >= 8 && digits <= 15;
    },
  ),
};

/** What is found in a text, in its order, without overlaps. */
export function findPii(text: string, kinds: readonly PiiKind[]): readonly PiiMatch[] {
  const found: PiiMatch[] = [];
  let open = text;
  for (const kind of PII_KINDS) {
    if (!kinds.includes(kind)) continue;
    const fresh = [...DETECTORS[kind](open)].sort((a, b) => a.start - b.start);
    if (fresh.length === 0) continue;
    // What is taken is closed to the kinds that follow, as a placeholder would be.
    let [closed, at] = ["", 0];
    for (const { start, end } of fresh) {
      if (start < at) continue;
      found.push({ kind, start, end });
      closed += open.slice(at, start) + CLOSED.repeat(end - start);
      at = end;
    }
    open = closed + open.slice(at);
  }
  return found.sort((a, b) => a.start - b.start);
}

function matching(pattern: RegExp, isRight: (text: string) => boolean = () => true): Detector {
  return function* (text) {
    for (const match of text.matchAll(pattern)) {
      if (isRight(match[0])) yield { start: match.index, end: match.index + match[0].length };
    }
  };
}

/** A block that is cut off is a secret too. */
function* privateKeys(text: string): Generator<Omit<PiiMatch, "kind">> {
  const begin = /-----BEGIN ((?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?)-----/g;
  const lacking = new Set<string>();
  for (let match = begin.exec(text); match !== null; match = begin.exec(text)) {
    const label = `-----END ${match[1]}-----`;
    const close = lacking.has(label) ? -1 : text.indexOf(label, begin.lastIndex);
    if (close === -1) lacking.add(label);
    const body = /[A-Za-z0-9+/=\s\\:,.-]{0,16000}/y;
    body.lastIndex = begin.lastIndex;
    const end = close === -1
      ? begin.lastIndex + (body.exec(text)?.[0].trimEnd().length ?? 0)
      : close + label.length;
    yield { start: match.index, end };
    begin.lastIndex = end;
  }
}

/** The value in `password = ...` and the like, and `user:password` in an address. */
function* credentials(text: string): Generator<Omit<PiiMatch, "kind">> {
  const assigned =
    /(?<![A-Za-z0-9])(?:api[_-]?key|secret|access[_-]?key|auth[_-]?token|access[_-]?token|token|passw(?:or)?d|pwd)["']?\s{0,3}(?:=|:)\s{0,3}["']?([^\s"'<>,;{}()[\]]{8,256})/gi;
  for (const match of text.matchAll(assigned)) {
    const value = match[1]!;
    const end = match.index + match[0].length;
    if (/\d/.test(value) && /[A-Za-z]/.test(value)) yield { start: end - value.length, end };
  }
  for (const match of text.matchAll(/(?<=[a-z]:\/\/)[^\s/:@"'<>]{1,256}:[^\s/@"'<>]{1,256}(?=@)/g)) {
    yield { start: match.index, end: match.index + match[0].length };
  }
}

/** In one piece, or in groups as they are printed on cards. */
function* cards(text: string): Generator<Omit<PiiMatch, "kind">> {
  const printed =
    /(?<![\d.])(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ -])\d{6}\2\d{4,5})(?!\d)/g;
  for (let match = printed.exec(text); match !== null; match = printed.exec(text)) {
    const groups = match[0].split(/[ -]/);
    // The last group may be another number that follows.
    const shorter = groups.length === 5 ? match[0].slice(0, -groups[4]!.length - 1) : match[0];
    const card = [match[0], shorter].find(isCardNumber);
    if (card !== undefined) yield { start: match.index, end: match.index + card.length };
    printed.lastIndex = match.index + (card ?? groups[0]!).length;
  }
}

function* ibans(text: string): Generator<Omit<PiiMatch, "kind">> {
  for (const match of text.matchAll(/(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?= ?[A-Z0-9])/g)) {
    const iban = leadingIban(text.slice(match.index, match.index + 45));
    if (iban !== undefined) yield { start: match.index, end: match.index + iban.length };
  }
}
