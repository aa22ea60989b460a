import { JINJA_CONSTANTS, JINJA_FUNCTIONS, type JinjaNode } from "./_jinja.ts";

/** What a template reads from its row. */
export interface TemplateVariables {
  readonly required: readonly string[];
  /** Those that the template itself provides for the absence of. */
  readonly optional: readonly string[];
  /** Names of the filters and tests that it applies. */
  readonly filters: readonly string[];
  readonly tests: readonly string[];
}

/**
 * The free variables of a template, in the order of their first use: loop variables, `set` variables, macros, their
 * parameters and built-in names are not among them. A variable that is somewhere tested with `is defined`, or given a
 * `default`, is optional everywhere.
 */
export function templateVariables(body: readonly JinjaNode[]): TemplateVariables {
  const search = new Search();
  search.block(body, new Set());
  search.runDeferred();
  const names = [...search.uses];
  return {
    required: names.filter(([, guarded]) => !guarded).map(([name]) => name),
    optional: names.filter(([, guarded]) => guarded).map(([name]) => name),
    filters: [...search.filters],
    tests: [...search.tests],
  };
}

/** Names that are bound at one place of the template. */
type Scope = Set<string>;

const CALL_NAMES = ["varargs", "kwargs", "caller"];

class Search {
  /** Name to whether its absence is provided for. */
  readonly uses: Map<string, boolean> = new Map();
  readonly filters: Set<string> = new Set();
  readonly tests: Set<string> = new Set();
  readonly #deferred: (() => void)[] = [];

  /** Bodies of macros see what is set before they are called, so they are looked at last. */
  runDeferred(): void {
    for (let next = this.#deferred.shift(); next !== undefined; next = this.#deferred.shift()) next();
  }

  block(nodes: readonly JinjaNode[], scope: Scope): void {
    for (const node of nodes) this.statement(node, scope);
  }

  statement(node: JinjaNode, scope: Scope): void {
    switch (node.type) {
      case "If":
        this.expression(node.test, scope);
        return this.#branches([node.body, node.alternate], scope);
      case "For":
        return this.#loop(node, scope);
      case "Set":
        if (node.value !== null) this.expression(node.value, scope);
        this.block(node.body, scope);
        return this.#assign(node.assignee, scope);
      case "Macro":
        scope.add(node.name.value);
        this.#deferred.push(() => this.#callable(node.args, node.body, scope));
        return;
      case "CallStatement":
        this.expression(node.call, scope);
        return this.#callable(node.callerArgs ?? [], node.body, scope);
      case "FilterStatement":
        this.block(node.body, scope);
        return this.#filter(node.filter, scope);
      default:
        return this.expression(node, scope);
    }
  }

  expression(node: JinjaNode, scope: Scope): void {
    switch (node.type) {
      case "Identifier":
        return this.#use(node.value, scope, false);
      case "MemberExpression":
        this.expression(node.object, scope);
        if (node.computed) this.expression(node.property, scope);
        return;
      case "CallExpression":
        if (!isBuiltinCall(node.callee, scope)) this.expression(node.callee, scope);
        return this.#all(node.args, scope);
      case "FilterExpression":
        this.#guardable(node.operand, scope, filterName(node.filter) === "default");
        return this.#filter(node.filter, scope);
      case "TestExpression":
        this.tests.add(node.test.value);
        return this.#guardable(node.operand, scope, /^(un)?defined$/.test(node.test.value));
      case "ArrayLiteral":
      case "TupleLiteral":
        return this.#all(node.value, scope);
      case "ObjectLiteral":
        return this.#all([...node.value].flat(), scope);
      default:
        return this.#all(operands(node), scope);
    }
  }

  #all(nodes: readonly JinjaNode[], scope: Scope): void {
    for (const node of nodes) this.expression(node, scope);
  }

  #use(name: string, scope: Scope, guarded: boolean): void {
    if (scope.has(name) || JINJA_CONSTANTS.has(name)) return;
    this.uses.set(name, guarded || (this.uses.get(name) ?? false));
  }

  #guardable(node: JinjaNode, scope: Scope, guarded: boolean): void {
    if (node.type === "Identifier") this.#use(node.value, scope, guarded);
    else this.expression(node, scope);
  }

  #branches(bodies: readonly (readonly JinjaNode[])[], scope: Scope): void {
    const scopes = bodies.map((body) => {
      const inner = new Set(scope);
      this.block(body, inner);
      return inner;
    });
    for (const inner of scopes) for (const name of inner) scope.add(name);
  }

  #loop(node: Extract<JinjaNode, { type: "For" }>, scope: Scope): void {
    const inner = new Set(scope);
    const filtered = node.iterable.type === "SelectExpression" ? node.iterable : undefined;
    this.expression(filtered?.lhs ?? node.iterable, scope);
    this.#assign(node.loopvar, inner);
    if (filtered !== undefined) this.expression(filtered.test, inner);
    this.block(node.body, new Set([...inner, "loop"]));
    this.block(node.defaultBlock, new Set(scope));
  }

  #assign(target: JinjaNode, scope: Scope): void {
    if (target.type === "Identifier") scope.add(target.value);
    else if (target.type === "TupleLiteral") { for (const item of target.value) this.#assign(item, scope); }
    else this.expression(target, scope);
  }

  #callable(parameters: readonly JinjaNode[], body: readonly JinjaNode[], scope: Scope): void {
    const inner = new Set([...scope, ...CALL_NAMES]);
    for (const parameter of parameters) {
      if (parameter.type === "Identifier") inner.add(parameter.value);
      if (parameter.type === "KeywordArgumentExpression") inner.add(parameter.key.value);
    }
    for (const parameter of parameters) {
      if (parameter.type !== "Identifier") this.expression(parameter, inner);
    }
    this.block(body, inner);
  }

  #filter(filter: JinjaNode, scope: Scope): void {
    const name = filterName(filter);
    if (name !== undefined) this.filters.add(name);
    if (filter.type === "CallExpression") this.#all(filter.args, scope);
  }
}

/** The expressions directly inside an expression without names of its own. */
function operands(node: JinjaNode): readonly JinjaNode[] {
  switch (node.type) {
    case "SelectExpression":
      return [node.test, node.lhs];
    case "BinaryExpression":
      return [node.left, node.right];
    case "UnaryExpression":
    case "SpreadExpression":
    case "KeywordSpreadExpression":
      return [node.argument];
    case "KeywordArgumentExpression":
      return [node.value];
    case "SliceExpression":
      return [node.start, node.stop, node.step].filter((part) => part !== undefined);
    case "Ternary":
      return [node.condition, node.trueExpr, node.falseExpr];
    default:
      return [];
  }
}

function isBuiltinCall(callee: JinjaNode, scope: Scope): boolean {
  return callee.type === "Identifier" && JINJA_FUNCTIONS.has(callee.value) && !scope.has(callee.value);
}

function filterName(filter: JinjaNode): string | undefined {
  const name = filter.type === "CallExpression" ? filter.callee : filter;
  return name.type === "Identifier" ? name.value : undefined;
}
