/** What a child process left behind. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a child process is to be started. */
export interface ProcessOptions {
  readonly cwd: string;
  /** Variables besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether any exit code will do; otherwise one besides 0 throws. @default {false} */
  readonly mayFail?: boolean;
}

/**
 * Runs a program to its end, without the variables that npm and npx set for what they start.
 *
 * @throws {Error} If it ends with another code than 0 and may not; the message holds all it wrote.
 */
export async function runProcess(command: readonly string[], options: ProcessOptions): Promise<Finished> {
  const [program, ...args] = command;
  const inherited = Object.entries(Deno.env.toObject()).filter(([name]) => !/^npm_/i.test(name));
  const { code, stdout, stderr } = await new Deno.Command(program!, {
    args,
    cwd: options.cwd,
    clearEnv: true,
    env: { ...Object.fromEntries(inherited), NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...options.env },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  const finished = { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  if (code === 0 || options.mayFail) return finished;
  throw new Error(`${command.join(" ")} ended with ${code}:\n${finished.stdout}${finished.stderr}`);
}
