import { type Event, EVENT_ID, getScalarValue } from "js-yaml";
import { offsetOf, type TextPosition, type YamlSource } from "./_yaml_source.ts";
import type { KeyPath } from "./loaded_pipeline.ts";

/** A value of a text: the index of its first event, and where it or its key stands. */
interface Node {
  readonly index: number;
  readonly offset: number;
}

/** Finds key paths in a YAML text. */
export class YamlPositions {
  readonly #source: YamlSource;
  #ends: Int32Array | undefined;

  constructor(source: YamlSource) {
    this.#source = source;
  }

  /** Where the key of a path stands, or a list's element; for a path that is not there, the deepest part that is. */
  at(path: KeyPath): TextPosition {
    let node = this.#node(1);
    for (const key of path) {
      const found = this.#child(node, key);
      if (found === undefined) break;
      node = found;
    }
    return this.#source.positionOf(node.offset);
  }

  /** For each event the index of the one after its value. */
  get #endOf(): Int32Array {
    return this.#ends ??= endsOf(this.#source.events);
  }

  #event(index: number): Event | undefined {
    return this.#source.events[index];
  }

  #node(index: number): Node {
    const event = this.#event(index);
    return { index, offset: (event === undefined ? undefined : offsetOf(event)) ?? 0 };
  }

  #child({ index: start }: Node, key: string | number): Node | undefined {
    const index = this.#resolved(start);
    const type = this.#event(index)?.type;
    if (type === EVENT_ID.MAPPING) return this.#valueOf(index, String(key));
    return type === EVENT_ID.SEQUENCE ? this.#element(index, Number(key)) : undefined;
  }

  #valueOf(map: number, wanted: string): Node | undefined {
    const ends = this.#endOf;
    for (let key = map + 1; key < ends[map]! - 1; key = ends[ends[key]!]!) {
      const event = this.#event(key)!;
      if (event.type === EVENT_ID.SCALAR && getScalarValue(this.#source.text, event) === wanted) {
        return { index: ends[key]!, offset: offsetOf(event) ?? 0 };
      }
    }
    return undefined;
  }

  #element(list: number, wanted: number): Node | undefined {
    const ends = this.#endOf;
    let element = list + 1;
    for (let at = 0; at < wanted && element < ends[list]! - 1; at++) element = ends[element]!;
    return element < ends[list]! - 1 && wanted >= 0 ? this.#node(element) : undefined;
  }

  /** The value that an alias stands for. */
  #resolved(index: number): number {
    const event = this.#event(index);
    if (event?.type !== EVENT_ID.ALIAS) return index;
    const name = this.#source.text.slice(event.anchorStart, event.anchorEnd);
    for (let before = index - 1; before > 0; before--) {
      const anchored = this.#event(before)!;
      const isNode = anchored.type !== EVENT_ID.ALIAS && "anchorStart" in anchored &&
        anchored.anchorStart >= 0;
      if (isNode && this.#source.text.slice(anchored.anchorStart, anchored.anchorEnd) === name) return before;
    }
    return index;
  }
}

/** For each event the index of the one after its value: of a map or list, the one after its end. */
function endsOf(events: readonly Event[]): Int32Array {
  const ends = new Int32Array(events.length);
  const open: number[] = [];
  events.forEach(({ type }, index) => {
    if (type === EVENT_ID.POP) ends[open.pop()!] = index + 1;
    else if (type === EVENT_ID.SCALAR || type === EVENT_ID.ALIAS) ends[index] = index + 1;
    else open.push(index);
  });
  return ends;
}
