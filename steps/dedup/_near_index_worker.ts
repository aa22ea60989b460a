/** Remembers texts in a helper process, and says of each whether one that it knows is near. @module */
import { NearIndex, type NearIndexOptions, type NearText } from "./_near_index.ts";

/** Makes the index anew; the first request. */
export interface OpenRequest extends NearIndexOptions {
  readonly do: "open";
}

/** Hands over rows of a corpus, as id and text: none of them is forgotten. */
export interface KnownRequest {
  readonly do: "known";
  readonly rows: readonly (readonly [string, string])[];
}

/** Asks whether a text is near to one that is known, and has it remembered if not. */
export interface FindRequest {
  readonly do: "find";
  readonly id: string;
  readonly text: string;
}

/** What the worker answers. */
export interface IndexReply {
  /** The text that is near, if one is. */
  readonly near: NearText | null;
  /** Whether it is a row of the corpus. */
  readonly isKnown: boolean;
  /** Rows that are remembered no longer. */
  readonly forgotten: number;
  /** Whether the corpus fits into the memory so far. */
  readonly fits: boolean;
}

interface Indexes {
  readonly options: NearIndexOptions;
  readonly recent: NearIndex;
  /** Made when there is a corpus. */
  known?: NearIndex;
}

/** Answers requests in turn. */
function openAnswers(): (request: OpenRequest | KnownRequest | FindRequest) => IndexReply {
  let indexes: Indexes | undefined;
  return (request) => {
    if (request.do === "open") indexes = { options: request, recent: new NearIndex(request) };
    if (indexes === undefined) throw new TypeError("The index is not open");
    if (request.do === "known") { for (const row of request.rows) addKnown(indexes, row); }
    return request.do === "find" ? find(indexes, request) : replyOf(indexes, null, false);
  };
}

export default openAnswers();

function addKnown(indexes: Indexes, [id, text]: readonly [string, string]): void {
  indexes.known ??= new NearIndex(indexes.options);
  if (indexes.known.find(text)?.similarity !== 1) indexes.known.add(id);
}

function find(indexes: Indexes, { id, text }: FindRequest): IndexReply {
  const known = indexes.known?.find(text);
  if (known !== undefined) return replyOf(indexes, known, true);
  const recent = indexes.recent.find(text);
  if (recent === undefined) indexes.recent.add(id);
  return replyOf(indexes, recent ?? null, false);
}

function replyOf({ recent, known }: Indexes, near: NearText | null, isKnown: boolean): IndexReply {
  return { near, isKnown, forgotten: recent.forgotten, fits: (known?.forgotten ?? 0) === 0 };
}
