/**
 * What a sandbox answers for the plugin that it has loaded: one function for each method of the protocol.
 *
 * @module
 */
import { changeOf, type SentOutcome, sentOutcome } from "./_sandbox_outcome.ts";
import { sfc32 } from "./_sfc32.ts";

/** What a plugin asks of the host while it works on a row. */
export interface HostCall {
  /** The request that the row came with. */
  readonly request: number;
  /** Position of the row in it. */
  readonly row: number;
  readonly method: "effect" | "embed" | "rerank" | "log" | "progress";
  readonly params: unknown;
  /** Does the work of an effect that nobody has recorded. */
  readonly perform?: () => unknown;
}

/** What a plugin is opened with. */
export interface PluginPort {
  readonly call: (wish: HostCall) => Promise<unknown>;
  /** Aborts when the host gives a request up. */
  readonly signalOf: (request: number) => AbortSignal;
}

/** The methods that are answered, by name. */
export type Methods = Readonly<Record<string, (params: never, id: number) => unknown>>;

type Loose = Readonly<Record<string, unknown>>;
type Work = (...values: readonly unknown[]) => unknown;

interface Component {
  readonly component: string;
  readonly definition: Loose & {
    readonly config: { readonly "~standard": { readonly validate: Work; readonly jsonSchema?: Loose } };
  };
}

interface Setup {
  readonly step: string;
  readonly seed: number;
  readonly hasModels: boolean;
}

/** @throws {TypeError} for what is not a component */
export function openPlugin(component: Component, port: PluginPort): Methods {
  const { definition } = component ?? {};
  if (typeof definition !== "object" || definition === null) {
    throw new TypeError("A plugin exports a component by default");
  }
  let runner: Loose = {};
  let setup: Setup = { step: "", seed: 0, hasModels: false };
  const call = (name: string) => runner[name] as Work;
  return {
    describe: () => describe(component),
    validate: ({ config }: { config: unknown }) => validated(component, config),
    columns: ({ config, before }: { config: unknown; before: unknown }) =>
      (definition.columns as Work)(valueOf(component, config), before),
    open: async (params: { config: unknown; setup: Setup }) => {
      setup = params.setup;
      const given = openSetup(setup, port);
      runner = await (definition.open as Work)(valueOf(component, params.config), given) as Loose;
      return factsOf(runner);
    },
    process: ({ rows, ids }: { rows: readonly Loose[]; ids: readonly string[] }, id: number) =>
      processRows(rows, (row, index) => {
        const context = new RowContext({ setup, port, request: id, row: index }, ids[index]!);
        return call("process")(row, context);
      }),
    processBatch: async ({ rows, ids }: { rows: readonly Loose[]; ids: readonly string[] }, id: number) => {
      const contexts = ids.map((rowId, row) => new RowContext({ setup, port, request: id, row }, rowId));
      const outcomes = await call("process")(rows, contexts);
      if (!Array.isArray(outcomes)) throw new TypeError("A batch step answers with a list of outcomes");
      return outcomes.map((outcome, index) => sentOutcome(rows[index] ?? {}, outcome));
    },
    prompt: ({ row }: { row: unknown }) => call("prompt")(row),
    parse: ({ text, row, answer }: { text: string; row: unknown; answer: unknown }) => {
      return changeOf({}, call("parse")(text, row, answer));
    },
    chat: (params: Loose, id: number) => call("chat")({ ...params, signal: port.signalOf(id) }),
    embed: (params: Loose, id: number) => call("embed")({ ...params, signal: port.signalOf(id) }),
    rerank: (params: Loose, id: number) => call("rerank")({ ...params, signal: port.signalOf(id) }),
    rows: rowsOf(() => runner, port),
    close: () => typeof runner.close === "function" ? runner.close() : null,
  };
}

function describe({ component, definition }: Component): Loose {
  const { permissions = {}, capabilities, citation, docs, stability, needs } = definition;
  const schemaOf = (side: string) => {
    const convert = definition.config["~standard"].jsonSchema?.[side] as Work | undefined;
    try {
      return convert?.({ target: "draft-2020-12" });
    } catch {
      return undefined;
    }
  };
  return {
    component,
    name: definition.name,
    kind: definition.kind,
    version: definition.version,
    promptVersion: definition.promptVersion,
    independent: definition.independent,
    summary: definition.summary,
    permissions,
    capabilities,
    citation,
    docs,
    stability,
    needs,
    schema: { input: schemaOf("input"), output: schemaOf("output") },
  };
}

function validated({ definition }: Component, config: unknown): Loose {
  const result = definition.config["~standard"].validate(config) as Loose;
  if (result instanceof Promise) throw new TypeError("A configuration schema must validate synchronously");
  if (result.issues !== undefined) return { issues: result.issues };
  const { value } = result;
  return definition.kind === "batch"
    ? { value, batchSize: (definition.batchSize as Work)(value) }
    : { value };
}

