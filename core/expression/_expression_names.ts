import type { CelNode } from "./_cel.ts";

/** What an expression refers to. */
export interface ExpressionNames {
  /** Free variables, in the order of their first use. */
  readonly variables: readonly string[];
  /** Functions and methods that it calls, with the id of the node. */
  readonly calls: readonly { readonly name: string; readonly id: bigint }[];
}

/** Names of types, which are values where something is compared with `type(...)`. */
const TYPES = new Set(
  "bool bytes double duration dyn int list map null_type string timestamp type uint google".split(" "),
);

/** Finds the free variables and the calls of an expression. `isFunction` tells functions with a dotted name. */
export function expressionNames(root: CelNode, isFunction: (name: string) => boolean): ExpressionNames {
  const variables = new Set<string>();
  const calls: { readonly name: string; readonly id: bigint }[] = [];
  const visit = (node: CelNode | undefined, bound: ReadonlySet<string>): void => {
    const kind = node?.exprKind;
    switch (kind?.case) {
      case "identExpr": {
        const name = kind.value.name.replace(/^\./, "");
        if (!bound.has(name)) variables.add(name);
        return;
      }
      case "selectExpr":
        return visit(kind.value.operand, bound);
      case "listExpr":
        return kind.value.elements.forEach((element) => visit(element, bound));
      case "structExpr":
        return kind.value.entries.forEach(({ keyKind, value }) => {
          if (keyKind.case === "mapKey") visit(keyKind.value, bound);
          visit(value, bound);
        });
      case "callExpr": {
        const path = dottedPath(kind.value.target);
        const qualified = path === undefined ? undefined : `${path}.${kind.value.function}`;
        const isQualified = qualified !== undefined && isFunction(qualified);
        calls.push({ name: isQualified ? qualified : kind.value.function, id: node!.id });
        const operands = [isQualified ? undefined : kind.value.target, ...kind.value.args];
        const typed = operands.some(isTypeCall);
        return operands.filter((operand) => !(typed && isTypeName(operand))).forEach((operand) =>
          visit(operand, bound)
        );
      }
      case "comprehensionExpr":
        return visitComprehension(kind.value, bound, visit);
    }
  };
  visit(root, new Set());
  return { variables: [...variables], calls };
}

type Comprehension = Extract<CelNode["exprKind"], { case: "comprehensionExpr" }>["value"];
type Visit = (node: CelNode | undefined, bound: ReadonlySet<string>) => void;

function visitComprehension(node: Comprehension, bound: ReadonlySet<string>, visit: Visit): void {
  visit(node.iterRange, bound);
  visit(node.accuInit, bound);
  const inner = new Set([...bound, node.accuVar, node.iterVar, node.iterVar2]);
  visit(node.loopCondition, inner);
  visit(node.loopStep, inner);
  visit(node.result, new Set([...bound, node.accuVar]));
}

function dottedPath(node: CelNode | undefined): string | undefined {
  const kind = node?.exprKind;
  if (kind?.case === "identExpr") return kind.value.name;
  if (kind?.case !== "selectExpr") return undefined;
  const path = dottedPath(kind.value.operand);
  return path === undefined ? undefined : `${path}.${kind.value.field}`;
}

function isTypeCall(node: CelNode | undefined): boolean {
  return node?.exprKind.case === "callExpr" && node.exprKind.value.function === "type";
}

function isTypeName(node: CelNode | undefined): boolean {
  return TYPES.has(dottedPath(node)?.split(".")[0] ?? "");
}
