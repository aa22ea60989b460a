/**
 * One circle in a graph, from a name back to the same name, or `undefined`.
 *
 * @param edges name to the names that it points at
 */
export function findCycle(edges: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>();
  for (const start of edges.keys()) {
    const cycle = search(start, edges, done);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

function search(
  start: string,
  edges: ReadonlyMap<string, readonly string[]>,
  done: Set<string>,
): readonly string[] | undefined {
  const path: string[] = [];
  const pending: { readonly name: string; next: number }[] = [];
  const enter = (name: string) => {
    path.push(name);
    pending.push({ name, next: 0 });
  };
  if (!done.has(start)) enter(start);
  while (pending.length > 0) {
    const top = pending.at(-1)!;
    const target = edges.get(top.name)?.[top.next++];
    if (target === undefined) {
      done.add(top.name);
      path.pop();
      pending.pop();
    } else if (path.includes(target)) return [...path.slice(path.indexOf(target)), target];
    else if (!done.has(target)) enter(target);
  }
  return undefined;
}
