import type { Json, JsonObject } from "@fastdistill/core/authoring";
import type { Conversation, Role, ToolUse, Turn } from "./_conversation.ts";
import { invalidSample } from "./_invalid_sample.ts";

/** Names of the shapes of a sample. */
export const SFT_FORMATS = ["chat", "alpaca", "sharegpt", "prompt_completion"] as const;

/** How a conversation is to be written. */
export interface SftShape {
  readonly format: typeof SFT_FORMATS[number];
  /** Whether prompt and completion are lists of messages. */
  readonly conversational: boolean;
  /** Whether arguments of tools are text, as OpenAI has them, or objects, as chat templates want them. */
  readonly tool_arguments: "text" | "object";
  /** The input of an Alpaca sample. */
  readonly input: string;
}

const FROM: Readonly<Record<Role, string>> = {
  system: "system",
  user: "human",
  assistant: "gpt",
  tool: "tool",
};

/** A conversation in the shape of a format. */
export function sftSample(conversation: Conversation, shape: SftShape): JsonObject {
  switch (shape.format) {
    case "chat":
      return { messages: messagesOf(conversation.turns, shape), ...toolsOf(conversation) };
    case "sharegpt":
      return shareGpt(conversation);
    case "alpaca":
      return alpaca(conversation, shape.input);
    case "prompt_completion":
      return promptCompletion(conversation, shape);
  }
}

/** Messages as OpenAI's API has them. */
export function messagesOf(
  turns: readonly Turn[],
  { tool_arguments }: Pick<SftShape, "tool_arguments">,
): JsonObject[] {
  const callOf = ({ id, name, arguments: given }: ToolUse): JsonObject => ({
    id,
    type: "function",
    function: { name, arguments: tool_arguments === "text" ? JSON.stringify(given) : given },
  });
  return turns.map(({ role, content, calls, callId }): JsonObject => {
    if (calls.length > 0) {
      return { role, content: content === "" ? null : content, tool_calls: calls.map(callOf) };
    }
    return role === "tool" ? { role, tool_call_id: callId!, content } : { role, content };
  });
}

function toolsOf({ tools }: Conversation): JsonObject {
  return tools.length === 0 ? {} : { tools: [...tools] };
}

/** The model's calls stand in its text, as models that are trained on this layout write them. */
function shareGpt({ turns, tools }: Conversation): JsonObject {
  const conversations: Json[] = turns.map(({ role, content, calls }) => {
    const written = calls.map(({ name, arguments: given }) =>
      `<tool_call>\n${JSON.stringify({ name, arguments: given })}\n</tool_call>`
    );
    return { from: FROM[role], value: [...(content === "" ? [] : [content]), ...written].join("\n") };
  });
  return tools.length === 0 ? { conversations } : { conversations, tools: JSON.stringify(tools) };
}

function alpaca({ turns, tools }: Conversation, input: string): JsonObject {
  if (tools.length > 0 || turns.some(({ role, calls }) => role === "tool" || calls.length > 0)) {
    throw invalidSample("tools, for which the format alpaca has no place", "Write chat or sharegpt");
  }
  const [system, spoken] = turns[0]!.role === "system" ? [turns[0], turns.slice(1)] : [undefined, turns];
  const history: Json[] = [];
  for (let index = 0; index < spoken.length - 2; index += 2) {
    history.push([spoken[index]!.content, spoken[index + 1]!.content]);
  }
  return {
    instruction: spoken.at(-2)!.content,
    input,
    output: spoken.at(-1)!.content,
    ...(system === undefined ? {} : { system: system.content }),
    ...(history.length === 0 ? {} : { history }),
  };
}

/** The completion begins after the last message of the user: calls and answers of tools belong to it. */
function promptCompletion(conversation: Conversation, shape: SftShape): JsonObject {
  const { turns } = conversation;
  const cut = turns.findLastIndex(({ role }) => role === "user") + 1;
  const [prompt, completion] = [turns.slice(0, cut), turns.slice(cut)];
  if (!shape.conversational) return { prompt: prompt[0]!.content, completion: completion[0]!.content };
  return {
    prompt: messagesOf(prompt, shape),
    completion: messagesOf(completion, shape),
    ...toolsOf(conversation),
  };
}
