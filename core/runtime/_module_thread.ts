/**
 * The thread of a helper process that runs the module. The first message is the module's URL, each later one a
 * request as JSON; each is answered by one line: `{"ready":true}`, `{"value":...}`, `{"threw":"..."}`.
 *
 * @module
 */
import { parentPort } from "node:worker_threads";
import { type ModuleTools, moduleTools } from "./_module_tools.ts";

/** One end of a channel to the thread that started this one. */
interface Port {
  readonly post: (line: string) => void;
  readonly listen: (onText: (text: string) => void) => void;
}

type Handle = (request: unknown, tools: ModuleTools) => unknown;

const port = openPort();
let handle: Handle | undefined;
let turn: Promise<void> = Promise.resolve();
port.listen((text) => turn = turn.then(() => answer(text)));

async function answer(text: string): Promise<void> {
  try {
    if (handle === undefined) {
      handle = await loadHandle(text);
      port.post(JSON.stringify({ ready: true }));
    } else {
      port.post(JSON.stringify({ value: await handle(JSON.parse(text), moduleTools) ?? null }));
    }
  } catch (thrown) {
    port.post(JSON.stringify({ threw: thrown instanceof Error ? thrown.message : String(thrown) }));
  }
}

async function loadHandle(url: string): Promise<Handle> {
  const { default: found } = await import(url);
  if (typeof found === "function") return found as Handle;
  throw new TypeError(`A module for a helper process exports a function by default: ${url}`);
}

function openPort(): Port {
  if ("Deno" in globalThis) {
    const scope = globalThis as unknown as {
      postMessage: (line: string) => void;
      onmessage: (event: { readonly data: string }) => void;
    };
    return {
      post: (line) => scope.postMessage(line),
      listen: (onText) => scope.onmessage = ({ data }) => onText(data),
    };
  }
  return {
    post: (line) => parentPort!.postMessage(line),
    listen: (onText) => parentPort!.on("message", onText),
  };
}
