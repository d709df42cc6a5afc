// The district's time zone for the timeline's calendar: the browser knows every zone, so no table is sent.

const MINUTE = 60_000; // ms
const DAY = 24 * 60 * MINUTE;
const STEP = 15 * MINUTE; // clocks are changed on a quarter of an hour, all over the world
const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX";

/**
 * Tells moment-timezone of a zone from `start` to `end` (ISO 8601), a day around them included.
 * @param {string} zone
 * @param {string} start
 * @param {string} end
 */
export function teach(zone, start, end) {
  const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
  const from = Date.parse(start) - DAY;
  const offsets = [westward(format, from)];
  /** @type {number[]} */
  const changes = [];
  for (let at = from + STEP; at < Date.parse(end) + DAY; at += STEP) {
    const offset = westward(format, at);
    if (offset === offsets.at(-1)) continue;
    offsets.push(offset);
    changes.push(at / MINUTE);
  }
  const names = offsets.map((_, at) => `Z${at}`).join(" ");
  const sequence = offsets.map((_, at) => DIGITS[at]).join("");
  const untils = changes.map((at, number) => packed(at - (changes[number - 1] ?? 0))).join(" ");
  moment.tz.add([zone, names, offsets.map(packed).join(" "), sequence, untils].join("|"));
}

// Minutes that the zone is west of Greenwich, as moment-timezone counts them.
/** @param {Intl.DateTimeFormat} format @param {number} at */
function westward(format, at) {
  const { value } = format.formatToParts(at).find(({ type }) => type === "timeZoneName");
  const [, sign, hours, minutes] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(value);
  return sign ? (sign === "+" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) : 0;
}

// A whole number in the sixty digits of moment-timezone's packed zones.
/** @param {number} number */
function packed(number) {
  let digits = "";
  for (let left = Math.abs(number); left > 0; left = Math.floor(left / 60)) digits = DIGITS[left % 60] + digits;
  return `${number < 0 ? "-" : ""}${digits || "0"}`;
}
