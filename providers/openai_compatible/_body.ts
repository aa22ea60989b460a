/** What was read of a body. */
export interface BodyText {
  readonly text: string;
  /** False when there was more than was asked for; the rest was not fetched. */
  readonly isWhole: boolean;
}

/** Reads a body as text, but no more than `bytesMax`. Rejects when the connection breaks. */
export async function readBody(response: Response, bytesMax: number): Promise<BodyText> {
  if (response.body === null) return { text: "", isWhole: true };
  if (isStatedShort(response.headers, bytesMax)) return { text: await response.text(), isWhole: true };
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const pieces: string[] = [];
  for (let bytes = 0;;) {
    const { done, value } = await reader.read();
    if (done) return { text: pieces.join("") + decoder.decode(), isWhole: true };
    bytes += value.byteLength;
    if (bytes > bytesMax) {
      await reader.cancel();
      return { text: pieces.join(""), isWhole: false };
    }
    pieces.push(decoder.decode(value, { stream: true }));
  }
}

/** Whether the body says how long it is and is not compressed: then it can be read at once. */
function isStatedShort(headers: Headers, bytesMax: number): boolean {
  const length = headers.get("content-length");
  return length !== null && !headers.has("content-encoding") && Number(length) <= bytesMax;
}
