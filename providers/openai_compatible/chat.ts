import type { ChatCall, ChatCompletion } from "@fastdistill/core/authoring";
import { type BodyText, readBody } from "./_body.ts";
import { CHAT_PATH, type Connection } from "./connection.ts";
import { badResponse, connectionError, statusError } from "./errors.ts";
import { buildBody, choicesToAsk } from "./request.ts";
import { parseAnswer } from "./response.ts";

/** Most bytes of an answer that are read. */
export const ANSWER_BYTES_MAX: number = 32 * 1024 * 1024;
/** Of a failure, only the beginning matters. */
const FAILURE_BYTES_MAX = 1024 * 1024;

/**
 * Answers one call: one HTTP request, no retry, no time limit of its own.
 * @throws {FastDistillError} `provider.*`
 * @throws the signal's reason when it aborts
 */
export async function chat(connection: Connection, call: ChatCall): Promise<ChatCompletion> {
  const { request, sampleIndexes, signal } = call;
  if (sampleIndexes.length === 0) throw new RangeError("Cannot ask for no samples: sampleIndexes is empty");
  signal.throwIfAborted();
  const choices = choicesToAsk(request, { sampleIndexes, max: connection.maxChoices });
  const body = JSON.stringify(buildBody(request, connection, { choices, firstIndex: sampleIndexes[0]! }));
  const { text, headers } = await postJson(connection, { path: CHAT_PATH, body, signal });
  return parseAnswer(connection, { text, headers, request, choices });
}

/** A request to an endpoint. */
export interface Post {
  /** After the base URL. */
  readonly path: string;
  /** JSON. */
  readonly body: string;
  readonly signal: AbortSignal;
}

/**
 * Makes one HTTP request and gives the text of a successful answer, whole.
 * @throws {FastDistillError} `provider.*`
 * @throws the signal's reason when it aborts
 */
export async function postJson(
  connection: Connection,
  post: Post,
): Promise<{ readonly text: string; readonly headers: Headers }> {
  const { response, text, isWhole } = await send(connection, post);
  const { status, headers } = response;
  if (!response.ok) throw statusError(connection, { status, headers, text });
  if (!isWhole) {
    throw badResponse(connection, {
      reason: `an answer of more than ${ANSWER_BYTES_MAX} bytes`,
      text,
      status,
    });
  }
  return { text, headers };
}

/**
 * Gets a path; `undefined` where there is no such path.
 *
 * @throws {FastDistillError} as {@linkcode postJson}
 */
export async function getJson(
  connection: Connection,
  get: Omit<Post, "body">,
): Promise<{ readonly text: string } | undefined> {
  const { response, text } = await send(connection, get);
  const { status, headers } = response;
  if (status === 404 || status === 405) return undefined;
  if (!response.ok) throw statusError(connection, { status, headers, text });
  return { text };
}

async function send(
  connection: Connection,
  { path, body, signal }: Omit<Post, "body"> & Partial<Pick<Post, "body">>,
): Promise<BodyText & { readonly response: Response }> {
  const { fetch, urlOf, headers } = connection;
  try {
    const response = await fetch(urlOf(path), {
      method: body === undefined ? "GET" : "POST",
      headers,
      ...(body === undefined ? {} : { body }),
      signal,
      // Followed by hand or not at all: a redirect would carry header keys to another host.
      redirect: "manual",
    });
    const read = await readBody(response, response.ok ? ANSWER_BYTES_MAX : FAILURE_BYTES_MAX);
    return { response, ...read };
  } catch (thrown) {
    signal.throwIfAborted();
    throw connectionError(connection, thrown);
  }
}
