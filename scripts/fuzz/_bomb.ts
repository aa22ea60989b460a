/** Checks one pipeline file, and prints outcome, milliseconds and the most memory in MB. Argument: the file. @module */
import { dirname } from "node:path";
import process from "node:process";
import { defaultRegistry } from "../../cli/registry.ts";
import { ROOT } from "../_tree.ts";
import { checkConfig } from "./_check_config.ts";

const [file] = Deno.args as [string];
const registry = await defaultRegistry({ from: ROOT });
const text = await Deno.readTextFile(file);
const { outcome, problem, ms } = await checkConfig(text, { folder: dirname(file), registry });

/** The most memory since this process began. What the system says of resources begins with that of the parent. */
async function peakMemory(): Promise<number> {
  const status = await Deno.readTextFile("/proc/self/status").catch(() => "");
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return (peak === undefined ? process.resourceUsage().maxRSS : Number(peak)) * 1024 / 1e6;
}

const peakMb = await peakMemory();
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify({ outcome, problem, ms, peakMb })));
