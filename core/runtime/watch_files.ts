import { type FSWatcher, statSync, watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";

/** Milliseconds without a change after which a burst of them, such as a save of several files, is over. */
const QUIET_MS = 50;

/** Looks after files, whether they are there or not, until it is disposed of. */
export interface FileWatch extends Disposable {
  /** Looks after these files from now on, and after no others. */
  readonly follow: (paths: Iterable<string>) => void;
  /** Resolves with the files that have changed since it was last asked, once a burst of changes is over. */
  readonly next: () => Promise<readonly string[]>;
}

/**
 * Watches files by way of their folders, so that one that an editor replaces is not lost. Nothing is polled: the operating
 * system tells. What only was read, or was written as it was before in the same millisecond, is no change.
 */
export function watchFiles(): FileWatch {
  const watch = new FolderWatch();
  return {
    follow: (paths) => watch.follow(paths),
    next: () => watch.next(),
    [Symbol.dispose]: () => watch.close(),
  };
}

class FolderWatch {
  readonly #folders: Map<string, FSWatcher> = new Map();
  /** What each file was when it was last looked at. */
  readonly #files: Map<string, string> = new Map();
  readonly #changed: Set<string> = new Set();
  #waiting: PromiseWithResolvers<readonly string[]> | undefined;
  #quiet: ReturnType<typeof setTimeout> | undefined;

  follow(paths: Iterable<string>): void {
    const wanted = new Set([...paths].map((path) => resolve(path)));
    for (const path of this.#files.keys()) {
      if (!wanted.has(path)) this.#files.delete(path);
    }
    const folders = new Set([...wanted].map((path) => dirname(path)));
    for (const [folder, watcher] of this.#folders) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#folders.delete(folder);
    }
    for (const folder of folders) this.#open(folder);
    for (const path of wanted) {
      if (!this.#files.has(path)) this.#files.set(path, stateOf(path));
    }
  }

  next(): Promise<readonly string[]> {
    this.#waiting ??= Promise.withResolvers();
    const { promise } = this.#waiting;
    if (this.#changed.size > 0) this.#settleSoon();
    return promise;
  }

  close(): void {
    clearTimeout(this.#quiet);
    for (const watcher of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }

  /** A folder that is not there has no files that could change; it is tried again when files are followed anew. */
  #open(folder: string): void {
    // Of a folder that is not there, some runtimes tell at once and others later.
    if (this.#folders.has(folder) || statSync(folder, { throwIfNoEntry: false }) === undefined) return;
    const watcher = watch(folder, (_, name) => this.#onEvent(folder, name));
    watcher.on("error", () => {
      watcher.close();
      if (this.#folders.get(folder) === watcher) this.#folders.delete(folder);
    });
    this.#folders.set(folder, watcher);
  }

  #onEvent(folder: string, name: string | null): void {
    for (const [path, before] of this.#files) {
      if (dirname(path) !== folder || (name !== null && basename(path) !== basename(name))) continue;
      const now = stateOf(path);
      if (now === before) continue;
      this.#files.set(path, now);
      this.#changed.add(path);
    }
    if (this.#changed.size > 0) this.#settleSoon();
  }

  #settleSoon(): void {
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => {
      const waiting = this.#waiting;
      if (waiting === undefined) return;
      this.#waiting = undefined;
      const changed = [...this.#changed].sort();
      this.#changed.clear();
      waiting.resolve(changed);
    }, QUIET_MS);
  }
}

function stateOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true });
  return found === undefined ? "" : `${found.ino} ${found.size} ${found.mtimeNs}`;
}
