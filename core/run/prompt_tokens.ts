import type { ChatRequest, ContentPart } from "../provider/mod.ts";

/** Tokens that the format of a chat puts around each message, and before the answer. */
const MESSAGE_TOKENS = 3;
const ANSWER_TOKENS = 3;

/** Counts the input tokens of a request. */
export type CountPromptTokens = (request: ChatRequest) => number;

/** Name of the tokenizer that {@linkcode promptTokenCounter} uses. */
export const TOKENIZER = "o200k_base";

/**
 * A counter of input tokens with OpenAI's o200k_base, loaded on first use: an estimate for every other tokenizer. Images
 * count as nothing.
 */
export async function promptTokenCounter(): Promise<CountPromptTokens> {
  const { countTokens } = await import("gpt-tokenizer/encoding/o200k_base");
  const count = (text: string) => countTokens(text, PLAIN_TEXT);
  return ({ messages, tools, response_schema }) => {
    const schemas = [...(tools ?? []), ...(response_schema === undefined ? [] : [response_schema])];
    const spoken = messages.reduce((sum, { role, content, tool_calls }) => {
      const said = count(role) + count(textOf(content)) + MESSAGE_TOKENS;
      return sum + said + (tool_calls === undefined ? 0 : count(JSON.stringify(tool_calls)));
    }, ANSWER_TOKENS);
    return schemas.reduce((sum, schema) => sum + count(JSON.stringify(schema)), spoken);
  };
}

/** What looks like a special token in a prompt is text. */
const PLAIN_TEXT = { disallowedSpecial: new Set<string>() };

function textOf(content: string | readonly ContentPart[]): string {
  if (typeof content === "string") return content;
  return content.map((part) => part.type === "text" ? part.text : "").join("\n");
}
