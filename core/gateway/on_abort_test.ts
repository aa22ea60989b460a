import { assertEquals } from "@std/assert";
import { onAbort } from "./_on_abort.ts";

Deno.test("onAbort() calls every callback that was not taken back, once, in the order in which they came", () => {
  const controller = new AbortController();
  const called: string[] = [];
  const takeBack = ["a", "b", "c"].map((name) => onAbort(controller.signal, () => called.push(name)));
  takeBack[1]!();
  controller.abort();
  controller.abort();
  assertEquals(called, ["a", "c"]);
});

Deno.test("onAbort() skips a callback that an earlier one takes back", () => {
  const controller = new AbortController();
  const called: string[] = [];
  onAbort(controller.signal, () => {
    called.push("a");
    takeBack();
  });
  const takeBack = onAbort(controller.signal, () => called.push("b"));
  controller.abort();
  assertEquals(called, ["a"]);
});

Deno.test("onAbort() adds one listener to a signal, however many wait", () => {
  const { signal } = new AbortController();
  const added: string[] = [];
  signal.addEventListener = (type: string) => void added.push(type);
  for (let time = 0; time < 5; time++) onAbort(signal, () => {});
  assertEquals(added, ["abort"]);
});
