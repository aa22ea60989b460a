import { assertEquals } from "@std/assert";
import { join } from "node:path";

const CLI = new URL("../cli.ts", import.meta.url).pathname;

const PIPELINE = `version: 1
name: piped
steps:
  read:
    use: read_files
    with: { path: "-", format: csv }
  write:
    use: write_files
    with: { path: rows.jsonl }
`;

Deno.test("read_files reads the standard input, which leaves nothing behind", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(folder, "tmp"));
    await Deno.writeTextFile(join(folder, "pipeline.yaml"), PIPELINE);
    const run = async (text: string) => {
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", CLI, "run", "pipeline.yaml", "--json"],
        cwd: folder,
        env: { NO_COLOR: "1", TMPDIR: join(folder, "tmp"), DENO_NO_UPDATE_CHECK: "1" },
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(text));
      await writer.close();
      const { code, stdout, stderr } = await child.output();
      const decoder = new TextDecoder();
      assertEquals(code, 0, decoder.decode(stderr));
      return JSON.parse(decoder.decode(stdout)) as { readonly run_id: string };
    };
    const rows = Array.from({ length: 20_000 }, (_, n) => `${n},text ${n}\n`).join("");
    const first = await run(`n,t\n${rows}`);
    const written = await Deno.readTextFile(join(folder, "runs", first.run_id, "exports/rows.jsonl"));
    assertEquals(written.split("\n").slice(0, 2), ['{"n":"0","t":"text 0"}', '{"n":"1","t":"text 1"}']);
    assertEquals(written.split("\n").length, 20_001);
    const [again, other] = [await run(`n,t\n${rows}`), await run("n,t\n1,x\n")];
    assertEquals([again.run_id === first.run_id, other.run_id === first.run_id], [true, false]);
    assertEquals([...Deno.readDirSync(join(folder, "tmp"))].map(({ name }) => name), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
