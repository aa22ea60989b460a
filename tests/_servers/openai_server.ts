/**
 * A test double of a server with OpenAI's chat API: real HTTP on loopback, scripted answers and failures.
 * Nothing in it is a model.
 *
 * @module
 */
import { canonicalJson, isJsonObject, type Json, type JsonObject, sha256 } from "@fastdistill/core";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

/** A request as the server saw it. */
export interface ServedRequest {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as it came. */
  readonly text: string;
  /** The body as JSON; empty when it is not a JSON object. */
  readonly body: JsonObject;
  /** Arrival, from 0. */
  readonly order: number;
  /** How often this very body has come, this time included. */
  readonly attempt: number;
}

/** What the server does with a request. */
export interface Reply {
  /** @default {200} */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent as it is, anything else as JSON. */
  readonly body?: unknown;
  /** Milliseconds before anything is sent. */
  readonly latencyMs?: number;
  /** Nothing is sent before this settles. */
  readonly after?: Promise<unknown>;
  /**
   * `reset` closes the connection without a word, `reset_mid_body` after half of the body, `hang` never answers,
   * `hang_mid_body` stops after half of the body.
   */
  readonly failure?: "reset" | "reset_mid_body" | "hang" | "hang_mid_body";
  /** The body comes in this many pieces, with this many milliseconds before each of them. */
  readonly drip?: { readonly pieces: number; readonly everyMs: number };
}

/** Decides what each request is answered with. */
export type Script = (request: ServedRequest) => Reply | Promise<Reply>;

/** A running server. Dispose of it, and its connections end. */
export interface OpenAIServer extends AsyncDisposable {
  /** What a provider is given as `base_url`. */
  readonly baseUrl: string;
  /** All requests so far, in the order of arrival. */
  readonly requests: readonly ServedRequest[];
  /** How often each body came, by its canonical JSON. */
  readonly countsByBody: ReadonlyMap<string, number>;
  /** Requests that are being answered now, and the most there ever were at once. */
  readonly inFlight: () => number;
  readonly inFlightMax: () => number;
  /** Requests whose client went away before the answer was complete. */
  readonly abandoned: () => number;
  /** Settles when so many requests have arrived. */
  readonly arrived: (count: number) => Promise<void>;
}

/** Starts the server on a free port of 127.0.0.1. The default script is {@linkcode deterministic}. */
export async function startOpenAIServer(script: Script = deterministic): Promise<OpenAIServer> {
  const state = new ServerState(script);
  const server = createServer((message, response) => void state.serve(message, response));
  await new Promise<void>((done, failed) => {
    server.once("error", failed);
    server.listen(0, "127.0.0.1", done);
  });
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests: state.requests,
    countsByBody: state.countsByBody,
    inFlight: () => state.inFlight,
    inFlightMax: () => state.inFlightMax,
    abandoned: () => state.abandoned,
    arrived: (count) => state.arrived(count),
    [Symbol.asyncDispose]: () => stop(server, state),
  };
}

async function stop(server: Server, state: ServerState): Promise<void> {
  state.stopping.abort();
  const closed = new Promise<void>((done) => server.close(() => done()));
  server.closeAllConnections();
  await closed;
}

class ServerState {
  readonly requests: ServedRequest[] = [];
  readonly countsByBody: Map<string, number> = new Map();
  readonly stopping: AbortController = new AbortController();
  inFlight = 0;
  inFlightMax = 0;
  abandoned = 0;
  readonly #script: Script;
  readonly #waiting: { readonly count: number; readonly done: () => void }[] = [];

  constructor(script: Script) {
    this.#script = script;
  }

