import { assert, assertEquals } from "@std/assert";

Deno.test("the bench of limits against real servers states three figures for each policy and server", async () => {
  const script = new URL("../scripts/bench/limits_loopback.ts", import.meta.url).pathname;
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, "--json", "--seconds", "0.5"],
    stderr: "inherit",
  }).output();
  assert(success);
  const { bench, figures } = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals([bench, figures.length], ["limits_loopback", 18]);
  for (const { name, unit, value } of figures) {
    assert(typeof unit === "string" && Number.isFinite(value) && value >= 0, name);
  }
});
