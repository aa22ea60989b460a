/** One combination of what the project has to work with. */
export interface Cell {
  readonly runtime: "deno" | "node";
  /** Version, or the absolute path of a program. */
  readonly version: string;
  /** Whether the packages of {@linkcode OPTIONAL_PACKAGES} are there. */
  readonly packages: "with" | "without";
  /** Whether `@std/*` comes from JSR or from the stand-ins below `compat/`. */
  readonly jsr: "compat" | "real";
}

/** The Deno that the project is developed with, and the oldest on which everything but sandboxes works. */
export const DENO_VERSIONS: readonly string[] = ["2.9.6", "2.8.0"];

/** The oldest Node that the npm package takes, and the newest of each major that it promises to run on. */
export const NODE_VERSIONS: readonly string[] = ["22.16.0", "22", "24"];

/** Packages that are loaded on first use, by code whose error says how to add them. */
export const OPTIONAL_PACKAGES: readonly string[] = [
  "@duckdb/duckdb-wasm",
  "@huggingface/hub",
  "@opentelemetry/api",
  "apache-arrow",
  "aws4fetch",
  "csv-parse",
  "csv-stringify",
  "fzstd",
  "hyparquet",
  "hyparquet-writer",
  "pyodide",
  "quickjs-emscripten",
  "typescript",
];

/** What is chosen of all cells; what is not named is not narrowed. */
export interface Selection {
  readonly deno?: readonly string[];
  readonly node?: readonly string[];
  readonly packages?: readonly Cell["packages"][];
  readonly jsr?: readonly Cell["jsr"][];
}

/** The cells of a selection. Naming versions of one runtime leaves the other one out. */
export function cellsOf({ deno, node, packages, jsr }: Selection = {}): readonly Cell[] {
  const isAny = deno === undefined && node === undefined;
  const runtimes = [
    ...(isAny ? DENO_VERSIONS : deno ?? []).map((version) => ({ runtime: "deno" as const, version })),
    ...(isAny ? NODE_VERSIONS : node ?? []).map((version) => ({ runtime: "node" as const, version })),
  ];
  return (jsr ?? ["compat", "real"] as const).flatMap((names) =>
    (packages ?? ["with", "without"] as const).flatMap((have) =>
      runtimes.map((one) => ({ ...one, packages: have, jsr: names }))
    )
  );
}

/** A cell in words, such as `deno 2.9.6, without packages, compat names`. */
export function describeCell({ runtime, version, packages, jsr }: Cell): string {
  return `${runtime} ${version}, ${packages} packages, ${jsr} names`;
}
