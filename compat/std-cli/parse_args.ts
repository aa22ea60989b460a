/**
 * {@linkcode parseArgs} turns command line arguments into an object of options.
 *
 * @example Options by kind
 * ```ts
 * import { parseArgs } from "@std/cli/parse-args";
 * import { assertEquals } from "@std/assert";
 *
 * const args = parseArgs(["run", "--json", "--set", "a=1", "--set", "b=2"], {
 *   boolean: ["json"],
 *   string: ["set"],
 *   collect: ["set"],
 * });
 * assertEquals(args, { _: ["run"], json: true, set: ["a=1", "b=2"] });
 * ```
 *
 * @module
 */
// @ts-types="@types/minimist"
import minimist from "minimist";
import type { Args, ParseOptions } from "./_argument_types.ts";

export type { Args, ParseOptions };

// minimist takes every `--no-x` for `x: false`. One that was not declared negatable travels under another name.
const HIDDEN = "\u0001no-";

type Names = ReadonlySet<string>;
type Values = Record<string, unknown>;

/**
 * Parses command line arguments.
 *
 * Without `boolean`, `string` or `collect` the kind of each value is guessed: numbers become numbers, and an option
 * with nothing after it is `true`. An option given twice keeps its last value unless it is collected.
 *
 * @param args The arguments, without the program's name.
 * @param options What the options are.
 * @returns The options by name, what is left in `_`, and with `"--": true` what comes after `--` in `--`.
 * @throws {TypeError} If an option is both boolean and collected, which this stand-in does not support.
 */
export function parseArgs<
  const B extends string = never,
  const S extends string = never,
  const C extends string = never,
  const N extends string = never,
  const D extends Record<string, unknown> = Record<never, never>,
  const A extends Record<string, string | readonly string[]> = Record<never, never>,
  const T extends boolean = false,
>(args: readonly string[], options: ParseOptions<B, S, C, N, D, A, T> = {}): Args<B, S, C, N, D, A, T> {
  const aliases = aliasGroups(options.alias ?? {});
  const [boolean, string, collect, negatable] = [
    options.boolean,
    options.string,
    options.collect,
    options.negatable,
  ]
    .map((names) => withAliases(names, aliases)) as [Names, Names, Names, Names];
  refuseCollectedBooleans(boolean, collect);
  const hide = (name: string) =>
    /^no-./.test(name) && !negatable.has(name.slice(3)) ? HIDDEN + name.slice(3) : name;
  const unknown = options.unknown;
  const parsed = minimist(hiddenArgs(args, hide), {
    alias: Object.fromEntries([...aliases].map(([name, others]) => [hide(name), others.map(hide)])),
    boolean: options.boolean === true ? true : [...boolean].map(hide),
    default: Object.fromEntries(
      Object.entries(options.default ?? {}).filter(([name]) => boolean.has(name)).map((
        [k, v],
      ) => [hide(k), v]),
    ),
    string: [...string].map(hide),
    stopEarly: options.stopEarly ?? false,
    "--": options["--"] ?? false,
    ...(unknown && { unknown: (arg: string) => keepUnknown(arg, unknown, collect) }),
  });
  const { _, "--": rest, ...values } = parsed;
  const result = { ...settle(values, collect), _, ...(rest && { "--": rest }) };
  fillIn(result, { defaults: options.default ?? {}, aliases, collect });
  return result as unknown as Args<B, S, C, N, D, A, T>;
}

/** Each name with its other names, in both directions. */
function aliasGroups(
  alias: Record<string, string | readonly string[]>,
): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, readonly string[]>();
  for (const [name, other] of Object.entries(alias)) {
    const group = [name, ...[other].flat() as string[]];
    for (const member of group) groups.set(member, group.filter((it) => it !== member));
  }
  return groups;
}

function withAliases(
  names: boolean | string | readonly string[] | undefined,
  aliases: ReadonlyMap<string, readonly string[]>,
): Names {
  const own = names === undefined || typeof names === "boolean" ? [] : [names].flat() as string[];
  return new Set(own.flatMap((name) => [name, ...(aliases.get(name) ?? [])]));
}

function refuseCollectedBooleans(boolean: Names, collect: Names): void {
  const both = [...boolean].find((name) => collect.has(name));
  if (both) throw new TypeError(`Cannot parse arguments: this stand-in collects no boolean option: ${both}`);
}

function hiddenArgs(args: readonly string[], hide: (name: string) => string): string[] {
  const end = args.indexOf("--");
  return args.map((arg, index) => {
    const flag = end === -1 || index < end ? /^--(no-[^=]+)(.*)$/s.exec(arg) : null;
    return flag ? `--${hide(flag[1]!)}${flag[2]}` : arg;
  });
}

function shown(name: string): string {
  return name.replace(HIDDEN, "no-");
}

function keepUnknown(arg: string, unknown: NonNullable<ParseOptions["unknown"]>, collect: Names): boolean {
  const [, key, value] = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(shown(arg)) ?? [];
  if (key === undefined) return unknown(arg) !== false;
  return collect.has(key) || unknown(shown(arg), key, value ?? true) !== false;
}

/** Names shown again; of a list of values the last one, or all where the option is collected. */
function settle(values: Values, collect: Names, path = ""): Values {
  return Object.fromEntries(
    Object.entries(values).map(([hidden, value]) => {
      const name = shown(hidden);
      if (collect.has(path + name)) return [name, collected(value)];
      if (Array.isArray(value)) return [name, value.at(-1)];
      const nested = typeof value === "object" && value !== null;
      return [name, nested ? settle(value as Values, collect, `${path}${name}.`) : value];
    }),
  );
}

/** The list that minimist made, or one of a single value; a negation at the end takes its place. */
function collected(value: unknown): unknown {
  const values = Array.isArray(value) ? value : [value];
  return values.at(-1) === false ? false : values.filter((it) => it !== false);
}

interface FillIn {
  readonly defaults: Values;
  readonly aliases: ReadonlyMap<string, readonly string[]>;
  readonly collect: Names;
}

function fillIn(result: Values, { defaults, aliases, collect }: FillIn): void {
  for (const [name, value] of Object.entries(defaults)) {
    for (const each of [name, ...(aliases.get(name) ?? [])]) setIfAbsent(result, each, value);
  }
  for (const name of collect) setIfAbsent(result, name, []);
}

function setIfAbsent(result: Values, dotted: string, value: unknown): void {
  const keys = dotted.split(".");
  const last = keys.pop()!;
  let parent = result;
  for (const key of keys) parent = (parent[key] ??= {}) as Values;
  if (!Object.hasOwn(parent, last)) parent[last] = value;
}
