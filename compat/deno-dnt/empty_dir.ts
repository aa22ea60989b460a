/** Makes a folder if there is none, and removes everything in it. */
export async function emptyDir(dir: string | URL): Promise<void> {
  await Deno.mkdir(dir, { recursive: true });
  const base = typeof dir === "string" ? `${dir}/` : new URL(`${dir.href.replace(/\/$/, "")}/`).pathname;
  for await (const entry of Deno.readDir(dir)) await Deno.remove(`${base}${entry.name}`, { recursive: true });
}
