import {
  type Fail,
  type JsonObject,
  type KeyedOutcome,
  type KeyedRow,
  type OutputFiles,
  pass,
  reject,
  type Row,
} from "@fastdistill/core/authoring";
import { formatReport } from "@fastdistill/core/authoring";
import type { ContentIds } from "./_content_ids.ts";
import type { ClusterConfig } from "./_near_config.ts";
import type { UnionFind } from "./_union_find.ts";

const REPORT_SCHEMA = "fastdistill.dedup/1";

/** Rows that were searched for near-duplicates. */
export interface SearchedRows {
  readonly count: number;
  /** The rows, in the order in which they came. */
  readonly rows: () => AsyncIterable<KeyedRow>;
  /** How similar pairs of rows are, by number. */
  readonly similarities: (pairs: Uint32Array<ArrayBuffer>) => Promise<Float64Array>;
  /** What names a cluster: it depends on what its rows hold, not on where they are. */
  readonly contents: ContentIds;
}

/** What clusters are settled by. */
export interface ClusterOptions {
  readonly step: string;
  readonly config: ClusterConfig;
  readonly sets: UnionFind;
  /** Rows that stay whatever they are near to; they come first, and are not given back. */
  readonly fixed: number;
  /** By which the row that stays is chosen, the greatest; -Infinity for none. */
  readonly worth: (row: number) => number;
  readonly reports: OutputFiles;
  /** What is wrong with a row, if anything is: it is then in no cluster. */
  readonly failure?: (keyed: KeyedRow) => Fail | undefined;
  /** What the summary says besides. */
  readonly facts: JsonObject;
}

/**
 * Settles all rows, cluster by cluster: one of each stays, and the others are told which, and how similar they are to it.
 * Two reports are written: a summary, and a line for each row that is in a cluster.
 */
export async function* settleClusters(
  searched: SearchedRows,
  options: ClusterOptions,
): AsyncGenerator<KeyedOutcome> {
  const clusters = new Clusters(searched, options);
  const similarities = await clusters.similarities();
  const names = await clusters.namesOfKept();
  const report = await options.reports.create(`${options.step}.clusters.jsonl`);
  try {
    let row = 0;
    for await (const keyed of searched.rows()) {
      const member = clusters.member(row);
      const kept = member === undefined ? "" : names.get(member.kept)!;
      if (member !== undefined) {
        await report.write(lineOf(keyed.rowId, member, { kept, similarity: similarities[row]! }));
      }
      if (row++ < options.fixed) continue;
      const why = member === undefined || member.isKept
        ? undefined
        : `${kept} similarity ${similarities[row - 1]!.toFixed(3)}`;
      const outcome = options.failure?.(keyed) ??
        outcomeOf(keyed.row, { member, why, config: options.config });
      yield { rowId: keyed.rowId, outcome };
    }
  } catch (cause) {
    await report.abort();
    throw cause;
  }
  await report.commit();
  const summary = await options.reports.create(`${options.step}.json`);
  await summary.write(formatReport({ schema: REPORT_SCHEMA, ...clusters.summary(), ...options.facts }));
  await summary.commit();
}

/** A row that is in a cluster. */
interface Member {
  readonly cluster_id: string;
  readonly cluster_size: number;
  /** Number of the row that stays. */
  readonly kept: number;
  readonly isKept: boolean;
}

function lineOf(
  row_id: string,
  { cluster_id, cluster_size, isKept }: Member,
  { kept, similarity }: { readonly kept: string; readonly similarity: number },
): string {
  const rounded = isKept || Number.isNaN(similarity) ? null : Number(similarity.toFixed(6));
  return `${JSON.stringify({ row_id, cluster_id, cluster_size, kept, similarity: rounded })}\n`;
}

interface Settling {
  readonly member: Member | undefined;
  /** Why the row goes, if it does. */
  readonly why: string | undefined;
  readonly config: ClusterConfig;
}

