import { assertEquals } from "@std/assert";
import { withoutStandIns } from "./jsr_config.ts";

Deno.test("withoutStandIns() drops the stand-ins and their tests and keeps everything else", () => {
  const config = {
    name: "@x/cli",
    workspace: ["./core", "./compatible", "./compat/std-yaml", "./compat/deno-dnt"],
    imports: { "@std/yaml": "jsr:@std/yaml@^1.0.0" },
    exclude: ["runs/"],
  };
  assertEquals(JSON.parse(withoutStandIns(JSON.stringify(config))), {
    ...config,
    workspace: ["./core", "./compatible"],
    exclude: ["runs/", "compat/"],
  });
});
