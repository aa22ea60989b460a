import { soon } from "../runtime/mod.ts";

/** What a {@linkcode MicroBatcher} works with. */
export interface MicroBatcherOptions<Item, Answer> {
  /** Items of one batch, at most. */
  readonly itemsMax: number;
  /** Weight of the items of one batch, at most; one item alone may weigh more. @default {Infinity} */
  readonly weightMax?: number | undefined;
  /** What an item weighs. @default {1} */
  readonly weightOf?: ((item: Item) => number) | undefined;
  /** Answers a batch, in the order of its items. */
  readonly send: (items: readonly Item[]) => Promise<readonly Answer[]>;
  /** Whether an error may be due to the size of the batch, or to one of its items. */
  readonly isDivisible: (error: unknown) => boolean;
}

interface Waiting<Item, Answer> extends PromiseWithResolvers<Answer> {
  readonly item: Item;
  readonly weight: number;
}

/**
 * Puts what is asked for one by one into few calls, without a timer: what comes while nothing is under way is sent at
 * the end of the same turn, what comes meanwhile waits for the answer and is then sent together, and a full batch waits
 * for nothing. So batches grow with the load and with the time that a call takes.
 *
 * A batch that is refused for its size or for one of its items is halved until the others are answered; where both
 * halves are answered, batches are no larger from then on.
 */
export class MicroBatcher<Item, Answer> {
  readonly #options: MicroBatcherOptions<Item, Answer>;
  #waiting: Waiting<Item, Answer>[] = [];
  #weight = 0;
  #itemsMax: number;
  #underWay = 0;
  #isPlanned = false;

  /** @throws {RangeError} when a batch could hold nothing */
  constructor(options: MicroBatcherOptions<Item, Answer>) {
    if (!Number.isInteger(options.itemsMax) || options.itemsMax < 1) {
      throw new RangeError(`A batch holds at least one item, found ${options.itemsMax}`);
    }
    this.#options = options;
    this.#itemsMax = options.itemsMax;
  }

  /** Items of one batch, as far as is known. */
  get itemsMax(): number {
    return this.#itemsMax;
  }

  /** Has an item answered. @throws what its batch was refused with, when no other item is to blame */
  submit(item: Item): Promise<Answer> {
    const { weightOf = () => 1, weightMax = Infinity } = this.#options;
    const waiting = { ...Promise.withResolvers<Answer>(), item, weight: weightOf(item) };
    if (this.#waiting.length > 0 && this.#weight + waiting.weight > weightMax) this.#flush();
    this.#waiting.push(waiting);
    this.#weight += waiting.weight;
    if (this.#waiting.length >= this.#itemsMax || this.#weight >= weightMax) this.#flush();
    else this.#plan();
    return waiting.promise;
  }

  #plan(): void {
    if (this.#isPlanned || this.#underWay > 0) return;
    this.#isPlanned = true;
    soon(() => {
      this.#isPlanned = false;
      if (this.#underWay === 0) this.#flush();
    });
  }

  #flush(): void {
    const batch = this.#waiting;
    if (batch.length === 0) return;
    this.#waiting = [];
    this.#weight = 0;
    this.#underWay++;
    this.#answer(batch).finally(() => {
      this.#underWay--;
      if (this.#underWay === 0) this.#flush();
    });
  }

  /** Never rejects: whoever waits is told. The result says whether every item was answered. */
  async #answer(batch: readonly Waiting<Item, Answer>[]): Promise<boolean> {
    try {
      const answers = await this.#options.send(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, index) => resolve(answers[index]!));
      return true;
    } catch (error) {
      if (batch.length > 1 && this.#options.isDivisible(error)) return await this.#halve(batch);
      for (const { reject } of batch) reject(error);
      return false;
    }
  }

  async #halve(batch: readonly Waiting<Item, Answer>[]): Promise<boolean> {
    const middle = Math.ceil(batch.length / 2);
    const first = await this.#answer(batch.slice(0, middle));
    const second = await this.#answer(batch.slice(middle));
    if (first && second) this.#itemsMax = Math.min(this.#itemsMax, middle);
    return first && second;
  }
}
