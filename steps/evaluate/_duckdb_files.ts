/**
 * The files that DuckDB sees when it is compiled to WebAssembly: the ones that it is given here, by name, and those that
 * it makes itself, in memory. No function below can reach the files of the machine.
 *
 * @module
 */

/** A file that DuckDB can open. */
export interface DuckDbFile {
  readonly size: () => number;
  /** Fills `into` with what stands at `at`, and says how many bytes there were. */
  readonly read: (into: Uint8Array, at: number) => number;
  /** @throws {TypeError} when it can only be read */
  readonly write: (bytes: Uint8Array, at: number) => void;
  /** @throws {TypeError} when it can only be read */
  readonly resize: (size: number) => void;
}

/** The part of the compiled module that is used. */
export interface DuckDbModule {
  readonly HEAPU8: Uint8Array;
  readonly HEAPF64: Float64Array;
  readonly _malloc: (bytes: number) => number;
  readonly ccall: (name: string, result: null, types: readonly string[], values: readonly unknown[]) => void;
}

/** The functions of the package that pass texts to and from the module. */
export interface DuckDbTexts {
  readonly callSRet: (
    module: DuckDbModule,
    name: string,
    types: readonly string[],
    values: readonly unknown[],
  ) => readonly [status: number, data: number, length: number];
  readonly dropResponseBuffers: (module: DuckDbModule) => void;
  readonly failWith: (module: DuckDbModule, message: string) => void;
  readonly readString: (module: DuckDbModule, at: number, length: number) => string;
}

/** Flags of the package: what is to happen to a file that is not there. */
const CREATES = 8 | 16;
const NULL_IF_MISSING = 128;
/** Of the protocols of the package the one of files that a runtime serves. */
const SERVED_BY_RUNTIME = 1;
/** What opening answers with: the size, and no address in memory. */
const OPENED_BYTES = 16;

/** A file in memory, which can be written to. */
export function memoryFile(bytes: Uint8Array = new Uint8Array(0)): DuckDbFile {
  let held = bytes;
  let size = bytes.length;
  const grow = (wanted: number) => {
    if (wanted <= held.length) return;
    const larger = new Uint8Array(Math.max(wanted, 2 * held.length));
    larger.set(held.subarray(0, size));
    held = larger;
  };
  return {
    size: () => size,
    read: (into, at) => {
      const part = held.subarray(at, Math.min(at + into.length, size));
      into.set(part);
      return part.length;
    },
    write: (part, at) => {
      grow(at + part.length);
      held.set(part, at);
      size = Math.max(size, at + part.length);
    },
    resize: (wanted) => {
      grow(wanted);
      if (wanted < size) held.fill(0, wanted, size);
      size = wanted;
    },
  };
}

type DuckDbCall = (module: DuckDbModule, ...rest: number[]) => number;

/** What the package asks of its host, by the names that it has for it: files, and nothing else. */
export function duckDbRuntime(
  files: Map<string, DuckDbFile>,
  texts: () => DuckDbTexts,
): Readonly<Record<string, unknown>> {
  const opened = new Map<number, DuckDbFile>();
  const named = (module: DuckDbModule, at: number, length: number) => texts().readString(module, at, length);
  const nothing = () => 0;
  /** What goes wrong in here is told to DuckDB, whose error it then is. */
  const guarded = (work: DuckDbCall): DuckDbCall => (module, ...rest) => {
    try {
      return work(module, ...rest);
    } catch (thrown) {
      texts().failWith(module, thrown instanceof Error ? thrown.message : String(thrown));
      return 0;
    }
  };
  return {
    _udfFunctions: new Map(),
    testPlatformFeature: () => true,
    getDefaultDataProtocol: () => SERVED_BY_RUNTIME,
    openFile: guarded((module, id, flags) => {
      const name = nameOf(module, id!, texts());
      let file = files.get(name);
      if (file === undefined && (flags! & CREATES) !== 0) files.set(name, file = memoryFile());
      if (file === undefined && (flags! & NULL_IF_MISSING) !== 0) return 0;
      if (file === undefined) throw new TypeError(`There is no file ${name}`);
      opened.set(id!, file);
      const answer = module._malloc(OPENED_BYTES);
      module.HEAPF64[answer >> 3] = file.size();
      module.HEAPF64[(answer >> 3) + 1] = 0;
      return answer;
    }),
    closeFile: (_: DuckDbModule, id: number) => void opened.delete(id),
    readFile: guarded((module, id, into, bytes, at) => {
      const start = into! >>> 0;
      return fileOf(opened, id!).read(module.HEAPU8.subarray(start, start + bytes!), at!);
    }),
    writeFile: guarded((module, id, from, bytes, at) => {
      const start = from! >>> 0;
      fileOf(opened, id!).write(module.HEAPU8.subarray(start, start + bytes!), at!);
      return bytes!;
    }),
    truncateFile: guarded((_, id, size) => {
      fileOf(opened, id!).resize(size!);
      return 0;
    }),
    checkFile: (module: DuckDbModule, at: number, length: number) => files.has(named(module, at, length)),
    removeFile: (module: DuckDbModule, at: number, length: number) =>
      void files.delete(named(module, at, length)),
    moveFile: guarded((module, from, fromLength, to, toLength) => {
      const [old, name] = [named(module, from!, fromLength!), named(module, to!, toLength!)];
      const file = files.get(old);
      if (file === undefined) throw new TypeError(`There is no file ${old}`);
      files.delete(old);
      files.set(name, file);
      return 1;
    }),
    syncFile: nothing,
    dropFile: nothing,
    getLastFileModificationTime: nothing,
    checkDirectory: () => false,
    createDirectory: nothing,
    removeDirectory: nothing,
    listDirectoryEntries: () => false,
    // A name is looked for as a pattern, and stands for itself only.
    glob: guarded((module, at, length) => {
      const name = named(module, at!, length!);
      if (files.has(name)) module.ccall("duckdb_web_fs_glob_add_path", null, ["string"], [name]);
      return 0;
    }),
    progressUpdate: nothing,
    callScalarUDF: nothing,
  };
}

function fileOf(opened: ReadonlyMap<number, DuckDbFile>, id: number): DuckDbFile {
  const file = opened.get(id);
  if (file === undefined) throw new TypeError(`The file ${id} is not open`);
  return file;
}

function nameOf(module: DuckDbModule, id: number, texts: DuckDbTexts): string {
  const [status, data, length] = texts.callSRet(
    module,
    "duckdb_web_fs_get_file_info_by_id",
    ["number", "number"],
    [id, 0],
  );
  const text = status === 0 ? texts.readString(module, data, length) : "null";
  texts.dropResponseBuffers(module);
  const info = JSON.parse(text) as { readonly fileName?: string } | null;
  if (info?.fileName === undefined) throw new TypeError(`There is no file ${id}`);
  return info.fileName;
}
