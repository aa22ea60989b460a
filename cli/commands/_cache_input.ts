import type { EffectFilter, EffectStore } from "@fastdistill/core";
import { FastDistillError } from "@fastdistill/core/errors";
import { joinPath, pathExists } from "@fastdistill/core/runtime";
import type { CliIo } from "../cli_io.ts";
import { type Flag, type Invocation, runsDirOf } from "../command.ts";

/** Flags that say which effects are meant. */
export const FILTER_FLAGS: readonly Flag[] = [
  { name: "kind", value: "KIND", summary: "Effects of this kind only, such as chat" },
  { name: "model", value: "MODEL", summary: "Effects of this model only" },
];

/** The flag for the start of a time. */
export const SINCE_FLAG: Flag = {
  name: "since",
  value: "WHEN",
  summary: "Effects recorded since: an age such as 12h or 30d, or a date like 2026-01-31",
};

const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** The effect store that the command line names. */
export function storePathOf(invocation: Invocation): string {
  return joinPath(runsDirOf(invocation), "effects.sqlite");
}

/** Works with the effects of the runs folder; a store that is not there is empty, and is not made. */
export async function withStore<T>(
  invocation: Invocation,
  work: (store: EffectStore) => Promise<T>,
): Promise<T> {
  const { memoryEffectStore, openSqliteEffectStore } = await import("@fastdistill/core");
  const path = storePathOf(invocation);
  const store = await pathExists(path) ? await openSqliteEffectStore(path) : memoryEffectStore();
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** The effects that the flags mean. @throws {FastDistillError} `config.usage` */
export function filterOf({ values }: Invocation, { clock }: Pick<CliIo, "clock">): EffectFilter {
  const [kind, model, since, age] = ["kind", "model", "since", "older-than"].map((name) =>
    values.get(name)?.[0]
  );
  const now = clock.now();
  return {
    kind,
    model,
    since: since === undefined ? undefined : momentOf("since", since, now),
    before: age === undefined ? undefined : momentOf("older-than", age, now),
  };
}

/** A whole number from 1 up that a flag gives. @throws {FastDistillError} `config.usage` */
export function countOf({ values }: Invocation, flag: string, otherwise: number): number {
  const text = values.get(flag)?.[0];
  if (text === undefined) return otherwise;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new FastDistillError("config.usage", `Flag --${flag} takes a whole number from 1, found "${text}"`);
}

function momentOf(flag: string, text: string, now: number): string {
  const [, amount, unit] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  if (unit !== undefined) return new Date(now - Number(amount) * UNITS_MS[unit]!).toISOString();
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw new FastDistillError(
    "config.usage",
    `Flag --${flag} takes an age such as 30d or a date such as 2026-01-31, found "${text}"`,
    { hint: "Ages are in m (minutes), h (hours), d (days) or w (weeks)" },
  );
}
