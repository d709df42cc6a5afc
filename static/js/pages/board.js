// Entry of the board and of a run's page: wires the parts to the streams.

import { Board } from "../parts/board.js";
import { BoardKeys } from "../parts/board-keys.js";
import { Decisions } from "../parts/decisions.js";
import { Density } from "../parts/density.js";
import { Filters } from "../parts/filters.js";
import { LivePage } from "../parts/live-page.js";
import { settle } from "../parts/presence.js";
import { Revoking } from "../parts/revoking.js";
import { RowDetails } from "../parts/row-details.js";
import { RunPanel } from "../parts/run-panel.js";
import { Selection } from "../parts/selection.js";
import { APP, appUrl } from "../streams/inbox.js";
import { streams } from "../streams/registry.js";

const district = Number(document.body.dataset.district);
const board = new Board();
const live = new LivePage({ onRows: (rows) => board.show(rows), onAsk: () => board.resync() });
const run = new RunPanel();
const decisions = new Decisions({ onDone: done });

/** Takes away an order that is another district's now. @param {number} order */
function leave(order) {
  document.querySelector(`[data-rows] [data-order-id="${order}"]`)?.remove();
}

/** @param {{ run?: string, order?: number }} answer */
function done(answer) {
  if (answer.run) run.followRun(answer.run);
  if (answer.order) board.refresh(answer.order);
}

const selection = new Selection();
const others = [selection, new Revoking(), new BoardKeys(selection), new Filters(), new RowDetails(), new Density()];
for (const part of [board, live, run, decisions, ...others]) part.connect();
streams.open(APP, appUrl(), {
  ...run.handlers,
  "order.changed": (data) => {
    if (data.district !== district) leave(data.order);
  },
  "order.reviewing": ({ order, html }) => board.showReviewers(order, html),
});
settle(document);
