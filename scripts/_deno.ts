/**
 * Starting this very Deno again, as a child with quiet, plain output.
 *
 * @module
 */
import { pathToFileURL } from "node:url";

/** How a child ended and what it wrote. */
export interface DenoResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `deno ...args` in a folder to its end, with no stdin and no colour. */
export async function runDeno(args: readonly string[], cwd: string): Promise<DenoResult> {
  const command = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Turns absolute paths and file URLs below the root into relative ones, for messages. */
export function relativeTo(root: string, text: string): string {
  const url = pathToFileURL(root.endsWith("/") ? root : `${root}/`).href;
  const plain = text.replaceAll(url, "");
  const folder = root.replace(/[\\/]$/, "");
  return plain.replaceAll(`${folder}/`, "").replaceAll(`${folder}\\`, "");
}
