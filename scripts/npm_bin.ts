// The command of the npm package. A file of its own, because `import.meta.main` is undefined in some of Node 22.
import process from "node:process";
import { main } from "../cli.ts";

process.exit(await main(process.argv.slice(2)));
