import { compareSequencePaths, type Envelope, type SequencePath } from "../record/mod.ts";

/** Rows on their way between two segments, in canonical order. */
export interface Chunk {
  readonly envelopes: readonly Envelope[];
  /** Nothing that comes later stands at or before this path. */
  readonly upTo: SequencePath;
}

/**
 * Merges streams of chunks into one in canonical order. A stream holds up the others only until it has said how far
 * it is, so one that gives no rows at all blocks nobody.
 */
export function mergeChunks(streams: readonly AsyncIterable<Chunk>[]): AsyncIterable<Chunk> {
  return streams.length === 1 ? streams[0]! : mergeSeveral(streams);
}

async function* mergeSeveral(streams: readonly AsyncIterable<Chunk>[]): AsyncGenerator<Chunk> {
  const cursors = streams.map(cursorOf);
  await Promise.all(cursors.map((cursor) => cursor.advance()));
  while (true) {
    const live = cursors.filter(({ upTo }) => upTo !== undefined);
    if (live.length === 0) break;
    const limit = live.map(({ upTo }) => upTo!).reduce((a, b) => compareSequencePaths(a, b) <= 0 ? a : b);
    yield { envelopes: inOrder(cursors.flatMap((cursor) => takeUpTo(cursor, limit))), upTo: limit };
    await Promise.all(live.filter(({ upTo }) => isAtOrUnder(upTo!, limit)).map((cursor) => cursor.advance()));
  }
  const rest = inOrder(
    cursors.flatMap(({ order, waiting }) => waiting.map((envelope) => ({ envelope, order }))),
  );
  if (rest.length > 0) yield { envelopes: rest, upTo: rest.at(-1)!.path };
}

interface Cursor {
  readonly order: number;
  waiting: Envelope[];
  /** How far the stream is; `undefined` at its end. */
  upTo: SequencePath | undefined;
  readonly advance: () => Promise<void>;
}

function cursorOf(stream: AsyncIterable<Chunk>, order: number): Cursor {
  const iterator = stream[Symbol.asyncIterator]();
  const cursor: Cursor = {
    order,
    waiting: [],
    upTo: undefined,
    advance: async () => {
      const next = await iterator.next();
      cursor.upTo = next.done ? undefined : next.value.upTo;
      if (!next.done) cursor.waiting.push(...next.value.envelopes);
    },
  };
  return cursor;
}

interface Taken {
  readonly envelope: Envelope;
  readonly order: number;
}

function takeUpTo({ waiting, order }: Cursor, limit: SequencePath): readonly Taken[] {
  const end = waiting.findIndex(({ path }) => !isAtOrUnder(path, limit));
  return waiting.splice(0, end === -1 ? waiting.length : end).map((envelope) => ({ envelope, order }));
}

function inOrder(taken: readonly Taken[]): readonly Envelope[] {
  const sorted = [...taken].sort((a, b) =>
    compareSequencePaths(a.envelope.path, b.envelope.path) || a.order - b.order
  );
  return sorted.map(({ envelope }) => envelope);
}

/** Before the limit, at it, or made from the row at it. */
function isAtOrUnder(path: SequencePath, limit: SequencePath): boolean {
  return compareSequencePaths(path.slice(0, limit.length), limit) <= 0;
}
