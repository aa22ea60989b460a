import type { Quota } from "../provider/mod.ts";
import type { CallOutcome, LeaseRequest } from "./limiter.ts";
import { gateAfterSend, gateAt, gateWait, type QuotaGate, quotaGate } from "./_quota_gate.ts";
import { refill, take, type TokenBucket, waitFor } from "./_token_bucket.ts";

const MINUTE_MS = 60_000;
/** So much of a minute may be used at once. */
const BURST_MS = 100;
/** So much of a learned pace may be used at once. */
const PACE_BURST_MS = 50;
const MEMORY = 0.1;

/** Limits on requests and tokens a minute. */
export interface OwnQuotas {
  readonly rpm?: number | undefined;
  readonly tpm?: number | undefined;
}

/** A pace that starts anew. */
export interface PaceRestart {
  readonly pace: { readonly limit: number };
  readonly cutAt: number;
  readonly resumesAt: number;
  readonly credit: number;
}

type Unit = Quota["of"];

interface Gate {
  readonly of: Unit;
  readonly gate: QuotaGate;
  /** When the call was sent whose answer stated the quota. */
  readonly statedAt: number;
}

/** The buckets of an endpoint: the limits of the pipeline, quotas that the endpoint advertises, and the learned pace. */
export class Quotas {
  readonly #gates = new Map<string, Gate>();
  /** Share of the worst case that calls took, by priority. */
  readonly #shares = new Map<number, number>();
  readonly #used = { requests: 0, tokens: 0 };
  #pace: TokenBucket;

  /** @throws {RangeError} when a rate is not positive */
  constructor({ rpm, tpm }: OwnQuotas, at: number) {
    this.#pace = { level: 1, at };
    if (rpm !== undefined) this.#gates.set("rpm", ownGate("requests", rpm, at));
    if (tpm !== undefined) this.#gates.set("tpm", ownGate("tokens", tpm, at));
  }

  /** Milliseconds until the pace lets a call through. */
  paceWait(perSecond: number, at: number): number {
    if (perSecond === Infinity) return 0;
    const rate = { perMs: perSecond / 1_000, capacity: Math.max(1, perSecond / 1_000 * PACE_BURST_MS) };
    this.#pace = refill(this.#pace, at, rate);
    return this.#pace.at > at ? this.#pace.at - at : waitFor(this.#pace, 1, rate);
  }

  /** Begins the pace anew after a cut; part of what a pause missed may be made up for. */
  restartPace({ pace, cutAt, resumesAt, credit }: PaceRestart): void {
    const missed = pace.limit === Infinity ? 0 : pace.limit / 1_000 * (resumesAt - cutAt);
    this.#pace = { level: Math.min(missed, pace.limit) * credit, at: resumesAt };
  }

  /** Milliseconds until the quotas let a call through. */
  wait(request: LeaseRequest, at: number): number {
    let longest = 0;
    for (const [name, { gate, ...rest }] of this.#gates) {
      const now = gateAt(gate, at);
      this.#gates.set(name, { ...rest, gate: now });
      longest = Math.max(longest, gateWait(now, { wanted: this.#amount(rest.of, request), at }));
    }
    return longest;
  }

  /** How many calls like this one the quotas would let through at once; as of the last look at them. */
  room(request: LeaseRequest): number {
    const rooms = [...this.#gates.values()].map(({ of, gate: { bucket } }) => {
      const amount = this.#amount(of, request);
      return amount > 0 ? bucket.level / amount : Infinity;
    });
    return Math.min(...rooms);
  }

  /** A call is sent. @returns what to do with its outcome */
  send(request: LeaseRequest, at: number): (outcome: CallOutcome) => void {
    const amounts = { requests: 1, tokens: this.#amount("tokens", request) };
    this.#pace = take(this.#pace, 1);
    this.#take(amounts);
    this.#used.requests++;
    this.#used.tokens += amounts.tokens;
    const used = { ...this.#used };
    return (outcome) => {
      if (outcome.kind === "ok" && outcome.tokens !== undefined) {
        this.#learn(request, outcome.tokens);
        this.#take({ requests: 0, tokens: outcome.tokens - amounts.tokens });
        this.#used.tokens += outcome.tokens - amounts.tokens;
      }
      if (outcome.kind !== "ok" && outcome.kind !== "rate_limited") return;
      for (const quota of outcome.quotas ?? []) this.#state(quota, at, this.#used[quota.of] - used[quota.of]);
    };
  }

  #state(quota: Quota, sentAt: number, sentSince: number): void {
    const name = `advertised ${quota.of}`;
    const known = this.#gates.get(name);
    if (known !== undefined && known.statedAt > sentAt) return;
    const gate = quotaGate({ quota, sentAt, sentSince });
    if (gate !== undefined) this.#gates.set(name, { of: quota.of, gate, statedAt: sentAt });
  }

  #take(amounts: Readonly<Record<Unit, number>>): void {
    for (const [name, gate] of this.#gates) {
      this.#gates.set(name, { ...gate, gate: gateAfterSend(gate.gate, amounts[gate.of]) });
    }
  }

  #amount(of: Unit, { tokens = 0, priority }: LeaseRequest): number {
    return of === "requests" ? 1 : tokens * (this.#shares.get(priority) ?? 1);
  }

  #learn({ tokens = 0, priority }: LeaseRequest, actual: number): void {
    if (tokens <= 0) return;
    const known = this.#shares.get(priority);
    const share = actual / tokens;
    this.#shares.set(priority, known === undefined ? share : known + MEMORY * (share - known));
  }
}

function ownGate(of: Unit, perMinute: number, at: number): Gate {
  if (!(perMinute > 0)) throw new RangeError(`A limit a minute is positive, found ${perMinute}`);
  // What is there at first counts too, so that no minute sees more than the limit.
  const capacity = Math.max(1, perMinute * BURST_MS / MINUTE_MS);
  const perMs = Math.max(perMinute - capacity, perMinute / 2) / MINUTE_MS;
  const rate = { perMs, capacity };
  return { of, gate: { bucket: { level: rate.capacity, at }, rate }, statedAt: at };
}
