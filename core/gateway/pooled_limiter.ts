import { FastDistillError } from "../errors/mod.ts";
import type { Clock } from "../runtime/mod.ts";
import { LeaseQueue } from "./_lease_queue.ts";
import type { Lease, LeaseRequest, Limiter } from "./limiter.ts";
import { onAbort } from "./_on_abort.ts";

/** One of several deployments of the same model. */
export interface PoolMember {
  readonly limiter: Limiter;
  /** How much its room counts against that of the others. @default {1} */
  readonly weight?: number | undefined;
}

interface Waiting {
  readonly request: LeaseRequest;
  readonly priority: number;
  readonly since: number;
  readonly grant: (lease: Lease) => void;
  readonly reject: (cause: unknown) => void;
  /** Stops heeding the signal. */
  readonly forget: () => void;
}

/**
 * The limiters of several deployments as one: a call goes to the deployment that has the most room now, of equal ones to
 * the one that was used longest ago, and not to the one on which it just failed while another one has room. Where none
 * has room the first call of the queue waits at all of them, and takes the first place.
 */
export class PooledLimiter implements Limiter {
  readonly #members: readonly PoolMember[];
  readonly #clock: Clock;
  readonly #waiting = new LeaseQueue<Waiting>();
  readonly #usedAt: number[];
  #uses = 0;
  /** The call that waits at the deployments. */
  #scout: { readonly of: Waiting; readonly stop: AbortController } | undefined;

  /** @throws {RangeError} when there is no member */
  constructor(members: readonly PoolMember[], { clock }: { readonly clock: Clock }) {
    if (members.length === 0) throw new RangeError("A pool has at least one deployment, found none");
    this.#members = members;
    this.#clock = clock;
    this.#usedAt = members.map(() => 0);
  }

  acquire = (request: LeaseRequest): Promise<Lease> => {
    if (request.signal.aborted) return Promise.reject(request.signal.reason);
    const best = this.#waiting.size > 0 ? undefined : this.#best(request);
    return best === undefined ? this.#wait(request) : this.#ask(best, request);
  };

  tryAcquire = (request: LeaseRequest): Lease | undefined => {
    if (this.#waiting.size > 0) return undefined;
    const up = this.#members.keys().filter((index) => this.#members[index]!.limiter.isDown?.() !== true);
    const best = this.#best(request, [...up]);
    if (best === undefined) return undefined;
    const lease = this.#members[best]!.limiter.tryAcquire?.(request);
    return lease === undefined ? undefined : this.#use(best, lease);
  };

  headroom = (request: LeaseRequest): number => {
    if (this.#waiting.size > 0) return 0;
    return this.#members.reduce((sum, { limiter }) => sum + (limiter.headroom?.(request) ?? 0), 0);
  };

  /** Whether every deployment is down. */
  isDown = (): boolean => this.#members.every(({ limiter }) => limiter.isDown?.() === true);

  /** Whether a timer of any deployment will let a call through. */
  isTimed = (): boolean => this.#members.some(({ limiter }) => limiter.isTimed?.() === true);

  /** Milliseconds until the first of the deployments sends a call again. */
  pausedMs = (): number => Math.min(...this.#members.map(({ limiter }) => limiter.pausedMs?.() ?? 0));

  /** Calls that may be in flight now, over all deployments. */
  window = (): number => this.#members.reduce((sum, { limiter }) => sum + (limiter.window?.() ?? 0), 0);

  #best(request: LeaseRequest, of: readonly number[] = [...this.#members.keys()]): number | undefined {
    const rooms = of.map((index) => {
      const { limiter, weight = 1 } = this.#members[index]!;
      return { index, room: (limiter.headroom?.(request) ?? 0) * weight };
    }).filter(({ room }) => room > 0);
    const others = rooms.filter(({ index }) => index !== request.avoids);
    const [best] = (others.length > 0 ? others : rooms).sort((a, b) =>
      // Both may be infinite.
      a.room === b.room ? this.#usedAt[a.index]! - this.#usedAt[b.index]! : b.room - a.room
    );
    return best?.index;
  }

  async #ask(index: number, request: LeaseRequest): Promise<Lease> {
    this.#usedAt[index] = ++this.#uses;
    return this.#use(index, await this.#members[index]!.limiter.acquire(request));
  }

  #use(index: number, lease: Lease, waited_ms: number = lease.waited_ms): Lease {
    this.#usedAt[index] = ++this.#uses;
    const giveBack = () => lease[Symbol.dispose]();
    return { waited_ms, deployment: index, report: lease.report, [Symbol.dispose]: giveBack };
  }

  #wait(request: LeaseRequest): Promise<Lease> {
    return new Promise((grant, reject) => {
      const forget = onAbort(request.signal, () => this.#refuse(waiting, request.signal.reason));
      const since = this.#clock.monotonic();
      const waiting: Waiting = { request, priority: request.priority, since, grant, reject, forget };
      this.#waiting.push(waiting);
      this.#sendScout();
    });
  }

  /** Has the first of the queue wait at every deployment. */
  #sendScout(): void {
    let first = this.#waiting.peek();
    while (first?.request.mayGoElsewhere === true && this.isDown()) {
      this.#refuse(first, down());
      first = this.#waiting.peek();
    }
    if (first === this.#scout?.of) return;
    this.#scout?.stop.abort(NOT_FIRST);
    this.#scout = undefined;
    if (first === undefined) return;
    const stop = new AbortController();
    this.#scout = { of: first, stop };
    const request = { ...first.request, signal: stop.signal };
    const refusals: unknown[] = [];
    for (const [index, { limiter }] of this.#members.entries()) {
      limiter.acquire(request).then(
        (lease) => this.#grant(index, lease),
        (cause) => {
          if (stop.signal.aborted || refusals.push(cause) < this.#members.length) return;
          this.#refuse(first, cause);
        },
      );
    }
  }

  /** Two deployments may let the same call through at once: then the second place is the next call's. */
  #grant(index: number, lease: Lease): void {
    const first = this.#waiting.peek();
    if (first === undefined) return lease[Symbol.dispose]();
    this.#waiting.remove(first);
    first.forget();
    first.grant(this.#use(index, lease, this.#clock.monotonic() - first.since));
    this.#sendScout();
  }

  #refuse(waiting: Waiting, cause: unknown): void {
    this.#waiting.remove(waiting);
    waiting.forget();
    waiting.reject(cause);
    this.#sendScout();
  }
}

/** Why a call does not wait at a deployment any more; made once, because an error each would cost more. */
const NOT_FIRST = Symbol("not first");

function down(): FastDistillError {
  const message = "Looked for a deployment that is up, found every one down";
  return new FastDistillError("provider.unavailable", message, { retryable: false });
}
