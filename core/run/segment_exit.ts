import type { Envelope, SequencePath } from "../record/mod.ts";
import type { WaitReason } from "../report/mod.ts";
import type { Chunk } from "./chunk.ts";

/** Where rows leave a segment: the next segment's head, or the writer of a stage. */
export interface Exit {
  /** What a segment waits for while this exit has no room. */
  readonly waitsFor?: WaitReason;
  /** Rows in canonical order; nothing that comes later stands at or before `upTo`. */
  readonly push: (envelopes: readonly Envelope[], upTo: SequencePath) => void;
  /** Resolves when there is room; `undefined` when there is room now. */
  readonly ready: () => Promise<void> | undefined;
  readonly close: () => void | Promise<void>;
  readonly fail: (cause: unknown) => void | Promise<void>;
}

/** What an exit into the next segment needs of a channel. */
export interface ChunkChannel {
  readonly push: (chunk: Chunk) => void;
  readonly ready: () => Promise<void> | undefined;
  readonly close: () => void;
  readonly fail: (cause: unknown) => void;
}

/** An exit into a channel. */
export function channelExit(channel: ChunkChannel, name: string): Exit {
  return {
    waitsFor: { on: "channel", name },
    push: (envelopes, upTo) => channel.push({ envelopes, upTo }),
    ready: () => channel.ready(),
    close: () => channel.close(),
    fail: (cause) => channel.fail(cause),
  };
}

/** What an exit into a writer needs of it. */
export interface EnvelopeWriter {
  readonly write: (envelope: Envelope) => void | Promise<void>;
  readonly close: () => Promise<void>;
  readonly abort: () => Promise<void>;
}

const WRITE_ROWS_MAX = 1_024;

/** An exit into a writer: writes follow one another, and the segment waits when too many wait. */
export function writerExit(writer: EnvelopeWriter, name: string): Exit {
  let waiting = 0;
  let failure: unknown;
  let last: Promise<void> = Promise.resolve();
  const writeAll = async (envelopes: readonly Envelope[]) => {
    try {
      if (failure !== undefined) return;
      for (const envelope of envelopes) {
        const written = writer.write(envelope);
        if (written !== undefined) await written;
      }
    } catch (cause) {
      failure ??= cause;
    } finally {
      waiting -= envelopes.length;
    }
  };
  const flush = async () => {
    await last;
    if (failure !== undefined) throw failure;
  };
  return {
    waitsFor: { on: "stage", name },
    push: (envelopes) => {
      waiting += envelopes.length;
      last = last.then(() => writeAll(envelopes));
    },
    ready: () => waiting < WRITE_ROWS_MAX && failure === undefined ? undefined : flush(),
    close: async () => {
      await flush();
      await writer.close();
    },
    fail: async () => {
      await last;
      await writer.abort();
    },
  };
}
