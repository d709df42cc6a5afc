// Entry of the schedule: wires timeline, list and decisions to the stream.

import { ask } from "./asking.js";
import { Decisions } from "./decisions.js";
import { List } from "./schedule/list.js";
import { Timeline } from "./schedule/timeline.js";
import { APP, appUrl } from "./streams/inbox.js";
import { streams } from "./streams/registry.js";
import { say } from "./toasts.js";

const PAUSE = 300; // ms in which the changes of a burst gather
const MANY = 40; // changed orders from which on everything is asked for
const ENDED = new Set(["READY", "PARTIAL", "FAILED", "CANCELLED"]);

const district = Number(document.body.dataset.district);
const address = document.querySelector("[data-schedule]").dataset.crewsUrl;
const wanted = new Set();
let all = false;
let timer = 0;
let fetching = Promise.resolve();

const timeline = new Timeline({ drop, rest: wantAll });
const list = new List();
const decisions = new Decisions({ onDone: ({ order }) => want(order) });

function want(order) {
  wanted.add(order);
  timer ||= setTimeout(refresh, PAUSE);
}

function wantAll() {
  all = true;
  timer ||= setTimeout(refresh, PAUSE);
}

function refresh() {
  timer = 0;
  const everything = all || wanted.size > MANY;
  const query = everything ? "" : [...wanted].map((order) => `&order=${order}`).join("");
  all = false;
  wanted.clear();
  // One after the other: an older answer never overwrites a newer one.
  fetching = fetching.then(() => load(query, everything));
}

async function load(query, everything) {
  const answer = await ask(address + query);
  if (!answer) return;
  const { crews, gone } = await answer.json();
  await timeline.quiet();
  const left = everything ? list.without(crews) : [];
  timeline.show(crews, [...gone, ...left]);
  list.show(crews, [...gone, ...left]);
}

/** Moves the job where it was dropped; answers whether it was moved. */
async function drop(fact, crew, start, tentative) {
  const body = new FormData(document.getElementById("schedule-form"));
  const place = { crew, start: start.toISOString(), version: fact.version };
  for (const [name, value] of Object.entries(place)) body.set(name, value);
  if (tentative) body.set("tentative", "1");
  try {
    const answer = await fetch(fact.moveUrl, { method: "POST", body, headers: { Accept: "application/json" } });
    const said = await answer.json();
    if (answer.ok) say(said.message);
    else say(said.sentence, { nextStep: said.next_step, tone: "bad" });
    return answer.ok;
  } catch {
    say("That did not work.", { nextStep: "Reload the page and look where the job is.", tone: "bad" });
    return false;
  }
}

timeline.connect();
decisions.connect();
wantAll();
streams.open(APP, appUrl(), {
  "order.changed": (data) => {
    if (data.district === district) want(data.order);
  },
  // A plan that has ended suggests other work than the one before it.
  "run.changed": (data) => {
    if (data.district === district && ENDED.has(data.status)) wantAll();
  },
  "storm.changed": (data) => {
    if (data.district === district) wantAll();
  },
});
