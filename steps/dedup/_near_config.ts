import type { ColumnFlow, ColumnType, InspectContext, Inspection } from "@fastdistill/core/authoring";
import { z } from "zod";
import { corpusFingerprints } from "./_corpus.ts";

const column = z.string().min(1);

/** Keys of every step that finds near-duplicates among all rows. */
export const CLUSTER_KEYS = {
  keep: z.enum(["first", "longest", "highest", "lowest"]).default("first").describe(
    "Which row of a cluster stays: the first, that with the longest text, or that with the highest or lowest value of the column in by; of equals the first",
  ),
  by: column.optional().describe(
    "Column that keep goes by: of highest and lowest its numbers, null is worse than any; of longest its text, in place of the text that is compared",
  ),
  against: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional().describe(
    "Files of any format that read_files reads, told by the ending, whose rows stay whatever they are like: a row of this run that is near to one of them goes",
  ),
  against_on: z.union([column, z.array(column).min(1)]).optional().describe(
    "What the columns are called in those files, in the same order, where they are called otherwise",
  ),
  action: z.enum(["drop", "mark"]).default("drop").describe(
    "Whether near-duplicates are rejected, or pass with the columns cluster_id, cluster_size and is_duplicate",
  ),
  cluster_columns: z.boolean().default(false).describe(
    "Whether the rows that stay get cluster_id and cluster_size when the others are dropped",
  ),
  workers: z.int().min(1).max(64).default(2).describe("Helper processes; the result does not depend on it"),
} as const;

/** What `dedup_minhash` and `dedup_semantic` do with clusters. */
export interface ClusterChoices<By extends string, Action extends "drop" | "mark"> {
  /** Which row of a cluster stays. @default {"first"} */
  readonly keep?: "first" | "longest" | "highest" | "lowest";
  /** Column that `keep` goes by. */
  readonly by?: By;
  /** Files, of any format that `read_files` reads, whose rows stay. */
  readonly against?: string | readonly string[];
  /** What the columns are called in those files. @default {as in the pipeline} */
  readonly against_on?: string | readonly string[];
  /** Whether near-duplicates are rejected or marked. @default {"drop"} */
  readonly action?: Action;
  /** Whether the rows that stay say what cluster they stand for. @default {false} */
  readonly cluster_columns?: boolean;
  /** Helper processes. @default {2} */
  readonly workers?: number;
}

/** Columns that say of which cluster a row is; where near-duplicates are marked. */
export type ClusterColumns<Action extends "drop" | "mark"> = Action extends "mark" ? {
    /** 16 hex digits that depend on what the rows of the cluster hold; null for a row that is near to none. */
    readonly cluster_id: string | null;
    /** Rows of the cluster, those of `against` included; 1 for a row that is near to none. */
    readonly cluster_size: number;
    /** Whether another row of the cluster stands for this one. */
    readonly is_duplicate: boolean;
  }
  : unknown;

/** Those keys, filled in. */
export type ClusterConfig = Readonly<z.infer<z.ZodObject<typeof CLUSTER_KEYS>>>;

/** What is wrong with such keys, for `superRefine`. */
export function clusterIssues(
  config: ClusterConfig,
  columns: readonly string[],
): readonly { readonly path: string[]; readonly message: string }[] {
  const { keep, by, against, against_on } = config;
  const needsBy = keep === "highest" || keep === "lowest";
  const others = against_on === undefined ? undefined : [against_on].flat();
  return [
    ...(needsBy && by === undefined
      ? [{ path: ["by"], message: `Name the column that ${keep} goes by` }]
      : []),
    ...(keep === "first" && by !== undefined
      ? [{ path: ["by"], message: "The first of a cluster does not go by a column" }]
      : []),
    ...(others !== undefined && against === undefined
      ? [{ path: ["against_on"], message: "Name the files in against" }]
      : []),
    ...(others !== undefined && others.length !== columns.length
      ? [{
        path: ["against_on"],
        message: `Name as many columns as are compared, ${columns.length}, found ${others.length}`,
      }]
      : []),
  ];
}

/** What such a step does to columns. */
export function clusterFlow(
  config: ClusterConfig,
  { key, columns, type = "any" }: {
    readonly key: string;
    readonly columns: readonly string[];
    readonly type?: ColumnType;
  },
): ColumnFlow {
  const { keep, by, action, cluster_columns } = config;
  const ofBy: ColumnType = keep === "longest" ? "any" : "number";
  return {
    requires: [
      ...columns.map((column) => ({ column, type, at: [key] })),
      ...(by === undefined ? [] : [{ column: by, type: ofBy, at: ["by"] }]),
    ],
    adds: {
      ...(action === "mark" || cluster_columns
        ? { cluster_id: "string" as const, cluster_size: "number" as const }
        : {}),
      ...(action === "mark" ? { is_duplicate: "boolean" as const } : {}),
    },
  };
}

/** The files to compare with decide what comes out. */
export async function inspectAgainst(
  { against }: { readonly against?: string | readonly string[] | undefined },
  context: InspectContext,
): Promise<Inspection> {
  return { inputs: await corpusFingerprints([against ?? []].flat(), context) };
}
