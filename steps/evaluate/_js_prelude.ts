/**
 * What a JavaScript program finds besides the language: a console, its input, timers, and for tests what they assert
 * with. The functions for tests keep what they need of the language before the program can change it.
 *
 * @module
 */

/** JavaScript source: a function that is given the host's functions and gives those for tests. */
export const JS_PRELUDE = String.raw`
(function (host) {
  "use strict";
  const { apply, ownKeys, getPrototypeOf } = Reflect;
  const { is } = Object, { isArray } = Array, { abs } = Math, { stringify } = JSON;
  const GivenError = Error, GivenMap = Map, GivenSet = Set, GivenDate = Date, GivenRegExp = RegExp, text = String;
  const { hasOwnProperty } = Object.prototype, { getTime } = Date.prototype, { exec } = RegExp.prototype;
  const eachOfMap = Map.prototype.forEach, eachOfSet = Set.prototype.forEach;
  const matches = (pattern, value) => apply(exec, pattern, [value]) !== null;
  const { includes } = String.prototype, { split, charAt } = String.prototype;

  function inspect(value, depth = 0) {
    if (typeof value === "string") return depth === 0 ? value : "'" + value + "'";
    if (is(value, -0)) return "-0";
    if (typeof value === "bigint") return value + "n";
    if (typeof value === "function") return "[Function: " + (value.name || "(anonymous)") + "]";
    if (typeof value !== "object" || value === null) return text(value);
    if (value instanceof GivenError) return value.name + ": " + value.message;
    if (value instanceof GivenDate || value instanceof GivenRegExp) return text(value);
    if (depth > 3) return isArray(value) ? "[Array]" : "[Object]";
    if (isArray(value)) {
      let list = "";
      for (let i = 0; i < value.length; i++) list += (i > 0 ? ", " : "") + inspect(value[i], depth + 1);
      return value.length === 0 ? "[]" : "[ " + list + " ]";
    }
    let list = "";
    for (const key in value) list += (list && ", ") + key + ": " + inspect(value[key], depth + 1);
    return list ? "{ " + list + " }" : "{}";
  }

  function line(values) {
    let out = "";
    for (let i = 0; i < values.length; i++) out += (i > 0 ? " " : "") + inspect(values[i]);
    return out + "\n";
  }

  const print = (...values) => host.write(line(values));
  const hide = (...values) => host.hide(line(values));
  globalThis.console = { log: print, info: print, debug: print, error: hide, warn: hide, trace: hide };
  globalThis.print = print;
  let rest = null;
  globalThis.readline = globalThis.prompt = () => {
    rest ??= { lines: apply(split, host.stdin, ["\n"]), at: 0 };
    const end = rest.lines.length - (rest.lines[rest.lines.length - 1] === "" ? 1 : 0);
    return rest.at < end ? rest.lines[rest.at++] : null;
  };
  globalThis.process = {
    argv: ["node", "program.js"], env: {}, exit: (code = 0) => host.exit(code),
    stdout: { write: (value) => (host.write(text(value)), true) },
    stderr: { write: (value) => (host.hide(text(value)), true) },
  };
  globalThis.setTimeout = (run, ms = 0, ...values) => host.timer(() => run(...values), +ms || 0);
  globalThis.clearTimeout = (id) => host.clear(+id || 0);
  globalThis.setImmediate = (run, ...values) => globalThis.setTimeout(run, 0, ...values);
  globalThis.queueMicrotask = (run) => void Promise.resolve().then(run);
  globalThis.module = { exports: {} };
  globalThis.exports = globalThis.module.exports;
  let seed = 0x9e3779b9;
  Math.random = () => {
    seed ^= seed << 13; seed ^= seed >>> 17; seed ^= seed << 5;
    return (seed >>> 0) / 4294967296;
  };

  class AssertionError extends GivenError {}
  AssertionError.prototype.name = "AssertionError";

  function fail(message, usual) {
    if (message instanceof GivenError) throw message;
    throw new AssertionError(message === undefined ? usual : text(message));
  }

  function same(a, b, strict, depth = 0) {
    if (is(a, b) || (!strict && a == b)) return true;
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null || depth > 200) return false;
    if (strict && getPrototypeOf(a) !== getPrototypeOf(b)) return false;
    if (a instanceof GivenDate) return b instanceof GivenDate && apply(getTime, a, []) === apply(getTime, b, []);
    if (a instanceof GivenMap || a instanceof GivenSet) {
      if (getPrototypeOf(a) !== getPrototypeOf(b)) return false;
      return same(entriesOf(a), entriesOf(b), strict, depth + 1);
    }
    if (isArray(a) !== isArray(b)) return false;
    const keys = ownKeys(a);
    if (keys.length !== ownKeys(b).length) return false;
    for (let i = 0; i < keys.length; i++) {
      if (!apply(hasOwnProperty, b, [keys[i]]) || !same(a[keys[i]], b[keys[i]], strict, depth + 1)) return false;
    }
    return true;
  }

  function entriesOf(collection) {
    const entries = [];
    const add = (value, key) => { entries[entries.length] = [key, value]; };
    apply(collection instanceof GivenMap ? eachOfMap : eachOfSet, collection, [add]);
    return entries;
  }

  function isThrown(error, wanted) {
    if (wanted === undefined) return true;
    const message = text(error && error.message);
    if (typeof wanted === "string") return apply(includes, message, [wanted]);
    if (wanted instanceof GivenRegExp) return matches(wanted, message) || matches(wanted, text(error));
    return typeof wanted === "function" ? error instanceof wanted : same(error, wanted, false);
  }

  function thrownBy(run) {
    try { run(); } catch (error) { return { error }; }
    return null;
  }

  const shown = (value) => inspect(value, 1);
  const assert = (value, message) => { if (!value) fail(message, "Expected a true value, found " + shown(value)); };
  const compare = (isRight, words) => (a, b, message) => {
    if (!isRight(a, b)) fail(message, "Expected " + words + shown(b) + ", found " + shown(a));
  };
  assert.ok = assert;
  assert.equal = compare((a, b) => a == b || is(a, b), "");
  assert.notEqual = compare((a, b) => a != b, "anything but ");
  assert.strictEqual = compare(is, "");
  assert.notStrictEqual = compare((a, b) => !is(a, b), "anything but ");
  assert.deepEqual = compare((a, b) => same(a, b, false), "");
  assert.deepStrictEqual = compare((a, b) => same(a, b, true), "");
  assert.notDeepStrictEqual = compare((a, b) => !same(a, b, true), "anything but ");
  assert.throws = (run, wanted, message) => {
    const thrown = thrownBy(run);
    if (thrown === null) fail(message, "Expected an error, found none");
    if (!isThrown(thrown.error, wanted)) fail(message, "Expected another error, found " + shown(thrown.error));
  };
  assert.rejects = async (given, wanted, message) => {
    try { await (typeof given === "function" ? given() : given); } catch (error) {
      if (!isThrown(error, wanted)) fail(message, "Expected another error, found " + shown(error));
      return;
    }
    fail(message, "Expected a rejection, found none");
  };
  assert.doesNotThrow = (run) => void run();
  assert.fail = (message) => fail(message, "Failed");
  assert.strict = assert;
  assert.AssertionError = AssertionError;

  function contains(list, one) {
    if (typeof list === "string") return apply(includes, list, [one]);
    for (let i = 0; i < list.length; i++) if (is(list[i], one)) return true;
    return false;
  }

  function expect(found, isNot = false) {
    const check = (isRight, words) => { if (isRight === isNot) fail(undefined, "Expected " + shown(found) + (isNot ? " not " : " ") + words); };
    return {
      get not() { return expect(found, !isNot); },
      toBe: (wanted) => check(is(found, wanted), "to be " + shown(wanted)),
      toEqual: (wanted) => check(same(found, wanted, false), "to equal " + shown(wanted)),
      toStrictEqual: (wanted) => check(same(found, wanted, true), "to equal " + shown(wanted)),
      toBeCloseTo: (wanted, digits = 2) => check(abs(found - wanted) < 10 ** -digits / 2, "to be close to " + shown(wanted)),
      toBeTruthy: () => check(!!found, "to be true"),
      toBeFalsy: () => check(!found, "to be false"),
      toBeNull: () => check(found === null, "to be null"),
      toBeUndefined: () => check(found === undefined, "to be undefined"),
      toBeDefined: () => check(found !== undefined, "to be defined"),
      toBeNaN: () => check(found !== found, "to be NaN"),
      toBeGreaterThan: (wanted) => check(found > wanted, "to be greater than " + shown(wanted)),
      toBeLessThan: (wanted) => check(found < wanted, "to be less than " + shown(wanted)),
      toContain: (wanted) => check(contains(found, wanted), "to contain " + shown(wanted)),
      toHaveLength: (wanted) => check(found.length === wanted, "to have the length " + shown(wanted)),
      toThrow: (wanted) => {
        const thrown = thrownBy(found);
        check(thrown !== null && isThrown(thrown.error, wanted), "to throw " + (wanted === undefined ? "" : shown(wanted)));
      },
    };
  }

  const fs = { readFileSync: (path) => path === 0 || path === "/dev/stdin" ? host.stdin : host.forbid("a file") };
  const require = (name) => {
    const plain = apply(split, text(name), ["node:"]);
    const last = plain[plain.length - 1];
    if (last === "assert" || last === "assert/strict") return assert;
    if (last === "fs") return fs;
    if (last === "./solution" || last === "./program") return globalThis.module.exports;
    return host.forbid("the module " + text(name));
  };
  globalThis.require = require;
  const test = (name, run) => host.test(text(name), run);
  const describe = (_, run) => void run();
  const adopt = (names) => {
    for (const name in names) {
      const value = names[name];
      globalThis[name === "default" ? (value && value.name) || name : name] = value;
    }
    globalThis.module.exports = names;
  };
  return [assert, expect, test, describe, require, adopt];
})
`;
