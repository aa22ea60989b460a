import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "node:path";
import process from "node:process";
import { FastDistillError } from "../errors/mod.ts";
import { sandboxDeno } from "./sandbox_deno.ts";

const PLUGIN = { name: "sort", specifier: "jsr:@acme/sort" };

Deno.test("sandboxDeno() gives the deno that runs this", async () => {
  assertEquals(await sandboxDeno(PLUGIN), process.execPath);
});

Deno.test({
  name: "sandboxDeno() takes no deno whose sandbox does not hold, and says which version does",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      const double = async (version: string) => {
        const path = join(folder, `deno-${version}`);
        const answer = JSON.stringify({ path: `/found/${version}`, version });
        await Deno.writeTextFile(path, `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 });
        return path;
      };
      for (const version of ["2.9.4", "2.9.10", "2.10.0-rc.1", "3.0.0"]) {
        assertEquals(await sandboxDeno(PLUGIN, await double(version)), `/found/${version}`);
      }
      for (const version of ["2.9.3", "2.8.9", "1.46.3", "unknown"]) {
        const error = await refusal(await double(version));
        assertMatch(error.message, /^The plugin "sort" \(jsr:@acme\/sort\) .* needs Deno 2\.9\.4 or later: /);
        assertMatch(error.message, new RegExp(`/found/${version} is Deno ${version}$`));
        assertMatch(error.hint!, /npm install deno.*--trust-plugin sort$/);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("sandboxDeno() says that a deno cannot be started", async () => {
  assertMatch((await refusal("/no/such/deno")).message, /: \/no\/such\/deno cannot be started$/);
});

async function refusal(deno: string): Promise<FastDistillError> {
  const error = await assertRejects(() => sandboxDeno(PLUGIN, deno), FastDistillError);
  assertEquals(error.code, "plugin.no_sandbox");
  return error;
}
