/** A program that goes on while a test looks at what it writes, and types. */
export interface Session extends AsyncDisposable {
  /** Resolves with all that was written once it holds this; throws with it when the program ends before. */
  readonly until: (wanted: string | RegExp) => Promise<string>;
  /** The same for what is written after this call. */
  readonly afterwards: (wanted: string | RegExp, act: () => Promise<void> | void) => Promise<string>;
  /** Types into the program's terminal, or its standard input. */
  readonly type: (text: string) => Promise<void>;
  /** Sends a signal to the program. */
  readonly signal: (signal: Deno.Signal) => void;
  /** Waits until it ends, and gives its exit code. */
  readonly ended: () => Promise<number>;
  /** All that was written so far. */
  readonly text: () => string;
}

/** How a program is started. */
export interface SessionOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Gives the program a terminal so wide, in which both of its outputs appear; needs util-linux's `script`. @default {pipes} */
  readonly columns?: number;
}

const ROWS = 40;

/** Starts a program. Of one without a terminal, the standard output is seen, and the error output is not. */
export function startSession(command: readonly string[], { cwd, env, columns }: SessionOptions): Session {
  const line = `stty cols ${columns} rows ${ROWS} && exec ${command.map((word) => `'${word}'`).join(" ")}`;
  const [program, ...args] = columns === undefined ? command : ["script", "-qec", line, "/dev/null"];
  const child = new Deno.Command(program!, {
    args,
    cwd,
    env: { TERM: "xterm", NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const input = child.stdin.getWriter();
  const seen = new SeenText();
  const reading = read(child.stdout, seen);
  const ended = async () => {
    await reading;
    return (await child.status).code;
  };
  return {
    until: (wanted) => seen.until(wanted, 0),
    afterwards: async (wanted, act) => {
      const from = seen.text.length;
      await act();
      return await seen.until(wanted, from);
    },
    type: (text) => input.write(new TextEncoder().encode(text)),
    signal: (signal) => child.kill(signal),
    ended,
    text: () => seen.text,
    [Symbol.asyncDispose]: async () => {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await input.close().catch(() => {});
      await ended();
    },
  };
}

async function read(output: ReadableStream<Uint8Array<ArrayBuffer>>, seen: SeenText): Promise<void> {
  for await (const chunk of output.pipeThrough(new TextDecoderStream())) seen.add(chunk);
  seen.end();
}

class SeenText {
  text = "";
  #isOver = false;
  #more = Promise.withResolvers<void>();

  add(chunk: string): void {
    this.text += chunk;
    this.#wake();
  }

  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  async until(wanted: string | RegExp, from: number): Promise<string> {
    while (true) {
      const found = this.text.slice(from);
      if (typeof wanted === "string" ? found.includes(wanted) : wanted.test(found)) return found;
      if (this.#isOver) {
        throw new Error(`The program ended before it wrote ${wanted}; it wrote:\n${this.text}`);
      }
      await this.#more.promise;
    }
  }

  #wake(): void {
    const { resolve } = this.#more;
    this.#more = Promise.withResolvers();
    resolve();
  }
}
