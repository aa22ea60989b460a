import process from "node:process";
import { startModuleProcess } from "../module_process.ts";

/** Starts a helper process, tells its id, and asks it for what the first argument says. */
const helper = await startModuleProcess({ module: new URL("./probe_module.ts", import.meta.url) });
process.stdout.write(`${helper.pid}\n`);
const reply = await helper.request({ do: process.argv[2] ?? "echo", text: "heard" });
process.stdout.write(JSON.stringify(reply));
await helper.close();
