import type { Environment, parse, tokenize } from "@huggingface/jinja";

/** The nodes of a parsed template, as `@huggingface/jinja` 0.5 builds them; it does not export their types. */
export type JinjaNode =
  | { readonly type: "Comment" | "Break" | "Continue" }
  | { readonly type: "StringLiteral" | "Identifier"; readonly value: string }
  | { readonly type: "IntegerLiteral" | "FloatLiteral"; readonly value: number }
  | { readonly type: "ArrayLiteral" | "TupleLiteral"; readonly value: readonly JinjaNode[] }
  | { readonly type: "ObjectLiteral"; readonly value: ReadonlyMap<JinjaNode, JinjaNode> }
  | {
    readonly type: "If";
    readonly test: JinjaNode;
    readonly body: readonly JinjaNode[];
    readonly alternate: readonly JinjaNode[];
  }
  | {
    readonly type: "For";
    readonly loopvar: JinjaNode;
    readonly iterable: JinjaNode;
    readonly body: readonly JinjaNode[];
    readonly defaultBlock: readonly JinjaNode[];
  }
  | {
    readonly type: "Set";
    readonly assignee: JinjaNode;
    readonly value: JinjaNode | null;
    readonly body: readonly JinjaNode[];
  }
  | {
    readonly type: "Macro";
    readonly name: JinjaIdentifier;
    readonly args: readonly JinjaNode[];
    readonly body: readonly JinjaNode[];
  }
  | {
    readonly type: "CallStatement";
    readonly call: JinjaNode;
    readonly callerArgs: readonly JinjaNode[] | null;
    readonly body: readonly JinjaNode[];
  }
  | { readonly type: "FilterStatement"; readonly filter: JinjaNode; readonly body: readonly JinjaNode[] }
  | {
    readonly type: "MemberExpression";
    readonly object: JinjaNode;
    readonly property: JinjaNode;
    readonly computed: boolean;
  }
  | { readonly type: "CallExpression"; readonly callee: JinjaNode; readonly args: readonly JinjaNode[] }
  | { readonly type: "FilterExpression"; readonly operand: JinjaNode; readonly filter: JinjaNode }
  | { readonly type: "TestExpression"; readonly operand: JinjaNode; readonly test: JinjaIdentifier }
  | { readonly type: "SelectExpression"; readonly lhs: JinjaNode; readonly test: JinjaNode }
  | { readonly type: "BinaryExpression"; readonly left: JinjaNode; readonly right: JinjaNode }
  | {
    readonly type: "UnaryExpression" | "SpreadExpression" | "KeywordSpreadExpression";
    readonly argument: JinjaNode;
  }
  | {
    readonly type: "KeywordArgumentExpression";
    readonly key: JinjaIdentifier;
    readonly value: JinjaNode;
  }
  | {
    readonly type: "SliceExpression";
    readonly start?: JinjaNode;
    readonly stop?: JinjaNode;
    readonly step?: JinjaNode;
  }
  | {
    readonly type: "Ternary";
    readonly condition: JinjaNode;
    readonly trueExpr: JinjaNode;
    readonly falseExpr: JinjaNode;
  };

/** A name in a template. */
export interface JinjaIdentifier {
  readonly type: "Identifier";
  readonly value: string;
}

/** A token in a template. */
export interface JinjaToken {
  readonly type: string;
  readonly value: string;
}

/** A template that was read. */
export interface JinjaProgram {
  readonly body: readonly JinjaNode[];
  /** Runs the template with the given variables and no others. */
  readonly run: (variables: ReadonlyMap<string, unknown>) => string;
}

/** The template library, as far as it is used. */
export interface Jinja {
  readonly tokenize: (text: string) => readonly JinjaToken[];
  readonly parse: (tokens: readonly JinjaToken[]) => JinjaProgram;
  /** Whether the library knows a test, as in `x is defined`. */
  readonly isTest: (name: string) => boolean;
  readonly tests: readonly string[];
}

/** Names that a template always knows as values. */
export const JINJA_CONSTANTS: ReadonlySet<string> = new Set([
  "true",
  "false",
  "none",
  "True",
  "False",
  "None",
]);

/** Names that a template knows as functions, when it calls them. */
export const JINJA_FUNCTIONS: ReadonlySet<string> = new Set(["range", "namespace", "raise_exception"]);

const RANGE_LENGTH_MAX = 100_000;

let loading: Promise<Jinja> | undefined;

/** Loads the library on first use. */
export function loadJinja(): Promise<Jinja> {
  loading ??= import("@huggingface/jinja").then(adapt);
  return loading;
}

interface Library {
  readonly Environment: typeof Environment;
  readonly Interpreter: new (environment: Environment) => { run(program: never): { value: unknown } };
  readonly parse: typeof parse;
  readonly tokenize: typeof tokenize;
}

function adapt(library: Library): Jinja {
  const globals = globalsOf(new library.Environment());
  return {
    tokenize: (text) => library.tokenize(text, { lstrip_blocks: true, trim_blocks: true }),
    parse: (tokens) => {
      const program = library.parse(tokens as Parameters<typeof parse>[0]);
      return {
        body: program.body as unknown as readonly JinjaNode[],
        run: (variables) => {
          const environment = new library.Environment(globals);
          for (const [name, value] of variables) {
            environment.variables.delete(name);
            environment.set(name, value);
          }
          return String(new library.Interpreter(environment).run(program as never).value);
        },
      };
    },
    isTest: (name) => globals.tests.has(name),
    tests: [...globals.tests.keys()],
  };
}

/** What the library gives to every template, less its clock: a render depends on the row alone. */
function globalsOf(environment: Environment): Environment {
  const constants = { true: true, True: true, false: false, False: false, none: null, None: null };
  for (const [name, value] of Object.entries(constants)) environment.set(name, value);
  environment.set("range", range);
  environment.set("raise_exception", (message: unknown) => {
    throw new Error(String(message));
  });
  return environment;
}

function range(from: number, to?: number, step = 1): readonly number[] {
  const [start, stop] = to === undefined ? [0, from] : [from, to];
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (!(length <= RANGE_LENGTH_MAX)) {
    throw new RangeError(`range() gives at most ${RANGE_LENGTH_MAX} numbers, asked for ${length}`);
  }
  return Array.from({ length }, (_, index) => start + index * step);
}
