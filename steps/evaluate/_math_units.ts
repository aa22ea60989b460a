import type { MathToken } from "./_math_tokens.ts";
import {
  divideRationals,
  multiplyRationals,
  powerOfRational,
  type Rational,
  rational,
  whole,
} from "./_rational.ts";

/** A unit of measure: what it measures, and how many of the base unit it is. */
export interface Unit {
  /** Dimensions with their powers, in order: `length^1 time^-1`; empty for what only scales, such as `dozen`. */
  readonly dimension: string;
  readonly factor: Rational;
  /** What is added before the factor applies: degrees Fahrenheit and Celsius. */
  readonly offset?: Rational;
}

/** How many of its base unit each unit is, by dimension. A `!` marks names whose capitals count. */
const TABLE: Readonly<Record<string, string>> = {
  length:
    "m! meter metre=1 km! kilometer kilometre=1000 dm! decimeter decimetre=0.1 cm! centimeter centimetre=0.01 " +
    "mm! millimeter millimetre=0.001 μm! um! micrometer micrometre micron=0.000001 nm! nanometer nanometre=0.000000001 " +
    "in! inch inches=0.0254 ft foot feet=0.3048 yd yard=0.9144 mi mile=1609.344",
  mass: "kg! kilogram kilo=1 g! gm! gram=0.001 mg! milligram=0.000001 t! tonne=1000 lb pound=0.45359237 " +
    "oz ounce=0.028349523125",
  time:
    "s! sec second=1 ms! millisecond=0.001 min minute=60 h! hr hour=3600 day=86400 week=604800 wk=604800 " +
    "month=2629746 yr year=31556952",
  volume:
    "L! l! liter litre=0.001 mL! ml! milliliter millilitre=0.000001 cc=0.000001 gal gallon=0.003785411784 " +
    "qt quart=0.000946352946 pint=0.000473176473 cup=0.0002365882365 tablespoon tbsp=0.00001478676478125 " +
    "teaspoon tsp=0.00000492892159375",
  angle: "° deg degree=1 rad radian=57.29577951308232087679815",
  current: "A! amp ampere=1 mA! milliampere=0.001",
  temperature: "K! kelvin=1",
  data:
    "bit=1 byte B!=8 KB! kB! kilobyte=8000 MB! megabyte=8000000 GB! gigabyte=8000000000 TB! terabyte=8000000000000",
  usd: "$ dollar usd buck=1 cent ¢ penny pennies=0.01 dime=0.1 nickel=0.05 quarter-dollar=0.25",
  eur: "€ euro eur=1",
  gbp: "£ gbp=1 pence=0.01",
  jpy: "¥ yen jpy=1",
  cny: "yuan rmb cny=1",
  inr: "₹ rupee inr=1",
  "": "dozen=12 hundred=100 thousand=1000 million=1000000 billion=1000000000 trillion=1000000000000",
};

/** Units that are made of others. */
const DERIVED: Readonly<Record<string, string>> = {
  "N! newton": "kg m s^-2",
  "kN! kilonewton": "kilo kg m s^-2",
  "J! joule": "kg m^2 s^-2",
  "kJ! kilojoule": "kilo kg m^2 s^-2",
  "cal! calorie": "4.184 kg m^2 s^-2",
  "kcal! kilocalorie": "4184 kg m^2 s^-2",
  "W! watt": "kg m^2 s^-3",
  "kW! kilowatt": "kilo kg m^2 s^-3",
  "kWh! kilowatthour": "3600000 kg m^2 s^-2",
  "Pa! pascal": "kg m^-1 s^-2",
  "kPa! kilopascal": "kilo kg m^-1 s^-2",
  "V! volt": "kg m^2 s^-3 A^-1",
  "Hz! hertz": "s^-1",
  "mph": "mi h^-1",
  "kph kmh": "km h^-1",
  "acre": "4046.8564224 m^2",
  "hectare ha!": "10000 m^2",
};
const NOT_PLURAL = new Set(["inches", "feet", "pence", "pennies", "celsius", "s", "ms", "lens"]);
const CENTIGRADE: Unit = { dimension: "temperature^1", factor: whole(1), offset: exactly("273.15") };
const FAHRENHEIT: Unit = { dimension: "temperature^1", factor: exactly("5/9"), offset: exactly("459.67") };

const UNITS: ReadonlyMap<string, Unit> = readTable();

/** A unit with a word for how many: `million dollars`. */
export interface ScaledUnit {
  /** `undefined` where there is only such a word. */
  readonly unit: Unit | undefined;
  readonly scale: Rational;
}