function valueOf(component: Component, config: unknown): unknown {
  const { value, issues } = validated(component, config);
  if (issues !== undefined) throw new TypeError("The configuration is not valid");
  return value;
}

/** What of an opened provider goes to the host. */
function factsOf({ endpoint, account, model, capabilities, batchMax }: Loose): Loose {
  return { endpoint, account, model, capabilities, batchMax };
}

function openSetup(setup: Setup, { call }: PluginPort): Loose {
  const tell = (method: "log" | "progress") => (params: unknown) => {
    void call({ request: 0, row: 0, method, params });
  };
  return {
    ...setup,
    fetch: globalThis.fetch,
    env: (name: string) => (globalThis as unknown as { process: { env: Loose } }).process.env[name],
    now: () => Date.now(),
    signal: new AbortController().signal,
    log: (level: string, message: string) => tell("log")({ level, message }),
    warn: (_code: string, message: string) => tell("log")({ level: "warn", message }),
    atWork: () => {},
    progress: (done: number, total?: number) => tell("progress")({ done, total }),
  };
}

/** Rows that can be done at once are, without a promise; the others are under way together. */
function processRows(
  rows: readonly Loose[],
  process: (row: Loose, index: number) => unknown,
): readonly SentOutcome[] | Promise<readonly SentOutcome[]> {
  let isLate = false;
  const outcomes = rows.map((row, index) => {
    try {
      const outcome = process(row, index);
      if (!(outcome instanceof Promise)) return sentOutcome(row, outcome);
      isLate = true;
      return outcome.then((outcome) => sentOutcome(row, outcome)).catch(threw);
    } catch (thrown) {
      return threw(thrown);
    }
  });
  return isLate ? Promise.all(outcomes) : outcomes as readonly SentOutcome[];
}

function threw(thrown: unknown): SentOutcome {
  const { code, message } = (thrown ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  return {
    kind: "fail",
    error: {
      ...(typeof code === "string" ? { code } : {}),
      message: (typeof message === "string" ? message : String(thrown)).slice(0, 2_000),
    },
  };
}

interface RowPlace {
  readonly setup: Setup;
  readonly port: PluginPort;
  readonly request: number;
  readonly row: number;
}

/** What a step may use for a row; a class, so that a row that uses nothing costs little. */
class RowContext {
  readonly rowId: string;
  readonly #place: RowPlace;

  constructor(place: RowPlace, rowId: string) {
    this.#place = place;
    this.rowId = rowId;
  }

  get step(): string {
    return this.#place.setup.step;
  }

  get signal(): AbortSignal {
    return this.#place.port.signalOf(this.#place.request);
  }

  random = (): Loose => {
    const { seed, step } = this.#place.setup;
    const next = sfc32(sha256(`${seed}/${step}/${this.rowId}`));
    return { next, integer: (below: number) => Math.floor(next() * below) };
  };

  effect = (params: unknown, perform: (signal: AbortSignal) => unknown): Promise<unknown> =>
    this.#ask({ method: "effect", params, perform: () => perform(this.signal) });

  get models(): Loose | undefined {
    if (!this.#place.setup.hasModels) return undefined;
    return {
      embed: (texts: unknown, options: unknown) =>
        this.#ask({ method: "embed", params: { texts, ...options as Loose } }),
      rerank: (query: unknown, documents: unknown) =>
        this.#ask({ method: "rerank", params: { query, documents } }),
    };
  }

  #ask(wish: Omit<HostCall, "request" | "row">): Promise<unknown> {
    const { port, request, row } = this.#place;
    return port.call({ request, row, ...wish });
  }
}

/** Looked up on first use, since most steps draw nothing. */
function sha256(text: string): string {
  const { process } = globalThis as unknown as {
    process: { getBuiltinModule: (name: string) => { hash: (...values: readonly string[]) => string } };
  };
  return process.getBuiltinModule("node:crypto").hash("sha256", text, "hex");
}

/** The next rows of a source, and whether those were the last. */
function rowsOf(runner: () => Loose, port: PluginPort) {
  let rows: AsyncIterator<unknown> | undefined;
  return async ({ max }: { readonly max: number }, id: number) => {
    rows ??= (runner().rows as (signal: AbortSignal) => AsyncIterable<unknown>)(port.signalOf(id))
      [Symbol.asyncIterator]();
    const found: unknown[] = [];
    while (found.length < max) {
      const next = await rows.next();
      if (next.done) return { rows: found, done: true };
      found.push(next.value);
    }
    return { rows: found, done: false };
  };
}
