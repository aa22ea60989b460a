import type {
  celEnv,
  celFunc,
  CelInput,
  CelScalar,
  isCelError,
  isCelList,
  isCelMap,
  isCelUint,
} from "@bufbuild/cel";
import type { parse, plan } from "@bufbuild/cel";
import { FastDistillError } from "../errors/mod.ts";
import type { Json } from "../record/mod.ts";

/** The nodes of a parsed expression. Source: cel-spec, proto/cel/expr/syntax.proto. */
export type CelNode = NonNullable<ReturnType<typeof parse>["expr"]>;

/** An expression that was read. */
export interface CelProgram {
  readonly root: CelNode;
  /** Node id to offset in the text. */
  readonly positions: Readonly<Record<string, number>>;
  readonly evaluate: (variables: Readonly<Record<string, unknown>>) => unknown;
}

/** The expression library, as far as it is used. */
export interface Cel {
  readonly parse: (text: string) => CelProgram;
  readonly isFunction: (name: string) => boolean;
  readonly functions: readonly string[];
  readonly isError: (value: unknown) => value is Error;
  /** The value of the expression `text` as JSON. @throws {FastDistillError} `step.expression` for what JSON does not have */
  readonly toJson: (value: unknown, text: string) => Json;
}

interface Library {
  readonly celEnv: typeof celEnv;
  readonly celFunc: typeof celFunc;
  readonly CelScalar: typeof CelScalar;
  readonly isCelError: typeof isCelError;
  readonly isCelList: typeof isCelList;
  readonly isCelMap: typeof isCelMap;
  readonly isCelUint: typeof isCelUint;
  readonly parse: typeof parse;
  readonly plan: typeof plan;
}

let loading: Promise<Cel> | undefined;

/** Loads the library on first use. */
export function loadCel(): Promise<Cel> {
  loading ??= Promise.all([import("@bufbuild/cel"), import("@bufbuild/cel/ext")])
    .then(([library, { strings }]) => adapt(library, strings));
  return loading;
}

function adapt(library: Library, strings: readonly ReturnType<typeof celFunc>[]): Cel {
  const environment = library.celEnv({ funcs: [...strings, ...mixedArithmetic(library)] });
  return {
    parse: (text) => {
      const parsed = library.parse(text);
      const evaluate = library.plan(environment, parsed);
      return {
        root: parsed.expr,
        positions: parsed.sourceInfo?.positions ?? {},
        evaluate: (variables) => evaluate(variables as Record<string, CelInput>),
      };
    },
    isFunction: (name) => environment.funcs.find(name) !== undefined,
    functions: [...new Set([...environment.funcs].map(({ name }) => name))].filter((name) =>
      /^\w/.test(name)
    ),
    isError: (value): value is Error => library.isCelError(value),
    toJson: (value, text) => {
      try {
        return toJson(library, value);
      } catch (cause) {
        if (!(cause instanceof NotJson)) throw cause;
        const message = `The expression "${text}" must give a JSON value, found ${cause.message}`;
        throw new FastDistillError("step.expression", message, {
          hint: cause.hint,
          context: { expression: text },
        });
      }
    },
  };
}

/**
 * JSON numbers are doubles, and CEL has no arithmetic between a double and the `1` of `n + 1`; here it has, and the
 * result is a double. Comparisons between the two are CEL's own.
 */
function mixedArithmetic(
  { celFunc, CelScalar: { DOUBLE, INT } }: Library,
): readonly ReturnType<typeof celFunc>[] {
  const operators: readonly (readonly [string, (a: number, b: number) => number])[] = [
    ["_+_", (a, b) => a + b],
    ["_-_", (a, b) => a - b],
    ["_*_", (a, b) => a * b],
    ["_/_", (a, b) => a / b],
    ["_%_", (a, b) => a % b],
  ];
  return operators.flatMap(([name, apply]) => [
    celFunc(name, [DOUBLE, INT], DOUBLE, (a, b) => apply(a, Number(b))),
    celFunc(name, [INT, DOUBLE], DOUBLE, (a, b) => apply(Number(a), b)),
    ...(name === "_%_" ? [celFunc(name, [DOUBLE, DOUBLE], DOUBLE, apply)] : []),
  ]);
}

/** A JSON value as CEL takes it. Objects become maps, whatever their keys are called. */
export function celInput(value: Json): unknown {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(celInput);
  return new Map(Object.entries(value).map(([key, item]) => [key, celInput(item)]));
}

function toJson(library: Library, value: unknown): Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return finite(value);
  if (typeof value === "bigint") return exact(value);
  if (library.isCelUint(value)) return exact(value.value);
  if (library.isCelList(value)) return [...value].map((item) => toJson(library, item));
  if (library.isCelMap(value)) {
    return Object.fromEntries(
      [...value].map(([key, item]) => [String(toJson(library, key)), toJson(library, item)]),
    );
  }
  throw new NotJson("a value of a type that JSON does not have", "Wrap it in string(...)");
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new NotJson(String(value), "JSON has no such number");
  return value;
}

function exact(value: bigint): number {
  if (BigInt(Number(value)) !== value) {
    throw new NotJson(`${value}`, "JSON numbers do not hold it exactly; use string(...)");
  }
  return Number(value);
}

class NotJson extends Error {
  readonly hint: string;

  constructor(found: string, hint: string) {
    super(found);
    this.hint = hint;
  }
}
