/**
 * What a Python program can reach outside of its WebAssembly memory: the functions that the interpreter imports. While
 * a program runs, only those named here answer; all others end the program.
 *
 * @module
 */

/** A function that the interpreter imports. */
export type HostFunction = (...args: never[]) => unknown;

/** Why a program is ended from outside. */
export type TrapKind = "timeout" | "forbidden" | "exit" | "output_limit" | "crashed";

/** Thrown through the stack of the program, which has no means to catch it. */
export class ProgramTrap {
  readonly kind: TrapKind;
  readonly message: string;

  /** @param message for people */
  constructor(kind: TrapKind, message: string) {
    this.kind = kind;
    this.message = message;
  }
}

/** What one program is given, and its bounds. */
export interface GateRules {
  readonly stdin: Uint8Array;
  /** Whether the program has had its time. */
  readonly isOver: () => boolean;
  readonly outputBytesMax: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Error numbers of WASI. */
const EROFS = 69;
const ENOSYS = 52;
const ENOTTY = 59;
const ESPIPE = 70;
/** Flags of `open`: access mode, create, truncate. */
const O_CHANGING = 3 | 0o100 | 0o1000;
const STDERR = 2;
const F_DUPFD = 0;
const F_SETFL = 4;
const F_DUPFD_CLOEXEC = 1030;
const SEED = 0x9e3779b9;

/** Clocks, reading of the library's files, and functions that compute. */
const HARMLESS: ReadonlySet<string> = new Set(
  ("__syscall_chdir __syscall_faccessat __syscall_fadvise64 __syscall_fchdir __syscall_fdatasync __syscall_fstat64 " +
    "__syscall_fstatfs64 __syscall_getcwd __syscall_getdents64 __syscall_getuid32_js __syscall_lstat64 " +
    "__syscall_newfstatat __syscall_readlinkat __syscall_stat64 __syscall_statfs64 _emscripten_get_progname " +
    "_gmtime_js _localtime_js _mktime_js _PyEM_TrampolineCall_JS _timegm_js _tzset_js clock_res_get " +
    "emscripten_date_now emscripten_runtime_keepalive_pop emscripten_runtime_keepalive_push environ_get " +
    "environ_sizes_get fd_fdstat_get fd_pread fd_sync").split(" "),
);
const CHANGES_FILES: ReadonlySet<string> = new Set(
  ("__syscall_chmod __syscall_fallocate __syscall_fchmod __syscall_fchmodat2 __syscall_fchown32 __syscall_fchownat " +
    "__syscall_ftruncate64 __syscall_mkdirat __syscall_mknodat __syscall_renameat __syscall_rmdir " +
    "__syscall_symlinkat __syscall_truncate64 __syscall_unlinkat __syscall_utimensat").split(" "),
);
const NOT_OFFERED: ReadonlySet<string> = new Set(
  "__syscall_dup __syscall_dup3 __syscall_pipe __syscall_poll _mmap_js _msync_js _munmap_js _setitimer_js"
    .split(" "),
);
const NETWORK =
  /^(?:getaddrinfo|getnameinfo|getprotobyname|_?emscripten_lookup_name|_maybe_|_try_|__syscall_(?:accept4|bind|connect|get(?:peer|sock)|listen|recv|send|socket))/;
const NATIVE = /^(?:ffi_|_dl|_emscripten_dlopen)/;

/** The imports of one interpreter, guarded. Open while the interpreter starts, closed while programs run. */
export class HostGate {
  #rules: GateRules | undefined;
  #memory: WebAssembly.Memory | undefined;
  #memoryBytesMax = 0;
  #stdinAt = 0;
  #output: Uint8Array = new Uint8Array();
  #outputBytes = 0;
  #bytesWritten = 0;
  #random = SEED;

  /** From here on programs may make the memory grow to this size. */
  close(memory: WebAssembly.Memory, memoryBytesMax: number): void {
    this.#memory = memory;
    this.#memoryBytesMax = memoryBytesMax;
  }

