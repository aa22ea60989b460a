/** TypeScript for the helper process that runs JavaScript: types are checked and taken away, without any file. @module */
import { readFileSync } from "node:fs";
import type { CodeVerdict, WorkerTools } from "./_code_protocol.ts";

const FILE = "/program.ts";
const LIB = "/lib/";
/** What a program finds besides the language; `_js_prelude.ts` makes it. */
const AMBIENT =
  `declare const console: Record<"log" | "info" | "debug" | "error" | "warn", (...values: any[]) => void>;
declare function print(...values: any[]): void;
declare function readline(): string | null;
declare function prompt(): string | null;
declare function require(name: string): any;
declare function setTimeout(run: (...values: any[]) => void, ms?: number, ...values: any[]): number;
declare function clearTimeout(id?: number): void;
declare const process: any, module: any, exports: any;`;

/** The part of the package that is used: it comes from a path, so its types are not known here. */
interface Compiler {
  readonly ScriptTarget: { readonly ES2022: number };
  readonly ModuleKind: { readonly ESNext: number };
  readonly transpileModule: (source: string, options: unknown) => {
    readonly outputText: string;
    readonly diagnostics?: readonly Diagnostic[];
  };
  readonly createSourceFile: (
    path: string,
    source: string,
    target: number,
    setParents: boolean,
  ) => SourceFile;
  readonly createProgram: (files: readonly string[], options: unknown, host: unknown) => unknown;
  readonly getPreEmitDiagnostics: (program: unknown) => readonly Diagnostic[];
  readonly flattenDiagnosticMessageText: (message: unknown, separator: string) => string;
}

interface SourceFile {
  readonly getLineAndCharacterOfPosition: (at: number) => { readonly line: number };
}

interface Diagnostic {
  readonly code: number;
  readonly messageText: unknown;
  readonly start?: number;
  readonly file?: SourceFile;
}

/** A source without its types, or what is wrong with it. */
export type Stripped = { readonly code: string } | { readonly verdict: CodeVerdict };

/** A compiler that knows nothing but the language's own libraries. */
export class TypeScript {
  readonly #compiler: Compiler;
  readonly #folder: string;
  readonly #libraries: Map<string, SourceFile | undefined> = new Map();

  /** @param folder absolute path of the package's `lib` */
  constructor(folder: string, tools: WorkerTools) {
    this.#folder = folder;
    const module = { exports: {} };
    this.#compiler = tools.loadScript(`${folder}/typescript.js`, {
      // Without sight of `process` and `require` the compiler has no file system.
      names: { module, exports: module.exports, require: undefined, process: undefined },
      result: "module.exports",
    }) as Compiler;
  }

  /** Takes the types away, after checking them if that is asked for. */
  strip(source: string, { check }: { readonly check: boolean }): Stripped {
    const { ScriptTarget, ModuleKind, transpileModule } = this.#compiler;
    const compilerOptions = { target: ScriptTarget.ES2022, module: ModuleKind.ESNext, isolatedModules: true };
    const { outputText, diagnostics = [] } = transpileModule(source, {
      compilerOptions,
      reportDiagnostics: true,
    });
    if (diagnostics[0] !== undefined) return { verdict: this.#verdict("syntax", diagnostics[0]) };
    const wrong = check ? this.#check(source) : undefined;
    // A file that holds only types is left with a marker of modules.
    return wrong === undefined
      ? { code: outputText.replace(/^export \{\};?$/m, "") }
      : { verdict: this.#verdict("type", wrong) };
  }

  #check(source: string): Diagnostic | undefined {
    const { ScriptTarget, ModuleKind, createSourceFile, createProgram, getPreEmitDiagnostics } =
      this.#compiler;
    const target = ScriptTarget.ES2022;
    const own = new Map([[FILE, source], ["/ambient.d.ts", AMBIENT]]);
    const host = {
      getSourceFile: (path: string) => {
        const text = own.get(path);
        return text === undefined ? this.#library(path) : createSourceFile(path, text, target, true);
      },
      getDefaultLibFileName: () => `${LIB}lib.es2022.d.ts`,
      getDefaultLibLocation: () => LIB,
      getCurrentDirectory: () => "/",
      getCanonicalFileName: (path: string) => path,
      useCaseSensitiveFileNames: () => true,
      getNewLine: () => "\n",
      fileExists: (path: string) => own.has(path),
      readFile: (path: string) => own.get(path),
      writeFile: () => {},
      directoryExists: () => false,
      getDirectories: () => [],
    };
    const options = {
      target,
      module: ModuleKind.ESNext,
      lib: ["lib.es2022.d.ts"],
      strict: true,
      noEmit: true,
      types: [],
      moduleDetection: 3,
    };
    return getPreEmitDiagnostics(createProgram([FILE, "/ambient.d.ts"], options, host))[0];
  }

  #library(path: string): SourceFile | undefined {
    if (!/^\/lib\/lib\.[a-z0-9.]+\.d\.ts$/.test(path)) return undefined;
    if (!this.#libraries.has(path)) {
      const text = readFileSync(`${this.#folder}/${path.slice(LIB.length)}`, "utf8");
      this.#libraries.set(
        path,
        this.#compiler.createSourceFile(path, text, this.#compiler.ScriptTarget.ES2022, true),
      );
    }
    return this.#libraries.get(path);
  }

  #verdict(error: "syntax" | "type", { code, messageText, start, file }: Diagnostic): CodeVerdict {
    const text = this.#compiler.flattenDiagnosticMessageText(messageText, " ");
    const line = file === undefined || start === undefined
      ? ""
      : ` (line ${file.getLineAndCharacterOfPosition(start).line + 1})`;
    return { error, message: `TS${code}: ${text}${line}` };
  }
}
