/** Tokens that were read and written, as the endpoint counted them; `estimated` when it did not. */
export interface Usage {
  /** Tokens of the prompt, those that were cached included. */
  readonly input_tokens: number;
  /** Tokens of the answer, reasoning included. */
  readonly output_tokens: number;
  /** The part of the input that the endpoint had cached. */
  readonly cached_input_tokens?: number;
  /** The part of the output that is reasoning. */
  readonly reasoning_tokens?: number;
  /** Whether the figures are a guess, because the endpoint gave none. */
  readonly estimated?: boolean;
}

/** US dollars per million tokens. */
export interface Price {
  /** For input tokens. */
  readonly input: number;
  /** For output tokens. */
  readonly output: number;
  /** For input tokens that the endpoint had cached. @default {input} */
  readonly cached_input?: number;
}

/** No tokens at all. */
export const NO_USAGE: Usage = { input_tokens: 0, output_tokens: 0 };

/**
 * The sum of two usages.
 *
 * @example
 * ```ts
 * import { addUsage } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * const sum = addUsage({ input_tokens: 3, output_tokens: 1 }, { input_tokens: 4, output_tokens: 2 });
 * assertEquals(sum, { input_tokens: 7, output_tokens: 3 });
 * ```
 */
export function addUsage(a: Usage, b: Usage): Usage {
  const cached = (a.cached_input_tokens ?? 0) + (b.cached_input_tokens ?? 0);
  const reasoning = (a.reasoning_tokens ?? 0) + (b.reasoning_tokens ?? 0);
  return {
    input_tokens: a.input_tokens + b.input_tokens,
    output_tokens: a.output_tokens + b.output_tokens,
    ...(cached === 0 ? {} : { cached_input_tokens: cached }),
    ...(reasoning === 0 ? {} : { reasoning_tokens: reasoning }),
    ...(a.estimated || b.estimated ? { estimated: true } : {}),
  };
}

/**
 * What a usage costs, in US dollars.
 *
 * @example
 * ```ts
 * import { costOf } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(costOf({ input_tokens: 1_000_000, output_tokens: 500_000 }, { input: 2, output: 8 }), 6);
 * ```
 */
export function costOf(usage: Usage, price: Price): number {
  const cached = usage.cached_input_tokens ?? 0;
  const fresh = usage.input_tokens - cached;
  const micros = fresh * price.input + cached * (price.cached_input ?? price.input) +
    usage.output_tokens * price.output;
  return micros / 1_000_000;
}

/**
 * Divides the usage of one call among its `parts` samples so that the parts add up: input tokens go to the first,
 * output tokens are spread evenly, the remainder to the first ones.
 */
export function splitUsage(usage: Usage, parts: number): readonly Usage[] {
  if (!Number.isInteger(parts) || parts < 1) throw new RangeError(`Cannot split usage into ${parts} parts`);
  return Array.from({ length: parts }, (_, index) => {
    const share = evenShare(usage.output_tokens, parts, index);
    const reasoning = evenShare(usage.reasoning_tokens ?? 0, parts, index);
    return {
      input_tokens: index === 0 ? usage.input_tokens : 0,
      output_tokens: share,
      ...(index === 0 && usage.cached_input_tokens ? { cached_input_tokens: usage.cached_input_tokens } : {}),
      ...(reasoning === 0 ? {} : { reasoning_tokens: reasoning }),
      ...(usage.estimated ? { estimated: true } : {}),
    };
  });
}

/**
 * Divides the input tokens of one call among its texts by their weights, so that the parts add up. Remainders go to the
 * texts that lost most by rounding, the first ones among equals (largest remainder method).
 */
export function splitInputTokens(usage: Usage, weights: readonly number[]): readonly Usage[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const exact = weights.map((weight) =>
    total === 0 ? usage.input_tokens / weights.length : usage.input_tokens * weight / total
  );
  const shares = exact.map(Math.floor);
  const left = usage.input_tokens - shares.reduce((sum, share) => sum + share, 0);
  const byLoss = exact.map((_, index) => index).sort((a, b) =>
    (exact[b]! - shares[b]!) - (exact[a]! - shares[a]!) || a - b
  );
  for (const index of byLoss.slice(0, left)) shares[index]!++;
  return shares.map((input_tokens) => ({
    input_tokens,
    output_tokens: 0,
    ...(usage.estimated ? { estimated: true } : {}),
  }));
}

function evenShare(total: number, parts: number, index: number): number {
  return Math.floor(total / parts) + (index < total % parts ? 1 : 0);
}
