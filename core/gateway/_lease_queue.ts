/** Something that waits, with its priority. */
export interface Queued {
  /** Higher goes first. */
  readonly priority: number;
}

interface Lane<T> {
  readonly priority: number;
  items: (T | undefined)[];
  head: number;
}

/** A queue in which the highest priority is first, and equal ones in the order in which they came. */
export class LeaseQueue<T extends Queued> {
  /** Highest priority first; few, because a priority is the depth of a step. */
  readonly #lanes: Lane<T>[] = [];
  #size = 0;

  /** How many wait. */
  get size(): number {
    return this.#size;
  }

  /** Adds behind all of its priority. */
  push(item: T): void {
    this.#lane(item.priority).items.push(item);
    this.#size++;
  }

  /** The first one, which stays. */
  peek(): T | undefined {
    for (const lane of this.#lanes) {
      while (lane.head < lane.items.length && lane.items[lane.head] === undefined) lane.head++;
      if (lane.head > 64 && lane.head * 2 > lane.items.length) {
        lane.items = lane.items.slice(lane.head);
        lane.head = 0;
      }
      if (lane.head < lane.items.length) return lane.items[lane.head];
    }
    return undefined;
  }

  /** The one that stands at a share of the way from the first to the last, which stays. Looks at every item. */
  peekAt(share: number): T | undefined {
    const items = this.#lanes.flatMap((lane) =>
      lane.items.slice(lane.head).filter((item) => item !== undefined)
    );
    return items[Math.floor(items.length * share)];
  }

  /** Takes one out, wherever it is. @returns whether it was there */
  remove(item: T): boolean {
    const lane = this.#lane(item.priority);
    const index = lane.items.indexOf(item, lane.head);
    if (index < 0) return false;
    lane.items[index] = undefined;
    this.#size--;
    return true;
  }

  #lane(priority: number): Lane<T> {
    const index = this.#lanes.findIndex((lane) => lane.priority <= priority);
    const found = this.#lanes[index];
    if (found?.priority === priority) return found;
    const lane: Lane<T> = { priority, items: [], head: 0 };
    this.#lanes.splice(index < 0 ? this.#lanes.length : index, 0, lane);
    return lane;
  }
}
