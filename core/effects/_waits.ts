import { AsyncScope } from "../runtime/mod.ts";

/**
 * Which effects wait for which, where one is asked for while another is performed. Two that wait for each other would
 * do so for ever.
 */
export class Waits {
  /** The effects that are being performed around whoever asks. */
  readonly #around: AsyncScope<readonly string[]> = new AsyncScope<readonly string[]>();
  readonly #waits: Map<string, Set<string>> = new Map();

  /** Performs effects; whatever is asked for inside is known to hold them up. */
  perform<T>(keys: readonly string[], inside: () => T): T {
    return this.#around.run([...this.#around.current ?? [], ...keys], inside);
  }

  /** Notes that those around the caller wait for an effect. @returns what takes it back, `undefined` for a circle */
  begin(key: string): (() => void) | undefined {
    const around = this.#around.current ?? [];
    if (this.#reaches(key, new Set(around))) return undefined;
    for (const one of around) this.#waitsOf(one).add(key);
    return () => {
      for (const one of around) {
        this.#waits.get(one)?.delete(key);
        if (this.#waits.get(one)?.size === 0) this.#waits.delete(one);
      }
    };
  }

  #waitsOf(key: string): Set<string> {
    const known = this.#waits.get(key) ?? new Set<string>();
    this.#waits.set(key, known);
    return known;
  }

  #reaches(from: string, targets: ReadonlySet<string>): boolean {
    const open = targets.size === 0 ? [] : [from];
    const seen = new Set<string>(open);
    for (let key = open.pop(); key !== undefined; key = open.pop()) {
      if (targets.has(key)) return true;
      for (const next of this.#waits.get(key) ?? []) if (!seen.has(next)) open.push(next), seen.add(next);
    }
    return false;
  }
}
