import { FastDistillError } from "../errors/mod.ts";
import { type Clock, type RandomStream, seededRandom } from "../runtime/mod.ts";
import { AdaptiveLimiter } from "./adaptive_limiter.ts";
import type { BudgetLimits } from "./budget_account.ts";
import type { Spending } from "./budget_ledger.ts";
import { ComposedBudget, isBudgetYield, type RowHold } from "./composed_budget.ts";
import { type Endpoint, Gateway } from "./gateway.ts";
import { Hedging } from "./hedging.ts";

/** US dollars per million tokens. */
interface Rate {
  readonly input: number;
  readonly output: number;
}

/** Rows that make one call of each of two providers, and what may go wrong on the way. */
export interface SpendingPlay {
  readonly rows: number;
  /** Rows, and calls of each provider, at once. */
  readonly concurrency: number;
  readonly prices: { readonly a: Rate; readonly b: Rate };
  /** Longest answer, in tokens; real ones are drawn below. */
  readonly maxTokens: number;
  /** Share of the attempts that fail, and that never end. */
  readonly failing: number;
  readonly hanging: number;
  /** Share of the calls that may be sent twice; 0 for none. */
  readonly hedged: number;
  readonly run: BudgetLimits;
  readonly a: BudgetLimits;
  readonly judge: BudgetLimits;
  /** All first calls before any second one, and nothing is kept back for it. */
  readonly isBreadthFirst?: boolean;
  /** Share of the run's budget that is kept for the second calls. */
  readonly share?: number | undefined;
  readonly seed: string;
}

/** What the endpoints billed, by their own count, and what came of it. */
export interface SpendingOutcome {
  readonly billed: { readonly run: Spending; readonly a: Spending; readonly judge: Spending };
  /** What the budget counted of the run. */
  readonly counted: Spending;
  /** What is still set aside at the end, in any budget. */
  readonly held: readonly Spending[];
  readonly completed: number;
  readonly hedges: number;
  /** Codes of the errors on which rows ended. */
  readonly codes: ReadonlySet<string>;
}

const TIMEOUT_MS = 20_000;
const HEDGE_AFTER_MS = 300;
const CALLS = [["draft", "a"], ["judge", "b"]] as const;
const NOTHING: Spending = { usd: 0, tokens: 0, requests: 0 };

/**
 * A double of a run as its budget sees it: rows that call endpoints which bill every copy of a call that they answered,
 * whether anybody still waits for the answer or not. Time is the clock's.
 */
export async function playSpending(play: SpendingPlay, clock: Clock): Promise<SpendingOutcome> {
  const scene = new Scene(play, clock);
  if (play.isBreadthFirst === true) {
    const drafted = await scene.everyRow((row) => scene.call("draft", row));
    await scene.everyRow((row) => drafted.has(row) ? scene.call("judge", row) : undefined, { isLast: true });
  } else {
    await scene.everyRow(async (row) => {
      using hold = scene.budget.openRow();
      for (const [step] of CALLS) await scene.call(step, row, hold);
    }, { isLast: true });
  }
  return scene.outcome();
}

class Scene {
  readonly budget: ComposedBudget;
  readonly #play: SpendingPlay;
  readonly #clock: Clock;
  readonly #gateway: Gateway;
  readonly #endpoints: ReadonlyMap<string, Endpoint>;
  readonly #billed: Record<"run" | "a" | "judge", Spending> = { run: NOTHING, a: NOTHING, judge: NOTHING };
  readonly #codes: Set<string> = new Set();
  /** Copies whose end nobody waits for. */
  readonly #copies: Map<string, number> = new Map();
  #completed = 0;
  #isOver = false;

