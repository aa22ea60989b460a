import { describeThrown, FastDistillError, isFastDistillError } from "../errors/mod.ts";
import { AsyncScope, type Clock, type RandomStream } from "../runtime/mod.ts";
import type { BudgetLedger, Reservation, Spending } from "./budget_ledger.ts";
import type { Hedging } from "./hedging.ts";
import { type Quota, quotasOfError } from "../provider/mod.ts";
import type { CallOutcome, Lease, Limiter } from "./limiter.ts";
import { onAbort } from "./_on_abort.ts";

const BACKOFF_BASE_MS = 500;
const BACKOFF_MAX_MS = 60_000;

/** One endpoint as the gateway sees it. */
export interface Endpoint {
  /** Name of the provider in the pipeline. */
  readonly name: string;
  readonly limiter: Limiter;
  /** Milliseconds until an attempt is given up. */
  readonly timeoutMs: number;
  /** How often a call is tried in all. */
  readonly attempts: number;
  /** Sends calls that take long a second time. @default {never} */
  readonly hedging?: Hedging | undefined;
}

/** A call that passes the gateway. */
export interface GatewayCall<T> {
  readonly endpoint: Endpoint;
  /** Rows deeper in the graph go first. */
  readonly priority: number;
  /** The most that one attempt can cost. */
  readonly worst: Spending;
  /** Who pays. @default {the gateway's budget} */
  readonly budget?: BudgetLedger;
  /** Gives the call up, wherever it is. */
  readonly signal: AbortSignal;
  /** Gives the call up while it waits for its turn; once it was sent it finishes. @default {signal} */
  readonly admission?: AbortSignal;
  /** Whether another endpoint is asked when this one fails: then nothing waits for one that is down. @default {false} */
  readonly mayGoElsewhere?: boolean;
  /** Makes one attempt, on the deployment that its lease names. */
  readonly send: (signal: AbortSignal, deployment?: number) => Promise<T>;
  /** What an answer cost. */
  readonly spending: (answer: T) => Spending;
  /** Whether it may be made twice at once without harm; only then it is hedged. @default {false} */
  readonly isIdempotent?: boolean;
  /** What the endpoint said about its quotas beside an answer. */
  readonly quotas?: (answer: T) => readonly Quota[] | undefined;
  /** Told where the call is, each time that changes. */
  readonly onPhase?: ((phase: CallPhase) => void) | undefined;
  /** Told when this call is going to be tried again, after the gateway's own listener. */
  readonly onRetry?: RetryListener | undefined;
}

/** Where a call is: what it waits for, and `done` once it waits for nothing any more. */
export type CallPhase = "budget" | "permit" | "answer" | "backoff" | "done";

/** An answer and how it came about. */
export interface GatewayAnswer<T> {
  readonly answer: T;
  readonly attempts: number;
  /** Milliseconds in queues, before the attempt that answered. */
  readonly waited_ms: number;
  /** Milliseconds of the attempt that answered. */
  readonly duration_ms: number;
  /** Whether the call was sent a second time, because it took long. */
  readonly hedged: boolean;
}

/** Told when a call is going to be tried again. */
export type RetryListener = (retry: {
  readonly endpoint: string;
  readonly code: string;
  readonly attempt: number;
  readonly waitMs: number;
}) => void;

/** Told when a call was sent twice and one copy has answered, or both have failed. */
export type HedgeListener = (hedge: {
  readonly endpoint: string;
  /** Milliseconds after which the second copy was sent. */
  readonly afterMs: number;
  /** Which copy answered. */
  readonly won: "first" | "second" | "none";
  /** What the other may have cost at worst, in US dollars. */
  readonly worstUsd: number;
}) => void;

/** What a gateway works with. */
export interface GatewayOptions {
  readonly budget: BudgetLedger;
  readonly clock: Clock;
  /** For jitter. */
  readonly random: RandomStream;
  readonly onRetry?: RetryListener;
  readonly onHedge?: HedgeListener;
}

