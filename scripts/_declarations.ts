/**
 * The declaration (`.d.ts`) of a single export, made from its file alone.
 *
 * @module
 */
import ts from "typescript";
import type { Problem } from "./_problem.ts";
import { declaredNames } from "./_public_names.ts";
import { parseSource } from "./_source.ts";
import { readText } from "./_tree.ts";

interface Module {
  readonly source: ts.SourceFile;
  readonly declared: ts.SourceFile;
  readonly diagnostics: readonly ts.Diagnostic[];
  /** `deno doc` gives places in bytes. */
  readonly bytes: Uint8Array;
}

/** Reads declarations file by file and keeps them. */
export class Declarations {
  readonly #root: string;
  readonly #modules = new Map<string, Module>();
  readonly #problems = new Map<string, Problem>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Public declarations whose type only inference could tell. */
  get problems(): readonly Problem[] {
    return [...this.#problems.values()];
  }

  /** The signature of whatever is declared at a byte offset of a file. */
  async signature(file: string, byteIndex: number): Promise<string> {
    const module = await this.#load(file);
    const position = new TextDecoder().decode(module.bytes.subarray(0, byteIndex)).length;
    const statement = module.source.statements.find((one) => one.pos <= position && position < one.end);
    const name = statement === undefined ? undefined : nameAt(statement, position);
    if (statement === undefined || name === undefined) return "unknown";
    this.#reportInference(file, module, statement);
    return module.declared.statements
      .filter((one) => declaredNames(one).includes(name))
      .map((one) => one.getText(module.declared).replace(/^export (default )?(declare )?/, ""))
      .join("\n");
  }

  #reportInference(file: string, module: Module, statement: ts.Statement): void {
    for (const { start = -1, messageText } of module.diagnostics) {
      if (start < statement.pos || start >= statement.end) continue;
      const line = module.source.getLineAndCharacterOfPosition(start).line + 1;
      const message = ts.flattenDiagnosticMessageText(messageText, " ").replace(/\.$/, "");
      this.#problems.set(`${file}:${line}`, { file, line, message });
    }
  }

  async #load(file: string): Promise<Module> {
    const known = this.#modules.get(file);
    if (known !== undefined) return known;
    const text = await readText(this.#root, file) ?? "";
    const { outputText, diagnostics = [] } = ts.transpileDeclaration(text, {
      fileName: file,
      reportDiagnostics: true,
      compilerOptions: {
        removeComments: true,
        target: ts.ScriptTarget.ESNext,
        newLine: ts.NewLineKind.LineFeed,
      },
    });
    const module: Module = {
      source: parseSource(file, text),
      declared: parseSource(file.replace(/\.ts$/, ".d.ts"), outputText),
      diagnostics,
      bytes: new TextEncoder().encode(text),
    };
    this.#modules.set(file, module);
    return module;
  }
}

/** The name of the declaration at an offset: of several variables in one statement, the right one. */
function nameAt(statement: ts.Statement, position: number): string | undefined {
  if (!ts.isVariableStatement(statement)) return declaredNames(statement)[0];
  const { declarations } = statement.declarationList;
  const one = declarations.find((each) => each.pos <= position && position < each.end) ?? declarations[0];
  return one !== undefined && ts.isIdentifier(one.name) ? one.name.text : undefined;
}
