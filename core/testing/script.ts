import type { ChatChoice, Usage } from "../provider/mod.ts";

/** A scripted answer of a model: its text, more of it, or an error that is thrown instead. */
export type ScriptedAnswer = string | Error | ScriptedChoice;

/** A scripted answer with more than its text. */
export interface ScriptedChoice extends Partial<ChatChoice> {
  /** The model's version string. */
  readonly model?: string;
  /** Tokens of this answer. */
  readonly usage?: Usage;
}

/**
 * What a scripted model says: always the same, one answer after the other (in the order of asking; asking for more is an
 * error), or what a function makes of the question.
 */
export type Script<Question> =
  | ScriptedAnswer
  | readonly ScriptedAnswer[]
  | ((question: Question) => ScriptedAnswer | Promise<ScriptedAnswer>);

/** One answer of a script, or the error that the model fails with. */
export type PlayedAnswer = Error | (ScriptedChoice & { readonly content: string });

/** A script as a function. What it throws is a mistake in the script itself. */
export function playScript<Question>(
  script: Script<Question>,
): (question: Question) => Promise<PlayedAnswer> {
  let asked = 0;
  return async (question) => {
    const answer = await nextAnswer(script, question, asked++);
    if (answer instanceof Error) return answer;
    return typeof answer === "string" ? { content: answer } : { ...answer, content: answer.content ?? "" };
  };
}

function nextAnswer<Question>(
  script: Script<Question>,
  question: Question,
  asked: number,
): ScriptedAnswer | Promise<ScriptedAnswer> {
  if (typeof script === "function") return script(question);
  if (!isList(script)) return script;
  const answer = script[asked];
  if (answer === undefined) {
    throw new RangeError(`The script has ${script.length} answers and was asked for answer ${asked + 1}`);
  }
  return answer;
}

function isList(script: ScriptedAnswer | readonly ScriptedAnswer[]): script is readonly ScriptedAnswer[] {
  return Array.isArray(script);
}
