/** Options of `parseArgs`; the names given here decide the type of what it returns. */
export interface ParseOptions<
  B extends string = string,
  S extends string = string,
  C extends string = string,
  N extends string = string,
  D extends Record<string, unknown> = Record<string, unknown>,
  A extends Record<string, string | readonly string[]> = Record<string, string | readonly string[]>,
  T extends boolean = boolean,
> {
  /** Put what follows `--` into the result's `--` instead of `_`. @default {false} */
  "--"?: T;
  /** Other names of an option, by its name. @default {{}} */
  alias?: A;
  /** Options that take no value, or `true` for every one without an equals sign. @default {false} */
  boolean?: boolean | B | readonly B[];
  /** Values of options that are not given. @default {{}} */
  default?: D;
  /** Put everything from the first argument that is no option into `_`. @default {false} */
  stopEarly?: boolean;
  /** Options whose value is never read as a number. @default {[]} */
  string?: S | readonly S[];
  /** Options that can be given often; all values are kept, in order. @default {[]} */
  collect?: C | readonly C[];
  /** Options that `--no-<name>` sets to `false`. @default {[]} */
  negatable?: N | readonly N[];
  /** Called with each argument that is not declared; `false` drops it. `key` is absent for a plain argument. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

type Aliases<A, K> = K extends keyof A ? A[K] extends readonly (infer I)[] ? I & string : A[K] & string
  : never;
type Named<A, K extends string> = K | Aliases<A, K>;
type Negated<N, K> = K extends N ? false : never;
type Default<D, K> = K extends keyof D ? D[K] : never;

/** What `parseArgs` returns for options of those names. */
export type Args<
  B extends string = never,
  S extends string = never,
  C extends string = never,
  N extends string = never,
  D = Record<never, never>,
  A = Record<never, never>,
  T = false,
> =
  & Record<string, unknown>
  & { [K in B as Named<A, K>]: boolean | Default<D, K> }
  & { [K in Exclude<S, C | keyof D | "_"> as Named<A, K>]?: string | Negated<N, K> }
  & { [K in Exclude<S, C | "_"> & keyof D as Named<A, K>]: string | Negated<N, K> | Default<D, K> }
  & { [K in C as Named<A, K>]: (K extends S ? string[] : unknown[]) | Negated<N, K> | Default<D, K> }
  & (T extends true ? { "--": string[] } : Record<never, never>)
  & {
    /** Arguments that belong to no option. */
    _: (string | number)[];
  };
