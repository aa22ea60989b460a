import {
  defineStep,
  FastDistillError,
  pass,
  type Row,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { z } from "zod";

const CONFIG = z.strictObject({
  query: z.string().min(1).describe("Column with the query"),
  document: z.string().min(1).describe("Column with the document"),
  to: z.string().min(1).default("relevance").describe(
    "Column that receives the score; higher is more relevant",
  ),
});

/**
 * Adds how relevant a document is to a query, asked of a rerank model. Documents of rows with the same query share
 * calls.
 */
const scoreRelevanceStep: StepComponent = defineStep({
  kind: "row",
  name: "score_relevance",
  version: 1,
  summary: "Adds how relevant a document is to a query, asked of a rerank model",
  config: CONFIG,
  needs: "rerank",
  columns: ({ query, document, to }) => ({
    requires: [
      { column: query, type: "string", at: ["query"] },
      { column: document, type: "string", at: ["document"] },
    ],
    adds: { [to]: "number" },
  }),
  open: ({ query, document, to }) => ({
    process: async (row, { models }) => {
      const [score] = await models!.rerank(textOf(row, query), [textOf(row, document)]);
      return pass({ ...row, [to]: score! });
    },
  }),
});

export default scoreRelevanceStep;

function textOf(row: Row, column: string): string {
  const text = row[column];
  if (typeof text === "string") return text;
  const found = JSON.stringify(text ?? null).slice(0, 80);
  throw new FastDistillError("graph.column_type", `Read the column "${column}" as text, found ${found}`);
}

/**
 * Adds how relevant a document is to a query, in a TypeScript pipeline. The step names a provider that can rerank.
 *
 * @example
 * ```ts
 * import { scoreRelevance } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(scoreRelevance({ query: "question", document: "passage" }).use, "score_relevance");
 * ```
 */
export function scoreRelevance<
  const Q extends string,
  const D extends string,
  const To extends string = "relevance",
>(config: {
  readonly query: Q;
  readonly document: D;
  readonly to?: To;
}): StepSpec<Record<NoInfer<Q> | NoInfer<D>, string>, Record<NoInfer<To>, number>> {
  return stepSpec("score_relevance", { ...config });
}
