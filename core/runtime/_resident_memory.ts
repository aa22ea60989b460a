import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";

const PAGE_BYTES = 4096;

/** Calls back with the bytes of memory that a process holds; with nothing where that cannot be told. */
export function residentMemory(pid: number, tell: (bytes: number) => void): void {
  if (process.platform === "linux") {
    try {
      tell(Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * PAGE_BYTES);
    } catch {
      return; // It has just ended.
    }
  } else if (process.platform !== "win32") {
    execFile("ps", ["-o", "rss=", "-p", String(pid)], (error, text) => {
      if (error === null) tell(Number(text) * 1024);
    });
  }
}
