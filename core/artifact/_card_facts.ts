import type { Json } from "../record/mod.ts";
import type { CostReport, RunSummary } from "../report/mod.ts";
import type { Manifest } from "./manifest.ts";

/** How much of a file's digest a card shows. */
export const DIGEST_CHARS = 12;

/** What a card says that the run does not know. */
export interface CardOptions {
  /** Headline. @default {the name of the pipeline} */
  readonly title?: string;
  /** Identifier of the licence, such as `apache-2.0`, `cc-by-4.0` or `other`. @default {none is stated} */
  readonly license?: string;
  /** Name of a licence that is `other`. @default {none} */
  readonly licenseName?: string;
  /** Where the licence can be read. @default {none} */
  readonly licenseLink?: string;
  /** Languages of the texts, ISO 639. @default {[]} */
  readonly languages?: readonly string[];
  /** Further tags. @default {[]} */
  readonly tags?: readonly string[];
  /** What the dataset is for, such as `text-generation`. @default {[]} */
  readonly tasks?: readonly string[];
  /** How many rows of each file are shown. @default {1} */
  readonly samples?: number;
}

/** An exported file, as a card lists it. */
export interface CardFile {
  /** The step that wrote it. */
  readonly config: string;
  /** Its split; `train` for a file that is not divided. */
  readonly split: string;
  /** Relative to the run folder. */
  readonly path: string;
  readonly rows: number;
  readonly sha256: string;
  /** Its first rows, cut and without credentials. */
  readonly samples: readonly Json[];
}

/** Sum of a column that `count_tokens` made, in one stage. */
export interface TokenTotal {
  readonly stage: string;
  readonly column: string;
  readonly encoding: string;
  readonly tokens: number;
}

/** All that a card is made from; nothing of it changes when the run is executed again. */
export interface CardFacts {
  readonly options: CardOptions;
  readonly summary: RunSummary;
  readonly cost: CostReport;
  readonly files: readonly CardFile[];
  readonly tokens: readonly TokenTotal[];
  readonly manifests: readonly { readonly manifest: Manifest; readonly digest: string }[];
  readonly rows: number;
  readonly sizeCategory: string;
}
