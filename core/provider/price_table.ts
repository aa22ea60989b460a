import type { Price } from "./usage.ts";

/** The public price of a model at one moment. Prices change: the one that a pipeline file states goes first. */
export interface ListedPrice {
  /** As the vendor names the model; nothing but this exact name matches. */
  readonly model: string;
  /** Who sells it. */
  readonly vendor: string;
  /** US dollars per million tokens. */
  readonly price: Price;
  /** Day for which the price was noted, ISO 8601. */
  readonly noted: string;
}

/** Raised when an entry is added, changed or removed. */
export const PRICE_TABLE_VERSION = 1;

/**
 * List prices of a few well-known models, without discounts for batches, as noted on the day that each entry states.
 * State `price` in the pipeline file where another one holds.
 */
export const PRICE_TABLE: readonly ListedPrice[] = [
  { model: "gpt-4o-mini", vendor: "OpenAI", price: { input: 0.15, output: 0.6 }, noted: "2025-04-14" },
  { model: "gpt-4.1", vendor: "OpenAI", price: { input: 2, output: 8 }, noted: "2025-04-14" },
  { model: "gpt-4.1-mini", vendor: "OpenAI", price: { input: 0.4, output: 1.6 }, noted: "2025-04-14" },
  { model: "gpt-4.1-nano", vendor: "OpenAI", price: { input: 0.1, output: 0.4 }, noted: "2025-04-14" },
  {
    model: "claude-3-5-haiku-20241022",
    vendor: "Anthropic",
    price: { input: 0.8, output: 4 },
    noted: "2025-04-14",
  },
];

/**
 * The listed price of a model; `undefined` when the table does not have it.
 *
 * @example
 * ```ts
 * import { listedPrice } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(listedPrice("gpt-4.1-mini")?.price, { input: 0.4, output: 1.6 });
 * assertEquals(listedPrice("a-model-of-my-own"), undefined);
 * ```
 */
export function listedPrice(model: string): ListedPrice | undefined {
  return PRICE_TABLE.find((listed) => listed.model === model);
}
