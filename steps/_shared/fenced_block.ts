/** The one fenced block of Markdown that a text is. */
export interface FencedBlock {
  /** First word after the opening fence, in lower case; empty when there is none. */
  readonly language: string;
  /** What is between the fences. */
  readonly inner: string;
  /** Whether the fence comes again inside, so that there are several blocks. */
  readonly isSeveral: boolean;
}

/** Reads a text that begins and ends with a fence; `undefined` for all others. */
export function fencedBlock(text: string): FencedBlock | undefined {
  const lines = text.trim().split("\n");
  const [, fence, info] = /^(`{3,}|~{3,})([^`]*)$/.exec(lines[0]!.slice(0, 200)) ?? [];
  if (fence === undefined || lines.length < 2) return undefined;
  const isFence = (line: string) => line.trim().startsWith(fence);
  if (lines.at(-1)!.trim() !== fence) return undefined;
  const inner = lines.slice(1, -1);
  return {
    language: info!.trim().split(/\s+/)[0]!.toLowerCase(),
    inner: inner.join("\n"),
    isSeveral: inner.some(isFence),
  };
}
