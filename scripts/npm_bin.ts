// The command of the npm package. A file of its own, because `import.meta.main` is undefined in some of Node 22.
import process from "node:process";
import { main } from "../cli.ts";

// Node 22 calls its SQLite experimental, in two lines on stderr, where `--json` has events.
const emitWarning = process.emitWarning;
process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
  if (!String(warning).startsWith("SQLite is an experimental feature")) {
    Reflect.apply(emitWarning, process, [warning, ...rest]);
  }
};

process.exit(await main(process.argv.slice(2)));
