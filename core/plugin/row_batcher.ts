import type { Row } from "../record/mod.ts";
import { soon } from "../runtime/mod.ts";
import type { Outcome, RowContext } from "../step/mod.ts";
import { checkOutcomes } from "./check_outcome.ts";
import { callsOf } from "./host_calls.ts";
import { hasEndedBy, type PluginHost } from "./plugin_host.ts";

const ROWS_MAX = 128;
const CHARS_MAX = 512 * 1024;
const BATCHES_MAX = 4;

interface Waiting {
  readonly row: Row;
  readonly text: string;
  readonly context: RowContext;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (thrown: unknown) => void;
}

/**
 * Sends rows to a plugin several at a time, and gives each its own outcome. When the plugin ends while it has rows,
 * each of them is sent again, alone, and fails when it ends a process that did nothing before: so only the row that ends
 * it fails.
 */
export class RowBatcher {
  readonly #host: PluginHost;
  readonly #scope: string;
  #queue: Waiting[] = [];
  /** Rows that were under way when the plugin ended. */
  readonly #suspects: Waiting[] = [];
  #underWay = 0;
  #isPlanned = false;

  /** `scope` stands for the plugin in the keys of its effects. */
  constructor(host: PluginHost, scope: string) {
    this.#host = host;
    this.#scope = scope;
  }

  /** Has the plugin settle a row. */
  process(row: Row, context: RowContext): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ row, text: JSON.stringify(row), context, resolve, reject });
      this.#sendSoon();
    });
  }

  #sendSoon(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    soon(() => {
      this.#isPlanned = false;
      this.#send();
    });
  }

  #send(): void {
    while (this.#suspects.length > 0) {
      if (this.#underWay > 0) return;
      void this.#ask([this.#suspects.shift()!]);
    }
    while (this.#queue.length > 0 && this.#underWay < BATCHES_MAX) void this.#ask(this.#take());
  }

  #take(): readonly Waiting[] {
    let chars = 0;
    let count = 0;
    while (count < this.#queue.length && count < ROWS_MAX && (count === 0 || chars < CHARS_MAX)) {
      chars += this.#queue[count++]!.text.length;
    }
    return this.#queue.splice(0, count);
  }

  async #ask(batch: readonly Waiting[]): Promise<void> {
    this.#underWay++;
    const isGuilty = batch.length === 1 && this.#underWay === 1 && this.#host.isFresh;
    try {
      const rows = batch.map(({ row }) => row);
      const ids = JSON.stringify(batch.map(({ context }) => context.rowId));
      const params = `{"ids":${ids},"rows":[${batch.map(({ text }) => text).join(",")}]}`;
      const errors = new Map<number, unknown>();
      const found = await this.#host.request("process", params, {
        onCall: callsOf(batch.map(({ context }) => context), { scope: this.#scope, errors }),
        rowCount: batch.length,
        signal: sharedSignal(batch.map(({ context }) => context)),
      });
      checkOutcomes(found, rows).forEach((outcome, index) => {
        // What the host itself said of a call may end the run, so it does not go by way of the plugin.
        if (outcome.kind === "fail" && errors.has(index)) batch[index]!.reject(errors.get(index));
        else batch[index]!.resolve(outcome);
      });
    } catch (thrown) {
      if (hasEndedBy(thrown)) await this.#host.drop();
      if (!isGuilty && hasEndedBy(thrown)) this.#suspects.unshift(...batch);
      else for (const { reject } of batch) reject(thrown);
    }
    this.#underWay--;
    this.#send();
  }
}

/** The signal that gives all of them up; where each row has a time limit, and so a signal, of its own, there is none. */
export function sharedSignal(contexts: readonly RowContext[]): AbortSignal | undefined {
  const signal = contexts[0]?.signal;
  return contexts.every((context) => context.signal === signal) ? signal : undefined;
}
