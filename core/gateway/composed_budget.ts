import { FastDistillError, isFastDistillError } from "../errors/mod.ts";
import type { Clock } from "../runtime/mod.ts";
import { onAbort } from "./_on_abort.ts";
import {
  addSpending,
  BudgetAccount,
  type BudgetAlertListener,
  type BudgetLimits,
  type BudgetScope,
  type BudgetUnit,
  type BudgetUse,
  NO_SPENDING,
} from "./budget_account.ts";
import type { BudgetLedger, Reservation, Spending } from "./budget_ledger.ts";

/** A step that asks models, as its budget sees it. */
export interface BudgetedStep {
  /** Name of the provider that it asks. */
  readonly provider: string;
  /** Whether no other step that asks models comes before it on a row's way. */
  readonly isFirst: boolean;
  /** Calls that a row still makes of other steps, once it has made its first call here. */
  readonly ahead: ReadonlyMap<string, number>;
}

/** What a {@linkcode ComposedBudget} is made from. */
export interface ComposedBudgetOptions {
  /** Of the whole run. */
  readonly run: BudgetLimits;
  /** By name; those that are absent have no limits of their own. @default {none} */
  readonly providers?: Readonly<Record<string, BudgetLimits | undefined>>;
  /** By name. @default {none} */
  readonly steps?: Readonly<Record<string, BudgetLimits | undefined>>;
  /** Shares of the run's limits that are kept for steps until they are finished, by name. @default {none} */
  readonly shares?: ReadonlyMap<string, number>;
  /** What the steps that ask models are. @default {none: rows are not followed} */
  readonly flow?: ReadonlyMap<string, BudgetedStep>;
  readonly clock: Clock;
  readonly onAlert?: BudgetAlertListener;
}

/** Whose call is paid. */
export interface BudgetPayer {
  readonly provider: string;
  readonly step: string;
  /** The row that the call is for; without it nothing is kept back for the rest of the row's way. */
  readonly row?: RowHold | undefined;
  /** From this share of the run's budget on the call yields: see {@linkcode isBudgetYield}. @default {never} */
  readonly yieldsFrom?: number | undefined;
  /** Whether the call yields where what it needs is kept for other steps; the run ends where it does not. @default {false} */
  readonly givesWay?: boolean;
  /** Whether the call goes on where another provider failed, so that it was counted as come already. @default {false} */
  readonly isContinued?: boolean;
}

/** Keeps money back for what a row that was started still has to ask; let go when the row is done. */
export interface RowHold extends Disposable {
  /** Calls to come, by step; `undefined` until the first call was granted. */
  readonly ahead: () => ReadonlyMap<string, number> | undefined;
}

interface OpenHold extends RowHold {
  counts: Map<string, number> | undefined;
  isOver: boolean;
}

interface Need {
  readonly payer: BudgetPayer;
  readonly accounts: readonly BudgetAccount[];
  readonly worst: Spending;
}

interface Request extends Need {
  readonly resolve: (reservation: Reservation) => void;
  readonly reject: (cause: unknown) => void;
  /** Stops heeding the signal. */
  readonly forget: () => void;
}

interface Shortage {
  readonly account: BudgetAccount;
  readonly unit: BudgetUnit;
}

/** How long a call waits for rows that are between two calls before it takes what is kept back for them. */
const GRACE_MS = 1_000;

/**
 * The budgets of a run, its providers and its steps in one. A call sets its worst case aside in all that apply or in
 * none. Calls of rows that were started go first, then new rows; both strictly in the order in which they came, as far
 * as they share a limit. A new row is started only if the rows under way can still be finished.
 */
export class ComposedBudget {
  readonly #options: ComposedBudgetOptions;
  readonly #run: BudgetAccount;
  readonly #accounts: Map<string, BudgetAccount> = new Map();
  readonly #started: Request[] = [];
  readonly #fresh: Request[] = [];
  /** Calls to come of started rows, and the largest worst case seen, by step. */
  readonly #coming: Map<string, number> = new Map();
  readonly #largest: Map<string, Spending> = new Map();
  /** Steps that are finished, and steps that gave way to the shares of others and go on doing so. */
  readonly #finished: Set<string> = new Set();
  readonly #gaveWay: Set<string> = new Set();
  #holds = 0;
  #grace: AbortController | undefined;
  #isGraceOver = false;
  #exhausted: FastDistillError | undefined;

