import { readFileSync } from "node:fs";
import process from "node:process";

interface Probe {
  readonly do: string;
  readonly path?: string;
  readonly text?: string;
}

/** What a test of helper processes asks for. */
export default function probe(request: unknown): unknown {
  const { do: what, path = "", text = "" } = request as Probe;
  switch (what) {
    case "echo":
      return text;
    case "read":
      return readFileSync(path, "utf8");
    case "env":
      return Object.keys(process.env);
    case "spin":
      for (;;);
    case "hoard":
      return hoard();
    case "flood":
      return "x".repeat(17 * 1024 * 1024);
    case "exit":
      process.kill(process.pid, "SIGTERM");
      return new Promise(() => {}); // The signal comes when it comes: no answer may be quicker.
    default:
      throw new RangeError(`no such probe: ${what}`);
  }
}

function hoard(): number {
  const held: Uint8Array[] = [];
  for (;;) held.push(new Uint8Array(8 * 1024 * 1024).fill(1));
}
