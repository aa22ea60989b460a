import { isJsonObject, type Json, type ProviderHealth } from "@fastdistill/core/authoring";
import { getJson } from "./chat.ts";
import type { Connection } from "./connection.ts";

/**
 * Asks an endpoint which models it has. One that answers and has no such list is there all the same.
 * @throws {FastDistillError} `provider.*`
 */
export async function checkEndpoint(connection: Connection, signal: AbortSignal): Promise<ProviderHealth> {
  const found = await getJson(connection, { path: "/models", signal });
  const names = found === undefined ? undefined : modelsIn(found.text);
  if (names === undefined) return { detail: "it answers, and lists no models" };
  return {
    detail: `${names.length} ${names.length === 1 ? "model" : "models"}`,
    hasModel: names.includes(connection.model),
  };
}

function modelsIn(text: string): readonly string[] | undefined {
  let body: Json;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined; // A page for people, say.
  }
  if (!isJsonObject(body) || !Array.isArray(body.data)) return undefined;
  return body.data.flatMap((model) => isJsonObject(model) && typeof model.id === "string" ? [model.id] : []);
}