  /** Starts with nothing spent; the run's time runs from here. */
  constructor(options: ComposedBudgetOptions) {
    this.#options = options;
    this.#run = this.#open("run", null, options.run);
    this.#run.start();
  }

  /** The budget as one who makes calls sees it. For one call and its retries. */
  ledgerOf(payer: BudgetPayer): BudgetLedger {
    const accounts = [
      this.#run,
      this.#account("provider", payer.provider),
      this.#account("step", payer.step),
    ];
    let isFirst = payer.isContinued !== true;
    const reserve = (worst: Spending, signal: AbortSignal) =>
      new Promise<Reservation>((resolve, reject) => {
        signal.throwIfAborted();
        const isStarted = this.#isStarted(payer);
        const queue = isStarted ? this.#started : this.#fresh;
        const forget = onAbort(signal, () => {
          queue.splice(queue.indexOf(request), 1);
          reject(signal.reason);
          this.#serve();
        });
        const request: Request = { payer, accounts, worst, resolve, reject, forget };
        if (isFirst && isStarted) this.#arrive(payer);
        isFirst = false;
        for (const account of accounts) account.start();
        queue.push(request);
        this.#serve();
      });
    const tryReserve = (worst: Spending) => this.#tryReserve({ payer, accounts, worst });
    return { reserve, tryReserve, spent: () => this.spent() };
  }

  #tryReserve(need: Need): Reservation | undefined {
    if (this.#exhausted !== undefined || this.#started.length + this.#fresh.length > 0) return undefined;
    const { yieldsFrom = Infinity } = need.payer;
    if (this.#run.share() >= yieldsFrom) return undefined;
    for (const account of need.accounts) account.start();
    if ((this.#shortage(need) ?? this.#shortageAhead(need) ?? this.#shortageKept(need)) !== undefined) {
      return undefined;
    }
    return this.#setAside(need);
  }

  /** Follows a row from its first call to its end. */
  openRow(): RowHold {
    const hold: OpenHold = {
      counts: undefined,
      isOver: false,
      ahead: () => hold.counts,
      [Symbol.dispose]: () => this.#closeRow(hold),
    };
    return hold;
  }

  /** A step makes no more calls: what is left of its share is there for the others. */
  finishStep(step: string): void {
    if (this.#finished.has(step)) return;
    this.#finished.add(step);
    if (this.#options.shares?.has(step) !== true) return;
    this.#gaveWay.clear();
    this.#serve();
  }

  /** What the run spent so far. */
  spent(): Spending {
    return this.#run.spent;
  }

  /** What is set aside in each budget; nothing of it is ever negative. */
  reserved(): readonly Spending[] {
    return [this.#run, ...this.#accounts.values()].map((account) => account.reserved);
  }

  /** How far every limit is used: the run's, then those of providers and steps that made calls. */
  uses(): readonly BudgetUse[] {
    return [this.#run, ...this.#accounts.values()].flatMap((account) => account.uses());
  }

  /** The error of a limit that is used up. */
  exhaustion(use: BudgetUse, wanted = 0): FastDistillError {
    const { scope, name, of, limit, spent } = use;
    const figure = (value: number) => of === "usd" ? `${value.toFixed(6)} USD` : `${Math.round(value)} ${of}`;
    const whose = scope === "run" ? "" : ` for ${scope} "${name}"`;
    const next = of === "seconds" ? "" : `, and the next call may need ${figure(wanted)}`;
    return new FastDistillError(
      "budget.exhausted",
      `The budget of ${figure(limit)}${whose} is used up: ${figure(spent)} spent${next}`,
      {
        hint: "Raise the budget and run again: finished work is kept and paid only once",
        context: { limit, spent, wanted, of, scope, ...(name === null ? {} : { name }) },
      },
    );
  }

  #open(scope: BudgetScope, name: string | null, limits: BudgetLimits): BudgetAccount {
    const { clock, onAlert = () => {} } = this.#options;
    return new BudgetAccount({ scope, name, limits, clock, onAlert });
  }

  #account(scope: "provider" | "step", name: string): BudgetAccount {
    const key = `${scope}/${name}`;
    let known = this.#accounts.get(key);
    if (known === undefined) {
      const limits = this.#options[`${scope}s`]?.[name] ?? {};
      this.#accounts.set(key, known = this.#open(scope, name, limits));
    }
    return known;
  }

  /** A row whose earlier calls were recorded counts as started: what they cost is worth finishing. */
  #isStarted({ row, step }: BudgetPayer): boolean {
    const { flow } = this.#options;
    if (row === undefined || row.ahead() !== undefined) return true;
    return flow?.get(step)?.isFirst === false;
  }

  /** A started row asks: the call is no longer one to come. */
  #arrive({ row, step }: BudgetPayer): void {
    const counts = (row as OpenHold | undefined)?.counts;
    const left = counts?.get(step) ?? 0;
    if (counts === undefined || left === 0) return;
    counts.set(step, left - 1);
    this.#come(step, -1);
  }

  #come(step: string, calls: number): void {
    this.#coming.set(step, (this.#coming.get(step) ?? 0) + calls);
  }

  #closeRow(hold: OpenHold): void {
    if (hold.isOver) return;
    hold.isOver = true;
    if (hold.counts === undefined) return;
    for (const [step, calls] of hold.counts) this.#come(step, -calls);
    hold.counts = undefined;
    this.#holds--;
    this.#serve();
  }

