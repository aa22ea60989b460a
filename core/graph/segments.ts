import type { Graph, GraphNode } from "./graph.ts";

/**
 * A part of the graph that works on a stream of rows without waiting for other rows: a head, which reads in canonical
 * order, and the row steps that follow it. Segments are what is joined as streams in one process, and what is handed
 * out as jobs when there are several.
 */
export interface Segment {
  /** Name of the step that reads what comes in; of a source, that makes it. */
  readonly head: string;
  /** Row steps after the head, each after the one that it reads. */
  readonly steps: readonly string[];
  /** Steps of the segment whose output leaves it, and the heads that read it; none for a leaf of the graph. */
  readonly exits: readonly SegmentExit[];
}

/** An edge from a step inside a segment to the head of another. */
export interface SegmentExit {
  /** Name of the step whose rows leave. */
  readonly from: string;
  /** Name of the head that reads them. */
  readonly to: string;
}

/** Cuts a graph into segments, in topological order of their heads; after one step as well, if it is named. Pure. */
export function planSegments(graph: Graph, cutAfter?: string): readonly Segment[] {
  const isHead = (name: string) => isHeadOf(graph.nodes.get(name)!, cutAfter);
  return graph.order.filter(isHead).map((head) => segmentOf(head, { graph, isHead }));
}

/** A source, anything that needs order or all rows, and whatever reads several steps. */
function isHeadOf({ kind, inputs }: GraphNode, cutAfter: string | undefined): boolean {
  return kind !== "row" || inputs.length !== 1 || inputs[0] === cutAfter;
}

function segmentOf(
  head: string,
  { graph, isHead }: { readonly graph: Graph; readonly isHead: (name: string) => boolean },
): Segment {
  const steps: string[] = [];
  const exits: SegmentExit[] = [];
  const pending = [head];
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    for (const output of graph.nodes.get(name)!.outputs) {
      if (isHead(output)) exits.push({ from: name, to: output });
      else {
        steps.push(output);
        pending.push(output);
      }
    }
  }
  return { head, steps, exits };
}
