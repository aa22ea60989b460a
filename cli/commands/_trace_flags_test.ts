import { FastDistillError } from "@fastdistill/core/errors";
import { assertEquals, assertRejects } from "@std/assert";
import { traceOf } from "./_trace_flags.ts";

function given(switches: readonly string[], variables: Readonly<Record<string, string>> = {}, rows?: string) {
  const invocation = {
    argument: "",
    switches: new Set(switches),
    values: new Map(rows === undefined ? [] : [["trace-rows", [rows]]]),
  };
  return traceOf(invocation, { env: (name) => variables[name] });
}

Deno.test("traceOf() traces nothing when nobody asks, or when nothing takes the spans", async () => {
  assertEquals(await given([]), {});
  assertEquals(await given([], { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" }), {});
  assertEquals(await given(["trace"], { OTEL_SDK_DISABLED: "true" }), {});
});

Deno.test("traceOf() says so when spans are asked for that nothing takes", async () => {
  const error = await assertRejects(() => given(["trace"]), FastDistillError);
  assertEquals([error.code, error.message], [
    "config.usage",
    "Asked to trace the run, found nothing that takes spans",
  ]);
});

Deno.test("traceOf() refuses what is not a share", async () => {
  for (const typed of ["2", "-1", "many", ""]) {
    const error = await assertRejects(() => given([], {}, typed), FastDistillError);
    assertEquals(error.message, `Flag --trace-rows takes a share from 0 to 1, found "${typed}"`);
  }
});
