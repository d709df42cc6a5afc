// Entry of the wall screen: its figures are kept up to date by the stream, its clock by itself.

import { LivePage } from "../parts/live-page.js";
import { OwnNotes } from "../parts/own-notes.js";

const TICK = 5_000; // ms

/** @type {HTMLTimeElement} */
const clock = document.querySelector("[data-clock]");
const face = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: clock.dataset.zone });

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

tick();
setInterval(tick, TICK);
offerFullScreen();
new LivePage().connect();
new OwnNotes().connect();
