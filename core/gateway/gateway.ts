import { describeThrown, FastDistillError, isFastDistillError } from "../errors/mod.ts";
import type { Clock, RandomStream } from "../runtime/mod.ts";
import type { BudgetLedger, Spending } from "./budget_ledger.ts";
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
  /** Makes one attempt. */
  readonly send: (signal: AbortSignal) => Promise<T>;
  /** What an answer cost. */
  readonly spending: (answer: T) => Spending;
  /** What the endpoint said about its quotas beside an answer. */
  readonly quotas?: (answer: T) => readonly Quota[] | undefined;
}

/** An answer and how it came about. */
export interface GatewayAnswer<T> {
  readonly answer: T;
  readonly attempts: number;
  /** Milliseconds in queues, before the attempt that answered. */
  readonly waited_ms: number;
  /** Milliseconds of the attempt that answered. */
  readonly duration_ms: number;
}

/** Told when a call is going to be tried again. */
export type RetryListener = (retry: {
  readonly endpoint: string;
  readonly code: string;
  readonly attempt: number;
  readonly waitMs: number;
}) => void;

/** What a gateway works with. */
export interface GatewayOptions {
  readonly budget: BudgetLedger;
  readonly clock: Clock;
  /** For jitter. */
  readonly random: RandomStream;
  readonly onRetry?: RetryListener;
}

/**
 * The one way to an endpoint: reserves the budget, waits for a permit, limits the time, tries again with backoff and
 * full jitter, and heeds what the endpoint asks for.
 *
 * Source: M. Brooker, "Exponential Backoff And Jitter", 2015 (full jitter).
 */
export class Gateway {
  readonly #options: GatewayOptions;

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  /** Makes a call. @throws the last attempt's error, `budget.exhausted`, or the signal's reason */
  async call<T>(call: GatewayCall<T>): Promise<GatewayAnswer<T>> {
    for (let attempt = 1;; attempt++) {
      try {
        return await this.#attempt(call, attempt);
      } catch (thrown) {
        call.signal.throwIfAborted();
        call.admission?.throwIfAborted();
        const error = asProviderError(thrown);
        if (!error.retryable || attempt >= call.endpoint.attempts) throw withAttempts(error, attempt);
        await this.#backOff({ call, error, attempt });
      }
    }
  }

  async #attempt<T>(call: GatewayCall<T>, attempt: number): Promise<GatewayAnswer<T>> {
    const { clock } = this.#options;
    const { endpoint, signal, admission = signal, budget = this.#options.budget } = call;
    const since = clock.monotonic();
    using reservation = await budget.reserve(call.worst, admission);
    const { priority, worst } = call;
    using lease = await endpoint.limiter.acquire({ priority, signal: admission, tokens: worst.tokens });
    const started = clock.monotonic();
    using limit = timeLimit(clock, endpoint, signal);
    const sent = this.#send(call, { lease, limit });
    const answer = await sent.catch((thrown) => {
      reservation.settle(costOfFailure(thrown, worst));
      throw thrown;
    });
    const spending = call.spending(answer);
    reservation.settle(spending);
    lease.report({ kind: "ok", tokens: spending.tokens, quotas: call.quotas?.(answer) });
    return {
      answer,
      attempts: attempt,
      waited_ms: started - since,
      duration_ms: clock.monotonic() - started,
    };
  }

  async #send<T>(
    call: GatewayCall<T>,
    { lease, limit }: { readonly lease: Lease; readonly limit: TimeLimit },
  ): Promise<T> {
    try {
      return await Promise.race([call.send(limit.signal), limit.expired]);
    } catch (thrown) {
      if (!call.signal.aborted) lease.report(outcomeOf(asProviderError(thrown)));
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
    this.#options.onRetry?.({ endpoint: call.endpoint.name, code: error.code, attempt, waitMs });
    await this.#options.clock.sleep(waitMs, call.admission ?? call.signal);
  }
}

/** A failed attempt is a request; one that was given up may have been paid for in full, and nobody knows. */
function costOfFailure(thrown: unknown, worst: Spending): Spending {
  const isKnown = isFastDistillError(thrown) && thrown.code !== "provider.timeout";
  return isKnown ? { usd: 0, tokens: 0, requests: 1 } : worst;
}

interface TimeLimit extends Disposable {
  readonly signal: AbortSignal;
  /** Rejects when the time is over; never resolves. */
  readonly expired: Promise<never>;
}

/** Why the clock of a call stops that was answered; an object made once, because an error each would cost more. */
const ANSWERED = Symbol("answered");

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
