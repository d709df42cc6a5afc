// Entry of the schedule: wires timeline, list and decisions to the stream.

import { ask } from "../lib/asking.js";
import { Bursts } from "../lib/bursts.js";
import { ENDED } from "../lib/run-states.js";
import { say } from "../lib/toasts.js";
import { Decisions } from "../parts/decisions.js";
import { List } from "../parts/schedule/list.js";
import { Timeline } from "../parts/schedule/timeline.js";
import { APP, appUrl } from "../streams/inbox.js";
import { streams } from "../streams/registry.js";

const MANY = 40; // changed orders from which on everything is asked for

const district = Number(document.body.dataset.district);
const address = document.querySelector("[data-schedule]").dataset.crewsUrl;

const bursts = new Bursts(load, { many: MANY });
const timeline = new Timeline({ drop, rest: () => bursts.wantAll() });
const list = new List();
const decisions = new Decisions({ onDone: ({ order }) => bursts.want(order) });

/** @param {any[] | null} orders */
async function load(orders) {
  const query = (orders ?? []).map((order) => `&order=${order}`);
  const answer = await ask(address + query.join(""));
  if (!answer) return;
  const { crews, gone } = await answer.json();
  await timeline.quiet();
  const left = orders ? [] : list.without(crews);
  timeline.show(crews, [...gone, ...left]);
  list.show(crews, [...gone, ...left]);
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
    if (answer.ok) say(said.message);
    else say(said.sentence, { nextStep: said.next_step, steps: said.steps, tone: "bad" });
    return answer.ok;
  } catch {
    say("That did not work.", { nextStep: "Reload the page and look where the job is.", tone: "bad" });
    return false;
  }
}

timeline.connect();
decisions.connect();
bursts.wantAll();
streams.open(APP, appUrl(), {
  "order.changed": (data) => {
    if (data.district === district) bursts.want(data.order);
  },
  // A plan that has ended suggests other work than the one before it.
  "run.changed": (data) => {
    if (data.district === district && ENDED.has(data.status)) bursts.wantAll();
  },
  "storm.changed": (data) => {
    if (data.district === district) bursts.wantAll();
  },
});
