/** What a server was asked on behalf of one run. */
export interface Asked {
  /** How often each prompt was asked for. */
  readonly asked: Map<string, number>;
  /** Prompts whose answer was sent in full. */
  readonly answered: Set<string>;
  /** Resolves when so many requests have come. */
  readonly arrived: (count: number) => Promise<void>;
}

/** A double of a model server that counts by run: its answers depend on the prompt alone. Disposing of it stops it. */
export interface CountingServer extends AsyncDisposable {
  readonly baseUrl: string;
  /** Begins to count anew for a run, which names itself in the header `x-run`. */
  readonly open: (run: string) => Asked;
  readonly close: (run: string) => void;
}

interface Tally extends Asked {
  count: number;
  readonly waiting: { readonly at: number; readonly resolve: () => void }[];
}

/** Starts a server on loopback whose answers take so many milliseconds. */
export function startCountingServer(latencyMs: number): CountingServer {
  const tallies = new Map<string, Tally>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { messages } = await request.json();
    const prompt: string = messages[0].content;
    const tally = tallies.get(request.headers.get("x-run") ?? "");
    if (tally === undefined) return new Response("no such run", { status: 404 });
    tally.asked.set(prompt, (tally.asked.get(prompt) ?? 0) + 1);
    tally.count++;
    for (const { at, resolve } of tally.waiting) if (tally.count >= at) resolve();
    await new Promise((resolve) => setTimeout(resolve, latencyMs));
    tally.answered.add(prompt);
    return Response.json({
      id: "answer",
      object: "chat.completion",
      created: 0,
      model: "double-1",
      choices: [{
        index: 0,
        finish_reason: "stop",
        message: { role: "assistant", content: `Answer to ${prompt}` },
      }],
      usage: { prompt_tokens: 20, completion_tokens: 10, total_tokens: 30 },
    });
  });
  return {
    baseUrl: `http://127.0.0.1:${server.addr.port}/v1`,
    open: (run) => {
      const tally: Tally = {
        asked: new Map(),
        answered: new Set(),
        count: 0,
        waiting: [],
        arrived: (at) =>
          new Promise((resolve) => tally.count >= at ? resolve() : void tally.waiting.push({ at, resolve })),
      };
      tallies.set(run, tally);
      return tally;
    },
    close: (run) => void tallies.delete(run),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
