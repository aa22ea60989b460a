import {
  formatRecording,
  type RecordedSample,
  RECORDING_FORMAT,
  type RecordingEntry,
  requestKey,
} from "../effects/mod.ts";
import type { ChatRequest } from "../provider/mod.ts";
import { writeTextFile } from "../runtime/mod.ts";
import type { ChatSample, ProviderState } from "./chat_caller.ts";

interface Draft {
  readonly request: ChatRequest;
  readonly samples: Map<number, RecordedSample>;
  newest: string;
}

/** An answer to be recorded. */
export interface RecordedAnswer {
  readonly request: ChatRequest;
  readonly index: number;
  readonly sample: ChatSample & { readonly ok: true };
}

/** Keeps the answers of providers that say `record:`, in memory until the run ends. */
export class Recorder {
  readonly #drafts: ReadonlyMap<string, Map<string, Draft>>;

  /** @param providers names of the providers whose answers are kept */
  constructor(providers: Iterable<string>) {
    this.#drafts = new Map([...providers].map((name) => [name, new Map<string, Draft>()]));
  }

  /** Keeps an answer, if its provider is one of those. */
  add(provider: string, { request, index, sample }: RecordedAnswer): void {
    const drafts = this.#drafts.get(provider);
    if (drafts === undefined) return;
    const key = requestKey(request);
    let draft = drafts.get(key);
    if (draft === undefined) drafts.set(key, draft = { request, samples: new Map(), newest: "" });
    const { choice, model, meta } = sample;
    draft.samples.set(index, {
      index,
      ...choice,
      model,
      usage: meta.usage ?? { input_tokens: 0, output_tokens: 0 },
      duration_ms: meta.duration_ms,
    });
    if (meta.started_at > draft.newest) draft.newest = meta.started_at;
  }

  /** Writes the recording of a provider. */
  async write({ name, provider }: ProviderState, path: string): Promise<void> {
    const drafts = [...this.#drafts.get(name)!];
    const entries: RecordingEntry[] = drafts.map(([key, { request, samples }]) => ({
      key,
      request,
      samples: [...samples.values()].sort((a, b) => a.index - b.index),
    }));
    const models = new Set(entries.map(({ request }) => request.model));
    const newest = drafts.map(([, { newest }]) => newest).sort().at(-1) ?? "";
    const { adapter, endpoint } = provider;
    const header = {
      format: RECORDING_FORMAT,
      version: 1,
      adapter,
      endpoint,
      models: [...models].sort(),
      recorded_at: newest,
    } as const;
    await writeTextFile(path, formatRecording(header, entries));
  }
}