/**
 * The one way to an endpoint: reserves the budget, waits for a permit, limits the time, tries again with backoff and
 * full jitter, and heeds what the endpoint asks for.
 *
 * Source: M. Brooker, "Exponential Backoff And Jitter", 2015 (full jitter).
 */
export class Gateway {
  readonly #options: GatewayOptions;
  /** Set inside a call that is being sent. */
  readonly #sending: AsyncScope<true> = new AsyncScope<true>();

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  /** Makes a call. @throws the last attempt's error, `budget.exhausted`, or the signal's reason */
  async call<T>(call: GatewayCall<T>): Promise<GatewayAnswer<T>> {
    try {
      return await this.#attempts(call);
    } finally {
      call.onPhase?.("done");
    }
  }

  async #attempts<T>(call: GatewayCall<T>): Promise<GatewayAnswer<T>> {
    const course: Course = { attempt: 1, deployment: undefined };
    for (;; course.attempt++) {
      const { attempt } = course;
      try {
        return await this.#attempt(call, course);
      } catch (thrown) {
        call.signal.throwIfAborted();
        call.admission?.throwIfAborted();
        const error = asProviderError(thrown);
        const { limiter, attempts } = call.endpoint;
        const isMoot = call.mayGoElsewhere === true && limiter.isDown?.() === true;
        if (!error.retryable || attempt >= attempts || isMoot) throw withAttempts(error, attempt);
        await this.#backOff({ call, error, attempt });
      }
    }
  }

  async #attempt<T>(call: GatewayCall<T>, course: Course): Promise<GatewayAnswer<T>> {
    const { clock } = this.#options;
    const { endpoint, signal, admission = signal, worst, mayGoElsewhere = false } = call;
    const since = clock.monotonic();
    const isNested = this.#sending.current !== undefined;
    call.onPhase?.("budget");
    using reservation = await this.#reserve(call, { admission, isNested });
    const priority = isNested ? Infinity : call.priority + (course.attempt > 1 ? TRIED_AHEAD : 0);
    const wanted = { priority, signal: admission, tokens: worst.tokens, isNested };
    const request = { ...wanted, mayGoElsewhere, avoids: course.deployment };
    call.onPhase?.("permit");
    using lease = await endpoint.limiter.acquire(request);
    course.deployment = lease.deployment;
    const started = clock.monotonic();
    call.onPhase?.("answer");
    endpoint.hedging?.send();
    const { answer, hedged } = await this.#race(call, { reservation, lease });
    endpoint.hedging?.observe(clock.monotonic() - started);
    return {
      answer,
      attempts: course.attempt,
      waited_ms: started - since,
      duration_ms: clock.monotonic() - started,
      hedged,
    };
  }

  /** A call inside another one must not wait for what that one has set aside: it gets room at once, or none. */
  async #reserve<T>(
    { budget = this.#options.budget, worst }: GatewayCall<T>,
    { admission, isNested }: { readonly admission: AbortSignal; readonly isNested: boolean },
  ): Promise<Reservation> {
    if (!isNested || budget.tryReserve === undefined) return await budget.reserve(worst, admission);
    const reservation = budget.tryReserve(worst);
    if (reservation !== undefined) return reservation;
    throw new FastDistillError("budget.exhausted", "The budget has no room for a call inside another call", {
      context: { wanted: worst.usd, of: "usd" },
    });
  }

  /** Sends a call, and once more if it takes long and may be hedged. */
  async #race<T>(
    call: GatewayCall<T>,
    held: Held,
  ): Promise<{ readonly answer: T; readonly hedged: boolean }> {
    const { clock, onHedge } = this.#options;
    const { endpoint, worst } = call;
    using limit = timeLimit(clock, endpoint, call.signal);
    const first = this.#fly(call, { ...held, limit });
    const afterMs = call.isIdempotent === true ? endpoint.hedging?.afterMs() : undefined;
    if (afterMs === undefined || !await takesLonger(first, { clock, ms: afterMs })) {
      return { answer: await first, hedged: false };
    }
    using copy = this.#openCopy(call, held.lease.deployment);
    if (copy === undefined) return { answer: await first, hedged: false };
    using copyLimit = timeLimit(clock, endpoint, call.signal);
    const second = this.#fly(call, { ...copy, limit: copyLimit });
    let won: "first" | "second" | "none" = "none";
    const ends = [first, second] as const;
    try {
      const [name, answer] = await Promise.any([
        first.then((answer) => ["first", answer] as const),
        second.then((answer) => ["second", answer] as const),
      ]);
      won = name;
      return { answer, hedged: true };
    } catch (thrown) {
      throw thrown instanceof AggregateError ? thrown.errors[0] : thrown;
    } finally {
      limit.end(OUTRUN);
      copyLimit.end(OUTRUN);
      await Promise.allSettled(ends); // The slower copy is paid for before what was set aside is let go of.
      onHedge?.({ endpoint: endpoint.name, afterMs, won, worstUsd: worst.usd });
    }
  }

  /** What a second copy needs, if all of it is there at once. */
  #openCopy<T>(call: GatewayCall<T>, avoids: number | undefined): Held & Disposable | undefined {
    const { endpoint, signal, admission = signal, priority, worst, budget = this.#options.budget } = call;
    if (admission.aborted || signal.aborted || endpoint.hedging?.allows(worst) !== true) return undefined;
    const reservation = budget.tryReserve?.(worst);
    if (reservation === undefined) return undefined;
    const request = { priority, signal: admission, tokens: worst.tokens, avoids };
    const lease = endpoint.limiter.tryAcquire?.(request);
    if (lease === undefined) {
      reservation[Symbol.dispose]();
      return undefined;
    }
    endpoint.hedging.hedge(worst);
    return {
      reservation,
      lease,
      [Symbol.dispose]: () => {
        lease[Symbol.dispose]();
        reservation[Symbol.dispose]();
      },
    };
  }

  /** One copy of a call, to its end: the cost is settled, and the limiter knows how it went. */
  async #fly<T>(call: GatewayCall<T>, { reservation, lease, limit }: Held & WithLimit): Promise<T> {
    try {
      const send = () => call.send(limit.signal, lease.deployment);
      const answer = await Promise.race([this.#sending.run(true, send), limit.expired]);
      const spending = call.spending(answer);
      reservation.settle(spending);
      lease.report({ kind: "ok", tokens: spending.tokens, quotas: call.quotas?.(answer) });
      return answer;
    } catch (thrown) {
      const isGivenUp = call.signal.aborted || limit.signal.reason === OUTRUN;
      if (!isGivenUp) lease.report(outcomeOf(asProviderError(thrown)));
      reservation.settle(limit.signal.reason === OUTRUN ? call.worst : costOfFailure(thrown, call.worst));
      throw thrown;
    }
  }

  async #backOff<T>(
    { call, error, attempt }: { call: GatewayCall<T>; error: FastDistillError; attempt: number },
  ): Promise<void> {
    const asked = error.context.retry_after_ms;
    const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** (attempt - 1));
    const waitMs = typeof asked === "number"
      ? Math.min(asked, BACKOFF_MAX_MS)
      : this.#options.random.next() * ceiling;
    const retry = { endpoint: call.endpoint.name, code: error.code, attempt, waitMs };
    this.#options.onRetry?.(retry);
    call.onRetry?.(retry);
    call.onPhase?.("backoff");
    await this.#options.clock.sleep(waitMs, call.admission ?? call.signal);
  }
}

