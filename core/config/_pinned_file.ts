import { describeThrown, FastDistillError, type SourceLocation } from "../errors/mod.ts";
import { sha256 } from "../record/mod.ts";
import { systemClock } from "../runtime/mod.ts";
import { BYTES_MAX, type LayerFile, parseLayer } from "./_layer_file.ts";
import type { Provenance } from "./loaded_pipeline.ts";

const TIMEOUT_MS = 30_000;
const PIN = /#sha256=([0-9a-f]{64})$/;

/** A file at an address that another file names. */
export interface PinnedFile {
  /** Address with the digest of what it gives: `https://host/base.yaml#sha256=<64 hex digits>`. */
  readonly reference: string;
  readonly isFragment: boolean;
  /** Where it is named. */
  readonly at: SourceLocation | undefined;
}

/**
 * Fetches a file of a configuration and checks that it is the very one that was meant.
 *
 * @throws {FastDistillError} `config.file_not_found`, and `config.invalid_value` where the pin is missing or does not fit
 */
export async function readPinnedFile(layer: Provenance["layer"], pinned: PinnedFile): Promise<LayerFile> {
  const { reference, at } = pinned;
  const location = at === undefined ? {} : { location: at };
  const address = reference.replace(/#.*$/s, "");
  const pin = PIN.exec(reference)?.[1];
  const bytes = await fetchBytes(address, location);
  const found = sha256(bytes);
  if (pin === undefined) {
    throw new FastDistillError("config.invalid_value", `Expected a pin after the address ${address}`, {
      ...location,
      hint: `If what it gives now is right, write ${address}#sha256=${found}`,
    });
  }
  if (pin !== found) {
    const message = `Fetched ${address}, and its digest is ${found}, not the pinned one`;
    throw new FastDistillError("config.invalid_value", message, {
      ...location,
      hint: "The file has changed: look at it before you pin it anew",
    });
  }
  const text = new TextDecoder().decode(bytes);
  return parseLayer(layer, { file: address, text, isFragment: pinned.isFragment });
}

async function fetchBytes(
  address: string,
  location: { readonly location?: SourceLocation },
): Promise<Uint8Array> {
  const refuse = (reason: string, cause?: unknown) =>
    new FastDistillError("config.file_not_found", `Cannot fetch ${address}: ${reason}`, {
      ...location,
      cause,
    });
  const done = new AbortController();
  const late = systemClock.sleep(TIMEOUT_MS, done.signal).then(
    () => done.abort(new Error(`no answer within ${TIMEOUT_MS / 1_000} seconds`)),
    () => {}, // Fetched in time.
  );
  try {
    const response = await fetch(address, { signal: done.signal });
    if (!response.ok) {
      await response.body?.cancel();
      throw refuse(`it answers ${response.status}`);
    }
    return await readAll(response, refuse);
  } catch (cause) {
    if (cause instanceof FastDistillError) throw cause;
    throw refuse(describeThrown(cause), cause);
  } finally {
    done.abort();
    await late;
  }
}

async function readAll(
  response: Response,
  refuse: (reason: string) => FastDistillError,
): Promise<Uint8Array> {
  const reader = response.body?.getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (let next = await reader?.read(); next?.value !== undefined; next = await reader!.read()) {
    parts.push(next.value);
    size += next.value.byteLength;
    if (size <= BYTES_MAX) continue;
    await reader!.cancel();
    throw refuse(`it is larger than ${BYTES_MAX} bytes`);
  }
  return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
}