  #serve(): void {
    this.#grace?.abort();
    this.#grace = undefined;
    const blocked = new Set<BudgetAccount>();
    for (const queue of [this.#started, this.#fresh]) {
      for (let index = 0; index < queue.length && !blocked.has(this.#run);) {
        const request = queue[index]!;
        const isDecided = this.#decide(request, { isFresh: queue === this.#fresh, blocked });
        if (isDecided) queue.splice(index, 1);
        else index++;
      }
    }
    this.#isGraceOver = false;
  }

  /** Grants or refuses a request; leaves it waiting, and its limits closed for those behind it, otherwise. */
  #decide(
    request: Request,
    { isFresh, blocked }: { readonly isFresh: boolean; readonly blocked: Set<BudgetAccount> },
  ): boolean {
    if (this.#exhausted !== undefined) return this.#refuse(request, this.#exhausted);
    if (request.accounts.some((account) => blocked.has(account))) return false;
    const { yieldsFrom } = request.payer;
    if (yieldsFrom !== undefined && this.#run.share() >= yieldsFrom) {
      return this.#refuse(request, yieldError(yieldsFrom));
    }
    if (yieldsFrom !== undefined && this.#mayPass(yieldsFrom, request)) return false;
    const short = this.#shortage(request) ?? (isFresh ? this.#shortageAhead(request) : undefined);
    if (short === undefined) return this.#grantUnlessKept(request, blocked);
    if (short.unit !== "seconds" && this.#mustWait(short, isFresh)) {
      blocked.add(short.account);
      return false;
    }
    const hard = this.#shortage(request);
    if (hard === undefined) return this.#grantUnlessKept(request, blocked);
    if (yieldsFrom !== undefined) return this.#refuse(request, yieldError(yieldsFrom));
    this.#exhausted = this.#exhaustionOf(hard, request);
    return this.#refuse(request, this.#exhausted);
  }

  /** Grants a request unless it needs what is kept for other steps; those go on meanwhile. */
  #grantUnlessKept(request: Request, blocked: Set<BudgetAccount>): boolean {
    const short = this.#shortageKept(request);
    if (short === undefined) return this.#grant(request);
    const { payer: { step, givesWay = false } } = request;
    const own = this.#account("step", step);
    if (own.reservations > 0 && !this.#gaveWay.has(step)) {
      blocked.add(own);
      return false;
    }
    this.#gaveWay.add(step);
    if (givesWay) return this.#refuse(request, keptError());
    this.#exhausted = this.#exhaustionOf(short, request);
    return this.#refuse(request, this.#exhausted);
  }

  /** What would be short in the run if other steps came to need all that is kept for them. */
  #shortageKept({ payer: { step }, worst }: Need): Shortage | undefined {
    const { shares, run } = this.#options;
    if (shares === undefined) return undefined;
    let need = worst;
    for (const [name, share] of shares) {
      if (name === step || this.#finished.has(name)) continue;
      const { spent, reserved } = this.#account("step", name);
      const left = (unit: "usd" | "tokens" | "requests") =>
        Math.max(0, share * (run[unit] ?? 0) - spent[unit] - reserved[unit]);
      need = addSpending(need, { usd: left("usd"), tokens: left("tokens"), requests: left("requests") });
    }
    const unit = need === worst ? undefined : this.#run.shortOf(need);
    if (unit !== undefined) return { account: this.#run, unit };
    // What one call gave back is not for a later row, so that what is done stays a prefix.
    return this.#gaveWay.has(step) ? { account: this.#run, unit: "usd" } : undefined;
  }

  /** Whether calls in flight may bring the run to where this one gives way; then it lets others go ahead. */
  #mayPass(share: number, { worst }: Request): boolean {
    return this.#run.reservations > 0 && this.#run.expectedShare(worst) > share;
  }

  #mustWait({ account }: Shortage, isFresh: boolean): boolean {
    if (account.reservations > 0) return true;
    if (!isFresh || this.#holds === 0 || this.#isGraceOver) return false;
    const grace = this.#grace ??= new AbortController();
    this.#options.clock.sleep(GRACE_MS, grace.signal).then(() => {
      if (this.#grace !== grace) return;
      this.#isGraceOver = true;
      this.#serve();
    }, () => {}); // Something happened before, and all was looked at again.
    return true;
  }

