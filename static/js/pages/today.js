// Entry of the wall screen: its figures are asked for after a burst of changes, and when time alone changes them.

import { ask } from "../lib/asking.js";
import { Bursts } from "../lib/bursts.js";
import { refill } from "../lib/swapping.js";
import { APP, appUrl } from "../streams/inbox.js";
import { streams } from "../streams/registry.js";

const TICK = 5_000; // ms
const LONGEST = 2 ** 31 - 1; // ms; browsers know no longer timer

const district = Number(document.body.dataset.district);
const place = document.querySelector("[data-today]");
/** @type {HTMLTimeElement} */
const clock = document.querySelector("[data-clock]");
const face = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: clock.dataset.zone });
const bursts = new Bursts(load);
let timer = 0;

async function load() {
  const answer = await ask(place.dataset.url);
  if (answer) {
    const fresh = /** @type {HTMLElement} */ (place.cloneNode());
    fresh.innerHTML = await answer.text();
    refill(place, fresh);
  }
  awaitChange();
}

// Midnight, the next due time, the next permit that lapses: nobody tells of them.
function awaitChange() {
  clearTimeout(timer);
  const at = Date.parse(place.querySelector("[data-changes-at]").dataset.changesAt);
  timer = setTimeout(() => bursts.wantAll(), Math.min(LONGEST, Math.max(1_000, at - Date.now())));
}

function tick() {
  const now = new Date();
  clock.textContent = face.format(now);
  clock.dateTime = now.toISOString();
}

function offerFullScreen() {
  const button = document.querySelector("[data-full-screen]");
  button.hidden = !document.fullscreenEnabled;
  button.addEventListener("click", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen();
  });
}

awaitChange();
tick();
setInterval(tick, TICK);
// Timers sleep with the machine: a screen that wakes up looks at once.
document.addEventListener("visibilitychange", () => document.hidden || bursts.wantAll());
offerFullScreen();
/** @param {any} data */
const changed = (data) => {
  if (data.district === district) bursts.wantAll();
};
streams.open(APP, appUrl(), { "order.changed": changed, "run.changed": changed, "storm.changed": changed });
