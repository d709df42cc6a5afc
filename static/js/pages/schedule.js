// Entry of the schedule: wires timeline, list and decisions to the stream.

import { ask } from "../lib/asking.js";
import { say } from "../lib/toasts.js";
import { Decisions } from "../parts/decisions.js";
import { LivePage } from "../parts/live-page.js";
import { List } from "../parts/schedule/list.js";
import { Timeline } from "../parts/schedule/timeline.js";

const address = document.querySelector("[data-schedule]").dataset.crewsUrl;

const timeline = new Timeline({ drop, rest: load });
const list = new List();
const live = new LivePage({ onRows: show, onAsk: load });
const decisions = new Decisions({ onDone: () => {} });

/** All crews as they are now: when the page opens, and after a drag, during which nothing was shown. */
async function load() {
  const answer = await ask(address);
  if (!answer) return;
  const { crews } = await answer.json();
  const rows = Object.fromEntries(crews.map((/** @type {any} */ crew) => [String(crew.id), crew]));
  await show({ rows, sequence: Object.keys(rows) });
}

/** @param {import("../parts/live-page.js").Rows} told */
async function show({ rows = {}, sequence }) {
  await timeline.quiet();
  const crews = Object.values(rows);
  const gone = sequence ? list.others(sequence.map(Number)) : [];
  timeline.show(crews, gone);
  list.show(crews, gone);
}

/**
 * Moves the job where it was dropped; answers whether it was moved.
 * @param {any} fact
 * @param {number} crew
 * @param {Date} start
 * @param {boolean} tentative
 */
async function drop(fact, crew, start, tentative) {
  const form = /** @type {HTMLFormElement} */ (document.getElementById("schedule-form"));
  const body = new FormData(form);
  const place = { crew, start: start.toISOString(), version: fact.version };
  for (const [name, value] of Object.entries(place)) body.set(name, value);
  if (tentative) body.set("tentative", "1");
  try {
    const answer = await fetch(fact.moveUrl, { method: "POST", body, headers: { Accept: "application/json" } });
    const said = await answer.json();
    if (answer.ok) say(said.message, { steps: said.steps });
    else say(said.sentence, { nextStep: said.next_step, steps: said.steps, tone: "bad" });
    return answer.ok;
  } catch {
    say("That did not work.", { nextStep: "Reload the page and look where the job is.", tone: "bad" });
    return false;
  }
}

for (const part of [timeline, decisions, live]) part.connect();
load();
