import type { JoinConfig } from "../config/mod.ts";
import type { Expression } from "../expression/mod.ts";

/** A route, checked and ready to be used. */
export type PlannedRoute =
  | {
    /** The first case that holds. */
    readonly by: "cases";
    /** In order. */
    readonly cases: readonly { readonly when: Expression; readonly to: readonly string[] }[];
    /** Where none holds. */
    readonly otherwise: readonly string[];
  }
  | {
    /** Drawn by row and seed. */
    readonly by: "sample";
    /** How many. */
    readonly count: number;
    /** Of all readers. */
    readonly weights: ReadonlyMap<string, number>;
  }
  | {
    /** The steps that ask a provider. */
    readonly by: "provider";
    /** Its name. */
    readonly provider: Expression;
    /** Steps by the provider that they ask. */
    readonly steps: ReadonlyMap<string, readonly string[]>;
  };

/** How a step joins. */
export interface PlannedJoin extends JoinConfig {
  /** The step whose rows are put together again. */
  readonly anchor: string;
  /** The steps that read the anchor, in the order in which their rows are put together. */
  readonly branches: readonly string[];
  /** Columns of a joined row. */
  readonly columns: readonly string[];
}
