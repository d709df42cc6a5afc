// Entry of the board and of a run's page: wires the parts to the streams.

import { Board } from "./board.js";
import { Decisions } from "./decisions.js";
import { Keys } from "./keys.js";
import { RunPanel } from "./run-panel.js";
import { APP, appUrl } from "./streams/inbox.js";
import { streams } from "./streams/registry.js";
import { Tabs } from "./tabs.js";

const district = Number(document.body.dataset.district);
const tabs = new Tabs();
const board = new Board({ onUnknown: () => tabs.unseen() });
const run = new RunPanel({ onRow: showRow });
const decisions = new Decisions({ onDone: done });

function showRow(order, html) {
  board.show(order, html);
  tabs.changed();
}

function done(answer) {
  if (answer.run) run.followRun(answer.run);
  if (answer.order) board.refresh(answer.order);
  tabs.changed();
}

for (const part of [tabs, board, run, decisions, new Keys()]) part.connect();
streams.open(APP, appUrl(), {
  ...run.handlers,
  "order.changed": (data) => {
    if (data.district === district) showRow(data.order, data.html);
  },
});