  arrived(count: number): Promise<void> {
    if (this.requests.length >= count) return Promise.resolve();
    return new Promise((done) => this.#waiting.push({ count, done }));
  }

  async serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    this.inFlightMax = Math.max(this.inFlightMax, ++this.inFlight);
    response.on("close", () => {
      this.inFlight--;
      if (!response.writableFinished) this.abandoned++;
    });
    const text = await readAll(message).catch(() => undefined);
    if (text === undefined) return void response.destroy(); // The client went away while it was still sending.
    try {
      await send(response, await this.#script(this.#note(message, text)), this.stopping.signal);
    } catch (thrown) {
      if (this.stopping.signal.aborted) return;
      // A script that throws is a mistake in the test: say so where the test will see it.
      await send(
        response,
        failure(500, `The script of the test double threw: ${thrown}`),
        this.stopping.signal,
      );
    }
  }

  #note(message: IncomingMessage, text: string): ServedRequest {
    const body = parse(text);
    const key = canonicalJson(body);
    const attempt = (this.countsByBody.get(key) ?? 0) + 1;
    this.countsByBody.set(key, attempt);
    const request: ServedRequest = {
      method: message.method ?? "",
      path: message.url ?? "",
      headers: message.headers as Record<string, string>,
      text,
      body,
      order: this.requests.length,
      attempt,
    };
    this.requests.push(request);
    for (const { count, done } of this.#waiting) if (this.requests.length >= count) done();
    return request;
  }
}

async function readAll(message: IncomingMessage): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of message) pieces.push(piece);
  return new TextDecoder().decode(await new Blob(pieces as BlobPart[]).arrayBuffer());
}

function parse(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

async function send(response: ServerResponse, reply: Reply, signal: AbortSignal): Promise<void> {
  if (reply.latencyMs !== undefined) await wait(reply.latencyMs, undefined, { signal });
  await reply.after;
  if (reply.failure === "hang") return;
  if (reply.failure === "reset") return void response.socket?.destroy();
  const isText = typeof reply.body === "string";
  const bytes = new TextEncoder().encode(isText ? reply.body as string : JSON.stringify(reply.body ?? {}));
  response.writeHead(reply.status ?? 200, {
    "content-type": isText ? "text/plain" : "application/json",
    "content-length": String(bytes.byteLength),
    ...reply.headers,
  });
  if (reply.drip !== undefined) return await dripInto(response, { bytes, ...reply.drip, signal });
  if (reply.failure === undefined) return void response.end(bytes);
  response.write(bytes.subarray(0, bytes.byteLength >> 1), () => {
    if (reply.failure === "reset_mid_body") response.socket?.destroy();
  });
}

interface Dripping extends NonNullable<Reply["drip"]> {
  readonly bytes: Uint8Array;
  readonly signal: AbortSignal;
}

async function dripInto(
  response: ServerResponse,
  { bytes, pieces, everyMs, signal }: Dripping,
): Promise<void> {
  const size = Math.ceil(bytes.byteLength / pieces);
  for (let start = 0; start < bytes.byteLength; start += size) {
    await wait(everyMs, undefined, { signal });
    if (response.destroyed) return;
    response.write(bytes.subarray(start, start + size));
  }
  response.end();
}

/** A chat completion with the given texts as its choices. */
export function completion(texts: readonly string[], fields: JsonObject = {}): Reply {
  return {
    body: {
      id: "chatcmpl-test-double",
      object: "chat.completion",
      created: 0,
      model: "test-double-1",
      choices: texts.map((content, index) => ({
        index,
        message: { role: "assistant", content },
        finish_reason: "stop",
      })),
      usage: { prompt_tokens: 10, completion_tokens: 5 * texts.length, total_tokens: 10 + 5 * texts.length },
      ...fields,
    },
  };
}

/** A failure in OpenAI's form. */
export function failure(
  status: number,
  message: string,
  options: { readonly headers?: Readonly<Record<string, string>>; readonly error?: JsonObject } = {},
): Reply {
  return {
    status,
    headers: options.headers ?? {},
    body: { error: { message, type: "test_double", param: null, code: null, ...options.error } },
  };
}

/** Answers attempt 1 of a body with the first reply, attempt 2 with the second, all later ones with the last. */
export function byAttempt(...replies: readonly (Reply | Script)[]): Script {
  return (request) => {
    const reply = replies[Math.min(request.attempt, replies.length) - 1]!;
    return typeof reply === "function" ? reply(request) : reply;
  };
}

/**
 * As many choices as `n` says, which depend on nothing but the messages and, where there is one, the seed: with a seed,
 * sample `i` has the same text whichever call asks for it.
 */
export function deterministic({ body }: ServedRequest): Reply {
  const choices = typeof body.n === "number" ? body.n : 1;
  const first = typeof body.seed === "number" ? body.seed : 0;
  const prompt = sha256(canonicalJson(body.messages as Json ?? null)).slice(0, 8);
  return completion(Array.from({ length: choices }, (_, index) => `answer ${prompt} ${first + index}`));
}