/** Reads tokens as a unit, such as `km/h`, `square feet`, `m s^{-2}`; `undefined` when one of them belongs to none. */
export function parseUnit(tokens: readonly MathToken[]): ScaledUnit | undefined {
  const words = tokens.flatMap((token) => wordsOf(token));
  const temperature = temperatureOf(words);
  if (temperature !== undefined) return { unit: temperature, scale: whole(1) };
  let unit: Unit = { dimension: "", factor: whole(1) };
  let scale = whole(1);
  let direction = 1;
  let power = 1;
  let found = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!.toLowerCase();
    if (word === "/" || word === "per") direction = -1;
    else if (word === "square" || word === "sq") power = 2;
    else if (word === "cubic" || word === "cu") power = 3;
    else if (word === "of" || word === "*" || word === "." || words[at] === "a" || word === "an") continue;
    else {
      const next = unitNamed(words[at]!);
      if (next === undefined) return undefined;
      const raised = exponentAt(words, at + 1);
      const counted = next.dimension === "" && direction === 1
        ? multiplyRationals(scale, next.factor)
        : scale;
      const combined = next.dimension === ""
        ? unit
        : combineUnits(unit, next, direction * power * (raised?.exponent ?? 1));
      if (combined === undefined || counted === undefined) return undefined;
      [unit, scale, power, found, at] = [combined, counted, 1, true, at + (raised?.length ?? 0)];
    }
  }
  if (!found || power > 1) return undefined;
  return { unit: unit.dimension === "" ? undefined : unit, scale };
}

/** The unit of a currency sign. */
export function currencyOf(sign: string): Unit | undefined {
  return UNITS.get(sign);
}

/** Whether two units measure the same thing. */
export function isSameDimension(a: Unit, b: Unit): boolean {
  return a.dimension === b.dimension;
}

function unitNamed(word: string): Unit | undefined {
  const lower = word.toLowerCase().replace(/\.$/, "");
  return UNITS.get(`${word}!`) ?? UNITS.get(lower) ??
    (NOT_PLURAL.has(lower) ? undefined : UNITS.get(lower.replace(/s$/, "")));
}

function wordsOf(token: MathToken): readonly string[] {
  if (token.kind !== "words") return [token.text];
  return token.text.match(/[\p{L}°$€£¥₹¢]+|\d+|[\^/*.-]/gu) ?? [];
}

/** `^2`, `^{-1}` or `^-1` at a place. */
function exponentAt(words: readonly string[], at: number) {
  if (words[at] !== "^") return undefined;
  const rest = words.slice(at + 1, at + 5).join("");
  const match = /^\{(-?[1-9])\}|^(-?[1-9])/.exec(rest);
  if (match === null) return { exponent: NaN, length: 1 };
  return { exponent: Number(match[1] ?? match[2]), length: 1 + match[0].length };
}

function temperatureOf(words: readonly string[]): Unit | undefined {
  const name = words.filter((word) => !/^(?:°|degrees?|deg)$/i.test(word)).join(" ").toLowerCase();
  const hasDegree = words.length > 1;
  if (name === "celsius" || name === "centigrade" || (name === "c" && hasDegree)) return CENTIGRADE;
  return name === "fahrenheit" || (name === "f" && hasDegree) ? FAHRENHEIT : undefined;
}

/** A unit times a power of another. */
export function combineUnits(unit: Unit, next: Unit, exponent: number): Unit | undefined {
  if (!Number.isInteger(exponent)) return undefined;
  const scale = powerOfRational(next.factor, BigInt(exponent));
  const factor = scale && multiplyRationals(unit.factor, scale);
  if (factor === undefined) return undefined;
  const powers = new Map<string, number>();
  for (const [text, times] of [[unit.dimension, 1], [next.dimension, exponent]] as const) {
    for (const part of text === "" ? [] : text.split(" ")) {
      const [name, size] = part.split("^");
      powers.set(name!, (powers.get(name!) ?? 0) + Number(size) * times);
    }
  }
  return { dimension: written(powers), factor };
}

/** Volume is length to the third power. */
function written(powers: ReadonlyMap<string, number>): string {
  const plain = new Map(powers);
  const volume = plain.get("volume") ?? 0;
  plain.delete("volume");
  if (volume !== 0) plain.set("length", (plain.get("length") ?? 0) + 3 * volume);
  return [...plain].filter(([, power]) => power !== 0).sort(([a], [b]) => a < b ? -1 : 1)
    .map(([name, power]) => `${name}^${power}`).join(" ");
}

function exactly(text: string): Rational {
  const [over, under = "1"] = text.split("/");
  const [before, after = ""] = over!.split(".");
  const value = rational(BigInt(before! + after), 10n ** BigInt(after.length));
  const result = value && divideRationals(value, whole(BigInt(under)));
  if (result === undefined) throw new RangeError(`Read a fraction, found ${text}`);
  return result;
}

function readTable(): ReadonlyMap<string, Unit> {
  const units = new Map<string, Unit>();
  for (const [dimension, entries] of Object.entries(TABLE)) {
    let names: string[] = [];
    for (const word of entries.split(" ")) {
      const [name, size] = word.split("=");
      names.push(name!);
      if (size === undefined) continue;
      const powers = new Map(dimension === "" ? [] : [[dimension, 1] as const]);
      for (const one of names) units.set(one, { dimension: written(powers), factor: exactly(size) });
      names = [];
    }
  }
  for (const [names, formula] of Object.entries(DERIVED)) {
    let unit: Unit = { dimension: "", factor: whole(1) };
    for (const part of formula.split(" ")) {
      const [name, power = "1"] = part.split("^");
      const scale = name === "kilo" ? "1000" : name!;
      const next = /^\d/.test(scale)
        ? { dimension: "", factor: exactly(scale) }
        : units.get(`${name}!`) ?? units.get(name!)!;
      unit = combineUnits(unit, next, Number(power))!;
    }
    for (const name of names.split(" ")) units.set(name, unit);
  }
  return units;
}
