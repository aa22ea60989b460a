import { didYouMean, FastDistillError } from "@fastdistill/core/errors";

/** What a plugin can be. */
export type PluginKind = "step" | "task" | "provider";

/** A plugin that is to be made. */
export interface NewPlugin {
  readonly kind: PluginKind;
  /** As pipelines name it. */
  readonly name: string;
  /** Who publishes it, without the sign in front. */
  readonly scope: string;
}

const KINDS: readonly PluginKind[] = ["step", "task", "provider"];
const NAME = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;
const NAME_MAX = 32;
const SCOPE = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/** Name of the package on a registry. */
export function packageOf({ kind, name, scope }: NewPlugin): string {
  return `@${scope}/${importKeyOf({ kind, name })}`;
}

/** The name in an import map under which the plugin is found. */
export function importKeyOf({ kind, name }: Pick<NewPlugin, "kind" | "name">): string {
  return `fastdistill-${kind}-${name.replaceAll("_", "-")}`;
}

/** @throws {FastDistillError} `config.usage` for a kind that is none */
export function checkKind(word: string): PluginKind {
  const kind = KINDS.find((one) => one === word);
  if (kind !== undefined) return kind;
  throw new FastDistillError(
    "config.usage",
    `A plugin is a step, a task or a provider, found "${word}"${didYouMean(word, KINDS)}`,
  );
}

/** @throws {FastDistillError} `config.usage` for a name that no pipeline could use, or that is taken */
export function checkPluginName(word: string, taken: readonly string[]): void {
  const hint = `A name is up to ${NAME_MAX} lower-case letters, digits and single underscores, letter first`;
  if (!NAME.test(word) || word.length > NAME_MAX) {
    const near = nearName(word);
    const suggestion = near === undefined ? "" : `; did you mean "${near}"?`;
    throw new FastDistillError("config.usage", `No plugin can be named "${word}"${suggestion}`, { hint });
  }
  if (taken.includes(word)) {
    throw new FastDistillError("config.usage", `FastDistill has a component "${word}" already`, {
      hint: `Take another name, such as "my_${word}"`,
    });
  }
}

/** @throws {FastDistillError} `config.usage` */
export function checkScope(word: string): string {
  const scope = word.replace(/^@/, "");
  if (SCOPE.test(scope) && scope.length <= 20) return scope;
  throw new FastDistillError("config.usage", `No registry has a scope "${word}"`, {
    hint: "A scope is up to 20 lower-case letters, digits and single dashes, letter first: acme",
  });
}

/** The nearest name that could be used. */
function nearName(word: string): string | undefined {
  const near = word
    .replace(/^@[^/]*\//, "")
    .replace(/^fastdistill-(?:step|task|provider)-/, "")
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replace(/^[_0-9]+/, "")
    .slice(0, NAME_MAX)
    .replace(/_+$/, "");
  return near === word || !NAME.test(near) ? undefined : near;
}
