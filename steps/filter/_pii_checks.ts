/** Lengths of bank account numbers by country (ISO 13616). */
const IBAN_LENGTHS: ReadonlyMap<string, number> = new Map(
  ("AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 " +
    "FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 " +
    "LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 " +
    "ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20").split(" ").map((
      entry,
    ) => [entry.slice(0, 2), Number(entry.slice(2))]),
);
const CN_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** Whether digits, with separators among them, are the number of a payment card: length, first digit, Luhn's sum. */
export function isCardNumber(text: string): boolean {
  const digits = text.replaceAll(/[ -]/g, "");
  if (
    !/^[2-6]\d{12,18}$/.test(digits) || (digits.length > 16 && digits.length < 19) || /^(\d)\1+$/.test(digits)
  ) return false;
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = Number(digits[digits.length - 1 - place]);
    const doubled = place % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** The bank account number that a text begins with, spaces and all; `undefined` when it begins with none. */
export function leadingIban(text: string): string | undefined {
  const length = IBAN_LENGTHS.get(text.slice(0, 2));
  if (length === undefined) return undefined;
  let [end, count] = [0, 0];
  for (; end < text.length && count < length; end++) if (text[end] !== " ") count++;
  const found = text.slice(0, end);
  const bare = found.replaceAll(" ", "");
  if (bare.length !== length || /[A-Z0-9]/.test(text[end] ?? "")) return undefined;
  const moved = bare.slice(4) + bare.slice(0, 4);
  const digits = moved.replaceAll(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  return BigInt(digits) % 97n === 1n ? found : undefined;
}

/** Whether 18 digits, the last of which may be X, are the number of a Chinese identity card (GB 11643). */
export function isChineseId(text: string): boolean {
  const [month, day] = [Number(text.slice(10, 12)), Number(text.slice(12, 14))];
  if (!/^[1-8]\d{5}(?:19|20)\d{9}[\dXx]$/.test(text) || month < 1 || month > 12 || day < 1 || day > 31) {
    return false;
  }
  const sum = CN_WEIGHTS.reduce((total, weight, place) => total + weight * Number(text[place]), 0);
  return "10X98765432"[sum % 11] === text[17]!.toUpperCase();
}

/** Whether four numbers are an address of someone: not this machine, not nobody, not everybody. */
export function isIpv4(text: string): boolean {
  const parts = text.split(".");
  if (parts.some((part) => Number(part) > 255 || (part.length > 1 && part.startsWith("0")))) return false;
  return !/^(?:127\.|0\.|255\.255\.255\.255$)/.test(text);
}

/** Whether a text with colons is an address of someone, and no time of day or name in a program. */
export function isIpv6(text: string): boolean {
  const halves = text.split("::");
  if (halves.length > 2 || text.includes(":::") || !/\d/.test(text)) return false;
  const groups = halves.flatMap((half) => half === "" ? [] : half.split(":"));
  if (groups.some((group) => !/^[0-9A-Fa-f]{1,4}$/.test(group))) return false;
  return halves.length === 2 ? groups.length >= 3 && groups.length < 8 : groups.length === 8;
}