  /** Before each program. */
  begin(rules: GateRules): void {
    this.#rules = rules;
    this.#stdinAt = 0;
    if (this.#output.length !== rules.outputBytesMax) this.#output = new Uint8Array(rules.outputBytesMax);
    this.#outputBytes = 0;
    this.#bytesWritten = 0;
    this.#random = SEED;
  }

  /** What the program has written to its standard output. */
  get output(): string {
    return decoder.decode(this.#output.subarray(0, this.#outputBytes));
  }

  /** Replaces the functions in the table of imports by guarded ones. */
  guard(imports: Record<string, unknown>): void {
    for (const [name, real] of Object.entries(imports)) {
      if (typeof real !== "function") continue;
      const guarded = this.#guarded(name, real as HostFunction);
      const opened = (...args: never[]) => this.#memory === undefined ? real(...args) : guarded(...args);
      imports[name] = Object.assign(opened, real);
    }
  }

  #guarded(name: string, real: HostFunction): HostFunction {
    if (HARMLESS.has(name)) return real;
    if (CHANGES_FILES.has(name)) return () => -EROFS;
    if (NOT_OFFERED.has(name)) return () => -ENOSYS;
    const own = this.#own(real)[name];
    if (own !== undefined) return own as HostFunction;
    const what = NETWORK.test(name) ? "the network" : NATIVE.test(name) ? "native code" : "its host";
    return () => {
      throw new ProgramTrap("forbidden", `The program tried to reach ${what}`);
    };
  }

  /** Those that answer in another way than the interpreter's own. */
  #own(real: HostFunction): Readonly<Record<string, (...args: number[]) => unknown>> {
    const pass = real as unknown as (...args: number[]) => unknown;
    return {
      fd_write: (fd, iov, count, written) =>
        fd === 1 || fd === STDERR
          ? this.#write(fd, iov!, count!, written!)
          : pass(fd!, iov!, count!, written!),
      fd_read: (fd, iov, count, read) =>
        fd === 0 ? this.#read(iov!, count!, read!) : pass(fd!, iov!, count!, read!),
      fd_pwrite: () => EROFS,
      fd_close: (fd) => fd! <= STDERR ? 0 : pass(fd!),
      fd_seek: (fd, ...rest) => fd! <= STDERR ? ESPIPE : pass(fd!, ...rest),
      __syscall_ioctl: (fd, ...rest) => fd! <= STDERR ? -ENOTTY : pass(fd!, ...rest),
      __syscall_fcntl64: (fd, command, ...rest) =>
        [F_DUPFD, F_SETFL, F_DUPFD_CLOEXEC].includes(command!) ? -ENOSYS : pass(fd!, command!, ...rest),
      __syscall_openat: (folder, path, flags, mode) =>
        (flags! & O_CHANGING) !== 0 && this.#text(path!) !== "/dev/null"
          ? -EROFS
          : pass(folder!, path!, flags!, mode!),
      __syscall_umask_js: () => 0o22,
      can_run_sync_js: () => 0,
      random_get: (at, size) => this.#fillRandom(at!, size!),
      emscripten_resize_heap: (bytes) => (bytes! >>> 0) > this.#memoryBytesMax ? 0 : pass(bytes!),
      emscripten_get_heap_max: () => this.#memoryBytesMax,
      emscripten_get_now: () => this.#timed(pass()),
      clock_time_get: (...args) => this.#timed(pass(...args)),
      _Py_CheckEmscriptenSignals_Helper: () => this.#timed(0),
      proc_exit: (code) => exit(code!),
      exit: (code) => exit(code!),
      _emscripten_system: () => {
        throw new ProgramTrap("forbidden", "The program tried to start another program");
      },
      _abort_js: crash,
      __assert_fail: crash,
      throw_no_gil: crash,
    };
  }

  #timed<T>(value: T): T {
    if (this.#rules!.isOver()) throw new ProgramTrap("timeout", "");
    return value;
  }

  /** Both outputs count, the standard one is kept. */
  #write(fd: number, iov: number, count: number, written: number): number {
    const view = new DataView(this.#memory!.buffer);
    let total = 0;
    for (let index = 0; index < count >>> 0; index++) {
      const at = view.getUint32(iov + index * 8, true);
      const size = view.getUint32(iov + index * 8 + 4, true);
      this.#bytesWritten += size;
      if (this.#bytesWritten > this.#output.length) {
        throw new ProgramTrap("output_limit", `The program wrote more than ${this.#output.length} bytes`);
      }
      if (fd === 1) {
        this.#output.set(new Uint8Array(this.#memory!.buffer, at, size), this.#outputBytes);
        this.#outputBytes += size;
      }
      total += size;
    }
    view.setUint32(written, total, true);
    return 0;
  }

  #read(iov: number, count: number, read: number): number {
    const view = new DataView(this.#memory!.buffer);
    const from = this.#stdinAt;
    for (let index = 0; index < count >>> 0; index++) {
      const at = view.getUint32(iov + index * 8, true);
      const size = view.getUint32(iov + index * 8 + 4, true);
      const piece = this.#rules!.stdin.subarray(this.#stdinAt, this.#stdinAt + size);
      new Uint8Array(this.#memory!.buffer).set(piece, at);
      this.#stdinAt += piece.length;
    }
    view.setUint32(read, this.#stdinAt - from, true);
    return 0;
  }

  /** The same numbers for every program: nothing in a verdict depends on luck. Marsaglia, "Xorshift RNGs", 2003. */
  #fillRandom(at: number, size: number): number {
    const bytes = new Uint8Array(this.#memory!.buffer, at, size);
    for (let index = 0; index < size; index++) {
      this.#random ^= this.#random << 13;
      this.#random ^= this.#random >>> 17;
      this.#random ^= this.#random << 5;
      bytes[index] = this.#random & 0xff;
    }
    return 0;
  }

  #text(at: number): string {
    const bytes = new Uint8Array(this.#memory!.buffer);
    return decoder.decode(bytes.slice(at, bytes.indexOf(0, at)));
  }
}

function exit(code: number): never {
  throw new ProgramTrap("exit", `The program ended itself with code ${code}`);
}

function crash(): never {
  throw new ProgramTrap("crashed", "The interpreter failed");
}

/** A text as it is handed to the interpreter. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}