  #shortage({ accounts, worst }: Need): Shortage | undefined {
    for (const account of accounts) {
      const unit = account.shortOf(worst);
      if (unit !== undefined) return { account, unit };
    }
    return undefined;
  }

  /** What would be short if this row and all that were started went on to their end. */
  #shortageAhead({ payer, accounts, worst }: Need): Shortage | undefined {
    const { flow } = this.#options;
    if (flow === undefined || payer.row === undefined) return undefined;
    const needs = new Map<BudgetAccount, Spending>(accounts.map((account) => [account, worst]));
    const ahead = flow.get(payer.step)?.ahead;
    for (const [step, { provider }] of flow) {
      const calls = (this.#coming.get(step) ?? 0) + (ahead?.get(step) ?? 0);
      if (calls === 0) continue;
      const each = this.#largest.get(step) ?? worst;
      const all = { usd: each.usd * calls, tokens: each.tokens * calls, requests: each.requests * calls };
      for (const account of [this.#run, this.#account("provider", provider), this.#account("step", step)]) {
        needs.set(account, addSpending(needs.get(account) ?? NO_SPENDING, all));
      }
    }
    for (const [account, need] of needs) {
      const unit = account.shortOf(need);
      if (unit !== undefined) return { account, unit };
    }
    return undefined;
  }

  #grant(request: Request): true {
    request.forget();
    request.resolve(this.#setAside(request));
    return true;
  }

  #setAside({ payer, accounts, worst }: Need): Reservation {
    for (const account of accounts) account.reserve(worst);
    this.#follow(payer, worst);
    let isHeld = true;
    return {
      settle: (actual) => accounts.forEach((account) => account.settle(actual)),
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        for (const account of accounts) account.release(worst);
        this.#serve();
      },
    };
  }

  /** Remembers what a step may cost, and what a row that is started now has before it. */
  #follow({ row, step }: BudgetPayer, worst: Spending): void {
    const largest = this.#largest.get(step) ?? NO_SPENDING;
    this.#largest.set(step, {
      usd: Math.max(largest.usd, worst.usd),
      tokens: Math.max(largest.tokens, worst.tokens),
      requests: Math.max(largest.requests, worst.requests),
    });
    const hold = row as OpenHold | undefined;
    if (hold === undefined || hold.counts !== undefined || hold.isOver) return;
    hold.counts = new Map(this.#options.flow?.get(step)?.ahead);
    for (const [next, calls] of hold.counts) this.#come(next, calls);
    this.#holds++;
  }

  #refuse({ forget, reject }: Request, cause: FastDistillError): true {
    forget();
    reject(cause);
    return true;
  }

  #exhaustionOf({ account, unit }: Shortage, { worst }: Request): FastDistillError {
    const use = account.uses().find(({ of }) => of === unit)!;
    return this.exhaustion(use, unit === "seconds" ? 0 : worst[unit]);
  }
}

function yieldError(from: number): FastDistillError {
  return new FastDistillError("budget.exhausted", `A call gave way at ${from} of the budget`, {
    context: { yields: true },
  });
}

function keptError(): FastDistillError {
  return new FastDistillError("budget.exhausted", "A call gave way to what is kept for other steps", {
    context: { yields: true },
  });
}

/** Whether a call was refused because its payer had said from which share of the budget on it gives way. */
export function isBudgetYield(thrown: unknown): boolean {
  return isFastDistillError(thrown) && thrown.code === "budget.exhausted" && thrown.context.yields === true;
}
