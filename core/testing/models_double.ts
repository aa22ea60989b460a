import type { Capability } from "../provider/mod.ts";
import { digest, type Json } from "../record/mod.ts";
import type { RowContext, StepModels } from "../step/mod.ts";

/** What a double of the models of a step answers; what it throws is the endpoint's own error. */
export interface ModelsDouble {
  /** The vector of a text. @default {numbers that are made of the text} */
  readonly embed?: (text: string, options: { readonly dimensions?: number }) => readonly number[];
  /** How relevant a document is to a query. @default {a number that is made of both} */
  readonly rerank?: (query: string, document: string) => number;
}

const DIMENSIONS = 8;

/**
 * The models that a step is given in a harness, with an effect for each text, as in a run. It answers what the step states
 * that it needs, and nothing else.
 */
export function modelsDouble(
  { embed = vectorOf, rerank = scoreOf }: ModelsDouble,
  { needs, effect }: { readonly needs: Capability | undefined; readonly effect: RowContext["effect"] },
): StepModels | undefined {
  if (needs === undefined) return undefined;
  const ask = <T extends Json>(
    kind: Capability,
    input: { readonly [key: string]: Json },
    answer: () => T,
  ) => {
    if (kind !== needs) {
      throw new TypeError(`it asks for ${kind}, and states that it needs ${needs}`);
    }
    return effect({ kind, version: 1, input }, () => Promise.resolve(answer()));
  };
  return {
    embed: async (texts, options = {}) =>
      await Promise.all(
        texts.map((text) => ask("embedding", { text, ...options }, () => embed(text, options))),
      ),
    rerank: async (query, documents) =>
      await Promise.all(
        documents.map((document) => ask("rerank", { query, document }, () => rerank(query, document))),
      ),
  };
}

/** Numbers from -1 to 1, the same for the same text. */
function vectorOf(text: string, { dimensions = DIMENSIONS }: { readonly dimensions?: number }): number[] {
  return Array.from({ length: dimensions }, (_, index) => 2 * partOf(digest([text, index])) - 1);
}

function scoreOf(query: string, document: string): number {
  return partOf(digest([query, document]));
}

/** A number from 0 to 1, made of the beginning of a digest. */
function partOf(hex: string): number {
  return Number.parseInt(hex.slice(0, 8), 16) / 0xffff_ffff;
}
