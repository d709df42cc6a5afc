// Entry of the board and of a run's page: wires the parts to the streams.

import { Board } from "../parts/board.js";
import { BoardKeys } from "../parts/board-keys.js";
import { Decisions } from "../parts/decisions.js";
import { settle } from "../parts/presence.js";
import { Revoking } from "../parts/revoking.js";
import { RunPanel } from "../parts/run-panel.js";
import { Tabs } from "../parts/tabs.js";
import { APP, appUrl } from "../streams/inbox.js";
import { streams } from "../streams/registry.js";

const district = Number(document.body.dataset.district);
const board = new Board();
const tabs = new Tabs({ onSequence: (orders) => board.follow(orders) });
// While a run is followed nothing is asked for. Orders for which no crew was found are in no event of it: the page is
// asked when it begins and when it ends.
const run = new RunPanel({ onRow: (order, html) => board.show(order, html), onTurn: () => board.resync() });
const decisions = new Decisions({ onDone: done });

/** @param {number} order @param {string | undefined} html */
function showRow(order, html) {
  board.show(order, html);
  tabs.changed();
}

/** Takes away an order that is another district's now. @param {number} order */
function leave(order) {
  const row = document.querySelector(`[data-rows] [data-order-id="${order}"]`);
  row?.remove();
  if (row) tabs.changed();
}

/** @param {{ run?: string, order?: number }} answer */
function done(answer) {
  if (answer.run) run.followRun(answer.run);
  if (answer.order) board.refresh(answer.order, { isOwn: true });
  tabs.changed();
}

for (const part of [tabs, board, run, decisions, new Revoking(), new BoardKeys()]) part.connect();
streams.open(APP, appUrl(), {
  ...run.handlers,
  "order.changed": (data) => {
    if (data.district === district) showRow(data.order, data.html);
    else leave(data.order);
  },
  "order.reviewing": ({ order, html }) => board.showReviewers(order, html),
  // Other rules, other priorities: the rows come in another sequence.
  "storm.changed": (data) => {
    if (data.district === district) board.resync();
  },
});
settle(document);
