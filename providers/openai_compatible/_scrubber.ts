import { REDACTED, redactText } from "@fastdistill/core/authoring";

/** Takes what is secret out of a text. */
export type Scrub = (text: string) => string;

/** Shorter ones, such as a placeholder `x` for a local server, are no secrets, and would shred every message. */
const SECRET_CHARS_MIN = 4;

/** A key that an endpoint has masked itself: still its first and last letters. */
const MASKED_KEY = /[^\s"'`(]{0,40}\*{4,}[^\s"'`.,)]{0,40}/g;

/** Replaces the given secrets, as they are and as JSON and URLs write them, and all that looks like a credential. */
export function scrubberOf(secrets: readonly string[]): Scrub {
  const forms = new Set(secrets.filter((secret) => secret.length >= SECRET_CHARS_MIN).flatMap(formsOf));
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return (text) => {
    let result = text;
    for (const form of longestFirst) result = result.replaceAll(form, REDACTED);
    return redactText(result.replace(MASKED_KEY, REDACTED));
  };
}

function formsOf(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    json,
    json.replaceAll("/", "\\/"),
    encodeURIComponent(secret.toWellFormed()),
    btoaSafe(secret),
  ];
}

/** Base64 as in basic authentication; of text outside Latin-1 there is none. */
function btoaSafe(secret: string): string {
  return /^[\0-\xff]*$/.test(secret) ? btoa(secret) : secret;
}
