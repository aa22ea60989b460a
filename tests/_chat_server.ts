/** A chat endpoint on 127.0.0.1, which answers with the last message in capitals. */
export interface ChatServer extends AsyncDisposable {
  readonly baseUrl: string;
  /** How many requests have come. */
  readonly requests: () => number;
}

interface ChatBody {
  readonly model: string;
  readonly n?: number;
  readonly messages: readonly { readonly content: string }[];
}

/** Starts a chat endpoint; `before` is awaited before each answer. */
export function startChatServer(before: () => Promise<void> | void = () => {}): ChatServer {
  let requests = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    requests++;
    const { model, n = 1, messages } = await request.json() as ChatBody;
    await before();
    const message = { role: "assistant", content: messages.at(-1)!.content.toUpperCase() };
    const choices = Array.from({ length: n }, (_, index) => ({ index, message, finish_reason: "stop" }));
    return Response.json({
      id: "1",
      model,
      choices,
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    });
  });
  return {
    baseUrl: `http://127.0.0.1:${server.addr.port}/v1`,
    requests: () => requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
