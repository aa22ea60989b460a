import { digest, FastDistillError, type JsonObject, type ProviderSetup } from "@fastdistill/core/authoring";
import { type Scrub, scrubberOf } from "./_scrubber.ts";
import type { OpenAICompatibleConfig } from "./config.ts";

/** Everything that calls of one endpoint have in common. */
export interface Connection {
  /** The URL of a path of the API, query included. */
  readonly urlOf: (path: string) => string;
  /** Identity of the endpoint: the base URL without credentials and query; with `extra`, a digest of it. */
  readonly endpoint: string;
  /** A digest of all credentials; `undefined` where there are none. */
  readonly account: string | undefined;
  readonly model: string;
  readonly headers: Headers;
  /** Takes keys, header values and passwords out of a text. */
  readonly scrub: Scrub;
  /** Where a key is looked for, when none was found. */
  readonly missingKey: string | undefined;
  readonly maxChoices: number;
  /** OpenAI itself knows only the second for its newer models, most others only the first. */
  readonly maxTokensField: "max_tokens" | "max_completion_tokens";
  /** What servers call the documents of a rerank request. */
  readonly rerankField: "documents" | "texts";
  readonly extra: JsonObject;
  readonly fetch: typeof fetch;
  readonly now: () => number;
}

/** Where chat completions are asked for. */
export const CHAT_PATH: string = "/chat/completions";

/**
 * Brings configuration, environment and base URL together.
 * @throws {FastDistillError} `config.invalid_value` when a header cannot be sent
 */
export function connectionOf(config: OpenAICompatibleConfig, setup: ProviderSetup): Connection {
  const base = new URL(config.base_url);
  const path = base.pathname.replace(/\/+$/, "").replace(new RegExp(`${CHAT_PATH}$`), "");
  const basic = base.username + base.password === ""
    ? undefined
    : `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`;
  const key = (config.api_key ?? envKey(config, setup))?.trim() || undefined;
  const headers = headersOf(config, { name: setup.name, key, basic });
  const extra = config.extra ?? {};
  const identity = `${base.origin}${path}`;
  const secrets = secretsOf(config, { base, basic, key });
  return {
    urlOf: (path) => `${identity}${path}${base.search}`,
    endpoint: Object.keys(extra).length === 0 ? identity : `${identity}#extra=${digest(extra).slice(0, 16)}`,
    account: accountOf(config, secrets),
    model: config.model,
    headers,
    scrub: scrubberOf(secrets),
    missingKey: key !== undefined || basic !== undefined || config.headers !== undefined
      ? undefined
      : config.api_key_env || "api_key",
    maxChoices: config.max_choices,
    maxTokensField: base.hostname === "api.openai.com" ? "max_completion_tokens" : "max_tokens",
    rerankField: config.rerank_field,
    extra,
    fetch: setup.fetch,
    now: setup.now,
  };
}

/** Limits are of a key and of an organisation. */
function accountOf(
  { organization = "" }: OpenAICompatibleConfig,
  secrets: readonly string[],
): string | undefined {
  if (organization === "" && secrets.length === 0) return undefined;
  return digest([organization, ...secrets]).slice(0, 16);
}

function envKey(config: OpenAICompatibleConfig, setup: ProviderSetup): string | undefined {
  return config.api_key_env === "" ? undefined : setup.env(config.api_key_env);
}

interface Credentials {
  readonly name: string;
  readonly key: string | undefined;
  /** `user:password` of the base URL. */
  readonly basic: string | undefined;
}

function headersOf(config: OpenAICompatibleConfig, { name, key, basic }: Credentials): Headers {
  const headers = new Headers({ "content-type": "application/json", accept: "application/json" });
  const set = (header: string, value: string) => {
    try {
      headers.set(header, value);
    } catch {
      // The platform's own message would quote the value, which may be a key.
      throw new FastDistillError(
        "config.invalid_value",
        `Cannot send the header ${
          JSON.stringify(header)
        } of provider "${name}": HTTP does not allow its name or value`,
        { hint: "Look for line breaks and for letters outside Latin-1" },
      );
    }
  };
  if (key !== undefined) set("authorization", `Bearer ${key}`);
  else if (basic !== undefined) set("authorization", `Basic ${btoa(String.fromCharCode(...utf8(basic)))}`);
  if (config.organization !== undefined) set("openai-organization", config.organization);
  for (const [header, value] of Object.entries(config.headers ?? {})) set(header, value);
  return headers;
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function secretsOf(
  config: OpenAICompatibleConfig,
  { base, basic, key }: { readonly base: URL; readonly basic?: string; readonly key?: string },
): readonly string[] {
  const headers = Object.values(config.headers ?? {}).flatMap((value) => [value, value.split(" ").at(-1)!]);
  const password = basic === undefined ? [] : [basic, basic.slice(basic.indexOf(":") + 1), base.password];
  return [...(key === undefined ? [] : [key]), ...headers, ...password, ...base.searchParams.values()];
}
