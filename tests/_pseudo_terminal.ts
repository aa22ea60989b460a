/** Whether util-linux's `script` is here to make a pseudo-terminal. */
export const hasPseudoTerminal: boolean = await isUtilLinuxScript();

/** What the name of a test says where there is none. */
export const WITH_PTY: string = hasPseudoTerminal
  ? ""
  : " (skipped: util-linux's script is not here to make a pseudo-terminal)";

async function isUtilLinuxScript(): Promise<boolean> {
  try {
    const { stdout } = await new Deno.Command("script", { args: ["--version"] }).output();
    return new TextDecoder().decode(stdout).includes("util-linux");
  } catch {
    return false;
  }
}
