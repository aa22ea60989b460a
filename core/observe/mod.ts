/** What a run tells about itself while it goes. @module */
export { type EventSink, type RunEvent, type RunStatus } from "./event.ts";
