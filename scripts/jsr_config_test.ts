import { assertEquals } from "@std/assert";
import { withoutStandIns } from "./jsr_config.ts";

Deno.test("withoutStandIns() drops the stand-ins and keeps everything else", () => {
  const config = {
    name: "@x/cli",
    workspace: ["./core", "./compat/std-yaml", "./compat/deno-dnt"],
    imports: { "@std/yaml": "jsr:@std/yaml@^1.0.0" },
    test: { include: ["core/", "compat/"] },
  };
  assertEquals(JSON.parse(withoutStandIns(JSON.stringify(config))), {
    ...config,
    workspace: ["./core"],
    test: { include: ["core/"] },
  });
});

Deno.test("withoutStandIns() leaves a folder alone whose name only begins like compat", () => {
  const config = { workspace: ["./compatible"] };
  assertEquals(JSON.parse(withoutStandIns(JSON.stringify(config))), config);
});