  constructor(play: SpendingPlay, clock: Clock) {
    this.#play = play;
    this.#clock = clock;
    this.budget = new ComposedBudget({
      run: play.run,
      providers: { a: play.a },
      steps: { judge: play.judge },
      flow: new Map([
        ["draft", { provider: "a", isFirst: true, ahead: new Map([["judge", 1]]) }],
        ["judge", { provider: "b", isFirst: false, ahead: new Map() }],
      ]),
      ...(play.share === undefined ? {} : { shares: new Map([["judge", play.share]]) }),
      clock,
    });
    const random = seededRandom(`${play.seed}/backoff`);
    this.#gateway = new Gateway({ budget: this.budget.ledgerOf({ provider: "", step: "" }), clock, random });
    this.#endpoints = new Map(["a", "b"].map((name) => [name, {
      name,
      limiter: new AdaptiveLimiter({ clock, concurrency: play.concurrency * 2, adaptive: false }),
      timeoutMs: TIMEOUT_MS,
      attempts: 3,
      hedging: play.hedged === 0
        ? undefined
        : new Hedging({ after: { ms: HEDGE_AFTER_MS }, maxShare: play.hedged }),
    }]));
  }

  /** Has each row, in order and some at once, do something; the result is those that did it. */
  async everyRow(
    work: (row: number) => Promise<unknown> | undefined,
    { isLast = false } = {},
  ): Promise<ReadonlySet<number>> {
    const done = new Set<number>();
    let next = 0;
    const lane = async () => {
      while (next < this.#play.rows && !this.#isOver) {
        const row = next++;
        try {
          const working = work(row);
          if (working === undefined) continue;
          await working;
          done.add(row);
        } catch (thrown) {
          if (!(thrown instanceof FastDistillError)) throw thrown;
          this.#codes.add(thrown.code);
          this.#isOver ||= thrown.code === "budget.exhausted" && !isBudgetYield(thrown);
        }
      }
    };
    await Promise.all(Array.from({ length: this.#play.concurrency }, lane));
    if (isLast) this.#completed = done.size;
    return done;
  }

  /** One call of a row. */
  async call(step: "draft" | "judge", row: number, hold?: RowHold): Promise<void> {
    const { prices, maxTokens, seed } = this.#play;
    const provider = step === "draft" ? "a" : "b";
    const drawn = seededRandom(`${seed}/${step}/${row}`);
    const input = 20 + drawn.integer(180);
    const output = 1 + drawn.integer(maxTokens);
    const spending = (tokens: number): Spending => ({
      usd: (input * prices[provider].input + tokens * prices[provider].output) / 1e6,
      tokens: input + tokens,
      requests: 1,
    });
    await this.#gateway.call({
      endpoint: this.#endpoints.get(provider)!,
      budget: this.budget.ledgerOf({ provider, step, row: hold, givesWay: this.#play.share !== undefined }),
      priority: step === "draft" ? 0 : 1,
      worst: spending(maxTokens),
      signal: new AbortController().signal,
      isIdempotent: true,
      spending: () => spending(output),
      send: async () => {
        const copy = this.#copies.get(`${step}/${row}`) ?? 0;
        this.#copies.set(`${step}/${row}`, copy + 1);
        await this.#answer(seededRandom(`${seed}/${step}/${row}/${copy}`), {
          bill: (what) => this.#bill({ step, provider }, what),
          cost: spending(output),
        });
      },
    });
  }

  async #answer(
    random: RandomStream,
    { bill, cost }: { readonly bill: (what: Spending) => void; readonly cost: Spending },
  ): Promise<void> {
    const [fate, ms] = [random.next(), 200 * Math.exp(2 * (random.next() + random.next() - 1))];
    const { failing, hanging } = this.#play;
    if (fate < failing) {
      bill({ ...NOTHING, requests: 1 });
      throw new FastDistillError("provider.overloaded", "busy");
    }
    bill(cost); // It works on the answer to the end, whoever waits.
    await this.#clock.sleep(fate < failing + hanging ? 10 * TIMEOUT_MS : ms);
  }

  #bill({ step, provider }: { readonly step: string; readonly provider: string }, what: Spending): void {
    const to = (["run", "a", "judge"] as const).filter((one) =>
      one === "run" || one === provider || one === step
    );
    for (const one of to) {
      const { usd, tokens, requests } = this.#billed[one];
      this.#billed[one] = {
        usd: usd + what.usd,
        tokens: tokens + what.tokens,
        requests: requests + what.requests,
      };
    }
  }

  outcome(): SpendingOutcome {
    return {
      billed: this.#billed,
      counted: this.budget.spent(),
      held: this.budget.reserved(),
      completed: this.#completed,
      hedges: [...this.#endpoints.values()].reduce((sum, { hedging }) => sum + (hedging?.hedges ?? 0), 0),
      codes: this.#codes,
    };
  }
}
