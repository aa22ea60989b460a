import type { Quota } from "../provider/mod.ts";
import { type BucketRate, refill, take, type TokenBucket, waitFor } from "./_token_bucket.ts";

/** Share of an advertised quota that is left alone: what was said is already a little old. */
const MARGIN = 0.01;

/** A quota that the endpoint advertises, followed between its answers. */
export interface QuotaGate {
  readonly bucket: TokenBucket;
  readonly rate: BucketRate;
  /** When all of it comes back at once; absent where it comes back little by little. */
  readonly returnsAt?: number;
}

/** A quota as it was stated by the answer to a call. */
export interface StatedQuota {
  readonly quota: Quota;
  /** When the call was sent that the statement came with. */
  readonly sentAt: number;
  /** What was sent after that call, of which the endpoint may not have known. */
  readonly sentSince: number;
}

/** What a statement says about now. Nothing, where it makes no sense. */
export function quotaGate({ quota, sentAt, sentSince }: StatedQuota): QuotaGate | undefined {
  const { limit, remaining, resetMs } = quota;
  if (!(limit > 0) || !(resetMs > 0) || !(remaining >= 0) || remaining >= limit) return undefined;
  const rate = { perMs: (limit - remaining) / resetMs, capacity: limit };
  const gate = { bucket: { level: remaining - sentSince - limit * MARGIN, at: sentAt }, rate };
  return quota.returns === "at_once" ? { ...gate, returnsAt: sentAt + resetMs } : gate;
}

/** The gate at a later time. */
export function gateAt(gate: QuotaGate, at: number): QuotaGate {
  const { bucket, rate, returnsAt } = gate;
  if (returnsAt === undefined) return { bucket: refill(bucket, at, rate), rate };
  if (at < returnsAt) return gate;
  // Nobody said what comes after the window: its rate, until the next answer does.
  const level = rate.capacity * (1 - MARGIN);
  return { bucket: refill({ level, at: returnsAt }, at, rate), rate };
}

/** A call is sent that takes so much. */
export function gateAfterSend(gate: QuotaGate, amount: number): QuotaGate {
  return { ...gate, bucket: take(gate.bucket, amount) };
}

/** Milliseconds until so much is left. */
export function gateWait({ bucket, rate, returnsAt }: QuotaGate, { wanted, at }: GateQuestion): number {
  const wait = waitFor(bucket, wanted, rate);
  return wait > 0 && returnsAt !== undefined ? returnsAt - at : wait;
}

/** What a gate is asked. */
export interface GateQuestion {
  readonly wanted: number;
  /** The time of the gate. */
  readonly at: number;
}