function outcomeOf(row: Row, { member, why, config }: Settling): KeyedOutcome["outcome"] {
  const { action, cluster_columns } = config;
  if (action === "drop" && why !== undefined) return reject("near_duplicate", why);
  if (action === "drop" && !cluster_columns) return pass(row);
  const cluster = { cluster_id: member?.cluster_id ?? null, cluster_size: member?.cluster_size ?? 1 };
  return pass({ ...row, ...cluster, ...(action === "mark" ? { is_duplicate: why !== undefined } : {}) });
}

/** Which rows are in clusters, and which of each stays. By root: the size, the row that stays, the one that names it. */
class Clusters {
  readonly #searched: SearchedRows;
  readonly #fixed: number;
  readonly #roots: Uint32Array;
  readonly #sizes: Uint32Array;
  readonly #kept: Uint32Array;
  readonly #naming: Uint32Array;

  constructor(searched: SearchedRows, { sets, fixed, worth }: ClusterOptions) {
    this.#searched = searched;
    this.#fixed = fixed;
    this.#roots = sets.roots();
    const { length } = this.#roots;
    this.#sizes = new Uint32Array(length);
    this.#kept = new Uint32Array(length);
    this.#naming = new Uint32Array(length);
    for (let row = 0; row < length; row++) {
      const root = this.#roots[row]!;
      const isFirst = this.#sizes[root] === 0;
      this.#sizes[root]!++;
      this.#naming[root] = isFirst ? row : searched.contents.first(this.#naming[root]!, row);
      const kept = this.#kept[root]!;
      if (isFirst || (kept >= fixed && worth(row) > worth(kept))) this.#kept[root] = row;
    }
  }

  /** What a row is in its cluster; `undefined` when it is near to no other. */
  member(row: number): Member | undefined {
    const root = this.#roots[row]!;
    if (this.#sizes[root] === 1) return undefined;
    const kept = this.#kept[root]!;
    return {
      cluster_id: this.#searched.contents.text(this.#naming[root]!),
      cluster_size: this.#sizes[root]!,
      kept,
      isKept: kept === row,
    };
  }

  /** How similar the rows that go are to those that stay, by row; NaN for all others. */
  async similarities(): Promise<Float64Array> {
    const pairs = new Uint32Array(2 * this.#roots.length);
    let used = 0;
    for (let row = this.#fixed; row < this.#roots.length; row++) {
      const kept = this.#kept[this.#roots[row]!]!;
      if (kept === row) continue;
      pairs[used++] = kept;
      pairs[used++] = row;
    }
    const found = await this.#searched.similarities(pairs.subarray(0, used));
    const similarities = new Float64Array(this.#roots.length).fill(NaN);
    for (let at = 0; at < found.length; at++) similarities[pairs[2 * at + 1]!] = found[at]!;
    return similarities;
  }

  /** Ids of the rows that others are told of. */
  async namesOfKept(): Promise<ReadonlyMap<number, string>> {
    const names = new Map<number, string>();
    let row = 0;
    for await (const { rowId } of this.#searched.rows()) {
      const root = this.#roots[row]!;
      if (this.#sizes[root]! > 1 && this.#kept[root] === row) names.set(row, rowId);
      row++;
    }
    return names;
  }

  summary(): JsonObject {
    let [clusters, duplicates, largest, fromCorpus] = [0, 0, 0, 0];
    for (let row = 0; row < this.#roots.length; row++) {
      const root = this.#roots[row]!;
      const size = this.#sizes[root]!;
      if (row === root && size > 1) clusters++;
      largest = Math.max(largest, size);
      const kept = this.#kept[root]!;
      if (row < this.#fixed || kept === row) continue;
      duplicates++;
      if (kept < this.#fixed) fromCorpus++;
    }
    return {
      rows: this.#roots.length - this.#fixed,
      corpus_rows: this.#fixed,
      clusters,
      largest_cluster: largest,
      duplicates,
      duplicates_of_corpus: fromCorpus,
    };
  }
}
