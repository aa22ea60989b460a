import { didYouMean, FastDistillError, isFastDistillError } from "../errors/mod.ts";
import type { KnownPlugin } from "../plugin/mod.ts";
import type { ProviderComponent } from "../provider/mod.ts";
import type { StepComponent, TaskComponent } from "../step/mod.ts";

/** What a name in the registry can stand for. */
export type Component = ProviderComponent | StepComponent | TaskComponent;

/** The kinds of component. */
export type ComponentKind = Component["component"];

/** A component that a project brings. */
export interface PluginEntry {
  /** As the import map has it. */
  readonly specifier: string;
  /** Whether it runs in a sandbox. */
  readonly isSandboxed: boolean;
  /** The project's folder, where grants and the lock are kept. */
  readonly baseDir: string;
  /**
   * Has it say what it is, in a sandbox without any permission.
   * @throws {FastDistillError} `plugin.*`, `registry.load_failed`
   */
  readonly inspect: () => Promise<KnownPlugin>;
}

/** A component that is known by name, not yet loaded. */
export interface RegistryEntry {
  /** What it has to be once it is loaded. */
  readonly kind: ComponentKind;
  /** snake_case; steps and tasks share one namespace, since both stand under `steps`. */
  readonly name: string;
  /** One sentence, so that listing loads nothing. */
  readonly summary: string;
  /** Who brought it, for messages: `built-in`, or the import map and key. */
  readonly origin: string;
  /** Absolute path of its module, where that is a file of the user's own. */
  readonly file?: string;
  /** Whether it takes the place of what has its name already. @default {false} */
  readonly override?: boolean | undefined;
  /** Of a component that a project brings: where from, and how to look at it without running it here. */
  readonly plugin?: PluginEntry | undefined;
  /** Called at most once by a registry. */
  readonly load: () => Promise<Component>;
}

/**
 * Components by name. An instance, not a global: two pipelines in one process never meet.
 *
 * @example
 * ```ts
 * import { defineStep, pass, Registry } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 * import { z } from "zod";
 *
 * const nothing = defineStep({
 *   kind: "row",
 *   name: "nothing",
 *   version: 1,
 *   summary: "Lets every row pass",
 *   config: z.strictObject({}),
 *   columns: () => ({}),
 *   open: () => ({ process: pass }),
 * });
 * const registry = new Registry();
 * registry.add({
 *   kind: "step",
 *   name: "nothing",
 *   summary: "Lets every row pass",
 *   origin: "example",
 *   load: () => Promise.resolve(nothing),
 * });
 * assertEquals(registry.list().map(({ name }) => name), ["nothing"]);
 * assertEquals(await registry.load("step", "nothing"), nothing);
 * ```
 */
export class Registry {
  readonly #entries: Map<string, RegistryEntry> = new Map();
  readonly #loaded: Map<string, Promise<Component>> = new Map();

  /** Starts with the given entries. @throws {FastDistillError} `registry.duplicate` */
  constructor(entries: Iterable<RegistryEntry> = []) {
    for (const entry of entries) this.add(entry);
  }

  /** Makes a component known. @throws {FastDistillError} `registry.duplicate`, naming both origins. */
  add(entry: RegistryEntry): void {
    const key = keyOf(entry.kind, entry.name);
    const known = this.#entries.get(key);
    if (known !== undefined && (known.override === true || entry.override !== true)) {
      throw new FastDistillError(
        "registry.duplicate",
        `Two components claim the name "${entry.name}": a ${known.kind} from ${known.origin}, and a ${entry.kind} from ${entry.origin}`,
        {
          hint:
            `Rename one of the two, or let it take the place of the other: "fastdistill": {"plugins": {"${entry.name}": {"override": true}}}`,
          context: { name: entry.name, origins: [known.origin, entry.origin] },
        },
      );
    }
    this.#entries.set(key, entry);
  }

  /** What is known, by name, sorted by kind and name; nothing is loaded. */
  list(kind?: ComponentKind): readonly RegistryEntry[] {
    const entries = [...this.#entries.values()].filter((entry) => kind === undefined || entry.kind === kind);
    return entries.sort((a, b) =>
      a.kind === b.kind ? (a.name < b.name ? -1 : 1) : (a.kind < b.kind ? -1 : 1)
    );
  }

  /** The entry of a name. `step` finds tasks as well. @throws {FastDistillError} `registry.not_found`, with the nearest name. */
  find(kind: ComponentKind, name: string): RegistryEntry {
    const entry = this.#entries.get(keyOf(kind, name));
    if (entry !== undefined) return entry;
    const elsewhere = this.#entries.get(keyOf(kind === "provider" ? "step" : "provider", name));
    if (elsewhere !== undefined) {
      throw new FastDistillError(
        "registry.wrong_kind",
        `"${name}" is a ${elsewhere.kind}, and a ${kind} is needed here`,
      );
    }
    const space = spaceOf(kind);
    const known = [...this.#entries.values()].filter((other) => spaceOf(other.kind) === space).map((other) =>
      other.name
    );
    throw new FastDistillError(
      "registry.not_found",
      `No ${space} is named "${name}"${didYouMean(name, known)}`,
      {
        hint: known.length === 0 ? undefined : `Known: ${known.sort().join(", ")}`,
        context: { kind, name },
      },
    );
  }

  /**
   * Loads a component on first use. `step` finds tasks as well.
   * @throws {FastDistillError} `registry.not_found`, `registry.load_failed`, `registry.invalid_component`
   */
  load(kind: ComponentKind, name: string): Promise<Component> {
    const entry = this.find(kind, name);
    const key = keyOf(entry.kind, name);
    let loading = this.#loaded.get(key);
    if (loading === undefined) {
      loading = loadEntry(entry);
      this.#loaded.set(key, loading);
    }
    return loading;
  }
}

function spaceOf(kind: ComponentKind): "provider" | "step" {
  return kind === "provider" ? "provider" : "step";
}

function keyOf(kind: ComponentKind, name: string): string {
  return `${spaceOf(kind)}:${name}`;
}

async function loadEntry(entry: RegistryEntry): Promise<Component> {
  let component: Component;
  try {
    component = await entry.load();
  } catch (cause) {
    if (isFastDistillError(cause)) throw cause;
    throw new FastDistillError(
      "registry.load_failed",
      `Cannot load the ${entry.kind} "${entry.name}" from ${entry.origin}`,
      {
        cause,
      },
    );
  }
  checkLoaded(entry, component);
  return component;
}

function checkLoaded(entry: RegistryEntry, component: unknown): asserts component is Component {
  const { component: kind, definition } = (component ?? {}) as Partial<Component>;
  const what = `The ${entry.kind} "${entry.name}" from ${entry.origin}`;
  if (kind !== entry.kind || typeof definition !== "object" || definition === null) {
    throw new FastDistillError(
      "registry.invalid_component",
      `${what} does not export a ${entry.kind} as its default export`,
    );
  }
  if (definition.name !== entry.name) {
    throw new FastDistillError("registry.invalid_component", `${what} calls itself "${definition.name}"`);
  }
}