/** A failed attempt is a request; one that was given up may have been paid for in full, and nobody knows. */
function costOfFailure(thrown: unknown, worst: Spending): Spending {
  const isKnown = isFastDistillError(thrown) && thrown.code !== "provider.timeout";
  return isKnown ? { usd: 0, tokens: 0, requests: 1 } : worst;
}

/** How far a call has come. */
interface Course {
  attempt: number;
  /** The one that was asked last, where there are several. */
  deployment: number | undefined;
}

/** What a copy of a call holds while it is in flight. */
interface Held {
  readonly reservation: Reservation;
  readonly lease: Lease;
}

interface WithLimit {
  readonly limit: TimeLimit;
}

/** Whether a call is still under way after so many milliseconds. */
async function takesLonger(
  call: Promise<unknown>,
  { clock, ms }: { readonly clock: Clock; readonly ms: number },
): Promise<boolean> {
  const timer = new AbortController();
  const over = clock.sleep(ms, timer.signal).then(() => true, () => false);
  const ended = call.then(() => false, () => false);
  try {
    return await Promise.race([ended, over]);
  } finally {
    timer.abort();
  }
}

interface TimeLimit extends Disposable {
  /** Ends the call before its time. */
  readonly end: (reason: unknown) => void;
  readonly signal: AbortSignal;
  /** Rejects when the time is over; never resolves. */
  readonly expired: Promise<never>;
}

