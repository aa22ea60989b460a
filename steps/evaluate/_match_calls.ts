import { canonicalJson, isJsonObject, type Json, type JsonObject } from "@fastdistill/core/authoring";
import { parseJsonText } from "./_json_schema.ts";
import { type FoundCall, malformed } from "./_tool_calls.ts";

/** A call that is wanted. */
export interface WantedCall {
  readonly name: string;
  /** Values that each argument may have. */
  readonly accepted: ReadonlyMap<string, readonly Json[]>;
  /** Arguments that may be missing. */
  readonly optional: ReadonlySet<string>;
}

/** How calls are compared with those that are wanted. */
export interface MatchRules {
  /** Whether calls must come in the order of the wanted ones. */
  readonly isOrdered: boolean;
  /** Whether there may be calls besides those that are wanted. */
  readonly allowExtra: boolean;
  /** Whether case, white space and punctuation of texts do not count. */
  readonly isLoose: boolean;
  /** What an argument stands for that is left out, by tool. */
  readonly defaultsOf: (tool: string) => JsonObject;
}

/** Wanted calls that are given as calls: every argument has one value. */
export function wantedExactly(calls: readonly FoundCall[]): readonly WantedCall[] {
  return calls.map(({ name, arguments: args = {} }) => ({
    name,
    accepted: new Map(Object.entries(args).map(([key, value]) => [key, [value]])),
    optional: new Set(),
  }));
}

/**
 * Wanted calls in the form of the Berkeley Function-Calling Leaderboard: `[{name: {argument: [accepted, ...]}}]`, where an
 * empty text among the accepted values makes the argument optional.
 * @throws {FastDistillError} `data.malformed`
 */
export function wantedByLists(value: Json): readonly WantedCall[] {
  const parsed = typeof value === "string" ? parseJsonText(value, { allowFence: false }) : value;
  const items = Array.isArray(parsed) ? parsed : parsed === null ? [] : [parsed];
  return items.flatMap((item: Json) => {
    if (!isJsonObject(item)) throw malformed(`wanted calls, found ${JSON.stringify(item).slice(0, 80)}`);
    return Object.entries(item).map(([name, args]) => {
      if (!isJsonObject(args)) {
        throw malformed(`accepted values of ${name}, found ${JSON.stringify(args).slice(0, 80)}`);
      }
      const accepted = Object.entries(args).map(([key, values]): readonly [string, readonly Json[]] => [
        key,
        Array.isArray(values) ? values : [values],
      ]);
      const optional = accepted.filter(([, values]) => values.includes("")).map(([key]) => key);
      return { name, accepted: new Map(accepted), optional: new Set(optional) };
    });
  });
}

/** What is missing or wrong, in words; empty when the calls are those that are wanted. */
export function matchCalls(
  calls: readonly FoundCall[],
  wanted: readonly WantedCall[],
  rules: MatchRules,
): readonly string[] {
  const extra = calls.length - wanted.length;
  if (extra > 0 && !rules.allowExtra) return [`${calls.length} calls, wanted ${wanted.length}`];
  const fits = (want: WantedCall, call: FoundCall) => differenceOf(call, want, rules) === undefined;
  const unmet = rules.isOrdered ? firstUnmetInOrder(calls, wanted, fits) : firstUnmet(calls, wanted, fits);
  if (unmet === undefined) return [];
  const near = calls.find(({ name }) => name === unmet.name);
  const reason = near === undefined
    ? "is not made"
    : differenceOf(near, unmet, rules) ?? "is made at another place";
  return [`the wanted call of ${unmet.name} ${reason}`];
}

type Fits = (want: WantedCall, call: FoundCall) => boolean;

function firstUnmetInOrder(
  calls: readonly FoundCall[],
  wanted: readonly WantedCall[],
  fits: Fits,
): WantedCall | undefined {
  let at = 0;
  for (const want of wanted) {
    while (at < calls.length && !fits(want, calls[at]!)) at++;
    if (at++ >= calls.length) return want;
  }
  return undefined;
}

/** Gives each wanted call one of its own, moving earlier ones where that helps (augmenting paths). */
function firstUnmet(
  calls: readonly FoundCall[],
  wanted: readonly WantedCall[],
  fits: Fits,
): WantedCall | undefined {
  const takenBy = new Map<number, number>();
  const place = (want: number, tried: Set<number>): boolean =>
    calls.some((call, at) => {
      if (tried.has(at) || !fits(wanted[want]!, call)) return false;
      tried.add(at);
      const owner = takenBy.get(at);
      if (owner !== undefined && !place(owner, tried)) return false;
      takenBy.set(at, want);
      return true;
    });
  return wanted.find((_, index) => !place(index, new Set()));
}

/** Why a call is not the wanted one. */
function differenceOf(call: FoundCall, want: WantedCall, rules: MatchRules): string | undefined {
  if (call.name !== want.name) return `is a call of ${call.name}`;
  const given = call.arguments ?? {};
  const defaults = rules.defaultsOf(call.name);
  for (const [key, accepted] of want.accepted) {
    const value = given[key] ?? defaults[key];
    if (value === undefined) {
      if (want.optional.has(key) || accepted.includes(null)) continue;
      return `lacks the argument ${key}`;
    }
    if (!accepted.some((one) => isSameValue(value, one, rules.isLoose))) return `has another ${key}`;
  }
  const stray = Object.keys(given).find((key) =>
    !want.accepted.has(key) &&
    (defaults[key] === undefined || !isSameValue(given[key]!, defaults[key], rules.isLoose))
  );
  return stray === undefined ? undefined : `has the argument ${stray} besides`;
}

function isSameValue(a: Json, b: Json, isLoose: boolean): boolean {
  return canonicalJson(isLoose ? loosened(a) : a) === canonicalJson(isLoose ? loosened(b) : b);
}

function loosened(value: Json): Json {
  if (typeof value === "string") {
    return value.normalize("NFKC").toLowerCase().replaceAll(/[\s,./\-_*^'"]/g, "");
  }
  if (Array.isArray(value)) return value.map(loosened);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, loosened(item)]));
}
