import { z } from "zod";
import { chooseBanding } from "./_lsh_bands.ts";
import type { NearRule } from "./_near_worker.ts";

const CHARACTERS = 5;
const WORDS = 3;

/** Keys of every step that compares texts by shingles. */
export const SKETCH_KEYS = {
  on: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).describe(
    "Column, or columns, with the text that is compared",
  ),
  threshold: z.number().min(0.1).max(1).default(0.8).describe(
    "Jaccard similarity of two sets of shingles from which on they are near",
  ),
  unit: z.enum(["characters", "words"]).default("characters").describe(
    "What shingles are made of; characters suit short texts and languages without spaces",
  ),
  size: z.int().min(1).max(64).optional().describe("Units of a shingle; 5 characters or 3 words when absent"),
  punctuation: z.boolean().default(true).describe("Whether punctuation and symbols count"),
  permutations: z.int().min(16).max(1024).default(128).describe("Values of a signature at most"),
  miss_weight: z.number().min(0.01).max(0.99).default(0.9).describe(
    "How much a near pair that is missed weighs when the bands are chosen; the rest is the weight of a pair that is compared for nothing",
  ),
  bands: z.int().min(1).max(256).optional().describe(
    "Bands of a signature; chosen from the threshold when absent",
  ),
  rows_per_band: z.int().min(1).max(64).optional().describe(
    "Values of a band; chosen from the threshold when absent",
  ),
} as const;

/** How texts are compared. */
export interface SketchChoices<F extends string> {
  /** Column, or columns, with the text. */
  readonly on: F | readonly F[];
  /** Jaccard similarity. @default {0.8} */
  readonly threshold?: number;
  /** What shingles are made of. @default {"characters"} */
  readonly unit?: "characters" | "words";
  /** Units of a shingle. @default {5 characters or 3 words} */
  readonly size?: number;
  /** Whether punctuation and symbols count. @default {true} */
  readonly punctuation?: boolean;
  /** Values of a signature at most. @default {128} */
  readonly permutations?: number;
  /** How much a near pair that is missed weighs when the bands are chosen. @default {0.9} */
  readonly miss_weight?: number;
  /** Bands of a signature. @default {chosen from the threshold} */
  readonly bands?: number;
  /** Values of a band. @default {chosen from the threshold} */
  readonly rows_per_band?: number;
}

/** Those keys, filled in. */
export type SketchConfig = Readonly<z.infer<z.ZodObject<typeof SKETCH_KEYS>>>;

/** What is wrong with the bands, for `superRefine`. */
export function bandingIssues(
  { bands, rows_per_band, permutations }: SketchConfig,
): readonly { readonly path: string[]; readonly message: string }[] {
  if ((bands === undefined) !== (rows_per_band === undefined)) {
    const path = [bands === undefined ? "bands" : "rows_per_band"];
    return [{ path, message: "Name both bands and rows_per_band, or neither" }];
  }
  if (bands === undefined || bands * rows_per_band! <= permutations) return [];
  const message = `bands times rows_per_band is ${
    bands * rows_per_band!
  }, more than permutations, ${permutations}`;
  return [{ path: ["bands"], message }];
}

/** How texts are cut up and sketched. */
export function nearRuleOf(config: SketchConfig, seed: number): NearRule {
  const { unit, punctuation, threshold, permutations, miss_weight, bands, rows_per_band } = config;
  const banding = bands === undefined
    ? chooseBanding({ threshold, permutations, missWeight: miss_weight })
    : { bands, rows: rows_per_band! };
  const size = config.size ?? (unit === "words" ? WORDS : CHARACTERS);
  return { shingles: { unit, size, punctuation }, minhash: { ...banding, seed } };
}
