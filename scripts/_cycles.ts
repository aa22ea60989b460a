/**
 * Loops in a directed graph.
 *
 * @module
 */

/** Node to the nodes that it points at. */
export type Edges = ReadonlyMap<string, ReadonlySet<string>>;

/** Finds one shortest loop per tangle: `[a, b, a]`. Sorted, so that the same graph gives the same answer. */
export function findCycles(edges: Edges): readonly (readonly string[])[] {
  const cycles: (readonly string[])[] = [];
  const known = new Set<string>();
  for (const node of [...edges.keys()].sort()) {
    if (known.has(node)) continue;
    const path = shortestLoop(edges, node);
    if (path === undefined) continue;
    cycles.push(path);
    for (const one of tangleOf(edges, node)) known.add(one);
  }
  return cycles;
}

/** Breadth-first search from a node back to itself. */
function shortestLoop(edges: Edges, start: string): readonly string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const node of queue) {
    for (const next of edges.get(node) ?? []) {
      if (next === start) return unwind(cameFrom, start, node);
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, node);
      queue.push(next);
    }
  }
  return undefined;
}

function unwind(cameFrom: ReadonlyMap<string, string>, start: string, last: string): readonly string[] {
  const path = [start];
  for (let node = last; node !== start; node = cameFrom.get(node) ?? start) path.push(node);
  return [...path, start].reverse();
}

/** Everything that can be reached from a node and can reach it back. */
function tangleOf(edges: Edges, start: string): readonly string[] {
  return [...reach(edges, start)].filter((one) => reach(edges, one).has(start));
}

function reach(edges: Edges, start: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const queue = [start];
  for (const node of queue) {
    for (const next of edges.get(node) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      queue.push(next);
    }
  }
  return seen;
}
