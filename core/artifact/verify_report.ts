import type { EffectStore } from "../effects/mod.ts";

/** Something in a run folder that is not as the run left it. */
export interface VerifyProblem {
  /** Relative to the run folder, with `/` between folders. */
  readonly file: string;
  /** What is wrong, in a few words. */
  readonly problem: string;
  /** What the run stated. */
  readonly expected?: string | number | null;
  /** What is there. */
  readonly found?: string | number | null;
}

/** What a run is held against besides its own folder. */
export interface VerifyOptions {
  /** The effect store that was used; costs are recomputed from it as far as it still has the run's effects. */
  readonly store?: EffectStore | undefined;
  /** A public key that has to have signed the run, as `readPublicKey` gives it. */
  readonly publicKey?: Uint8Array | undefined;
}

/** Who signed a run. */
export interface SignatureCheck {
  /** Ids of the keys whose signatures are valid. */
  readonly keys: readonly string[];
  /** Id of the key that was asked for; absent when none was. */
  readonly trusted?: string;
}

/** How far the effects of a run were found in the store. */
export interface EffectCheck {
  /** Effects that the run obtained, counted as often as it did. */
  readonly obtained: number;
  /** Those that the store does not have, or has no more; what they cost cannot be recomputed. */
  readonly missing: number;
}

/** What `verifyRun` found. */
export interface VerifyReport {
  /** Absolute path of the run folder. */
  readonly run_dir: string;
  /** `null` when `run.json` cannot be read. */
  readonly run_id: string | null;
  /** Whether nothing is wrong. */
  readonly ok: boolean;
  /** Files whose digest was computed. */
  readonly files: number;
  /** Rows of stages whose digest was computed. */
  readonly rows: number;
  /** Lines of the ledger that were read. */
  readonly ledger_lines: number;
  /** Present when a store was given. */
  readonly effects?: EffectCheck;
  /** Absent when the run is not signed. */
  readonly signatures?: SignatureCheck;
  /** Files in the folder that the run does not vouch for, such as a dataset card that a person may edit. */
  readonly unproven: readonly string[];
  /** At most 1,000. */
  readonly problems: readonly VerifyProblem[];
}
