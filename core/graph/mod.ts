/** The static graph of a pipeline: build, check, order, cut. Pure. @module */
export { checkColumns, type FlowOf, type StepColumns } from "./check_columns.ts";
export { buildGraph, type Graph, type GraphNode, type GraphStep, type Locate, throwAll } from "./graph.ts";
export { joinAnchor } from "./join_anchor.ts";
export { planSegments, type Segment, type SegmentExit } from "./segments.ts";