/** Why the clock of a call stops that was answered; an object made once, because an error each would cost more. */
const ANSWERED = Symbol("answered");
/** Why a copy of a call ends whose other copy was faster. */
/** A call that is tried again goes before others of its depth: its row is older, and those behind it wait for it. */
const TRIED_AHEAD = 0.5;
const OUTRUN = Symbol("outrun");

function timeLimit(clock: Clock, endpoint: Endpoint, outer: AbortSignal): TimeLimit {
  const limit = new AbortController();
  const done = new AbortController();
  const expired = Promise.withResolvers<never>();
  expired.promise.catch(() => {}); // Nobody waits for it once an answer is there.
  const end = (reason: unknown) => {
    expired.reject(reason);
    limit.abort(reason);
  };
  const takeBack = onAbort(outer, () => end(outer.reason));
  if (outer.aborted) end(outer.reason);
  clock.sleep(endpoint.timeoutMs, done.signal).then(() => {
    const message = `Waited for "${endpoint.name}" to answer for ${endpoint.timeoutMs} ms`;
    end(new FastDistillError("provider.timeout", message));
  }, () => {});
  return {
    signal: limit.signal,
    expired: expired.promise,
    end,
    [Symbol.dispose]: () => {
      takeBack();
      done.abort(ANSWERED);
    },
  };
}

/** What a failed call says about its endpoint. */
function outcomeOf(error: FastDistillError): CallOutcome {
  const { code, context: { retry_after_ms: asked } } = error;
  switch (code) {
    case "provider.rate_limited": {
      const retryAfterMs = typeof asked === "number" ? asked : undefined;
      const quotas = quotasOfError(error);
      return { kind: "rate_limited", retryAfterMs, ...(quotas === undefined ? {} : { quotas }) };
    }
    case "provider.overloaded":
    case "provider.timeout":
      return { kind: "overloaded" };
    case "provider.unavailable":
    case "provider.connection":
      return { kind: "unreachable" };
    default:
      return { kind: "refused" };
  }
}

function asProviderError(thrown: unknown): FastDistillError {
  if (isFastDistillError(thrown)) return thrown;
  return new FastDistillError(
    "plugin.failed",
    `A provider threw what is not a provider error: ${describeThrown(thrown)}`,
    {
      cause: thrown,
    },
  );
}

function withAttempts(error: FastDistillError, attempts: number): FastDistillError {
  if (attempts === 1) return error;
  return new FastDistillError(error.code, `${error.message} (tried ${attempts} times)`, {
    hint: error.hint,
    cause: error.cause,
    context: { ...error.context, attempts },
    retryable: error.retryable,
  });
}
