import type { Quota } from "./limiter.ts";
import { type BucketRate, refill, take, type TokenBucket, waitFor } from "./_token_bucket.ts";

/** Share of an advertised quota that is left alone: what was said is already a little old. */
const MARGIN = 0.01;

/** A quota that the endpoint advertises, followed between its answers. */
export interface QuotaGate {
  readonly bucket: TokenBucket;
  readonly rate: BucketRate;
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
  return { bucket: { level: remaining - sentSince - limit * MARGIN, at: sentAt }, rate };
}

/** The gate at a later time. */
export function gateAt({ bucket, rate }: QuotaGate, at: number): QuotaGate {
  return { bucket: refill(bucket, at, rate), rate };
}

/** A call is sent that takes so much. */
export function gateAfterSend({ bucket, rate }: QuotaGate, amount: number): QuotaGate {
  return { bucket: take(bucket, amount), rate };
}

/** Milliseconds until so much is left. */
export function gateWait({ bucket, rate }: QuotaGate, wanted: number): number {
  return waitFor(bucket, wanted, rate);
}
