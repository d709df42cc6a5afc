// Entry of the review: wires its parts to the stream.

import { Keys, newestMessage, press } from "../lib/keys.js";
import { LivePage } from "../parts/live-page.js";
import { OwnNotes } from "../parts/own-notes.js";
import { Presence, settle, showReviewers } from "../parts/presence.js";
import { Review } from "../parts/review.js";
import { APP, appUrl } from "../streams/inbox.js";
import { streams } from "../streams/registry.js";

const review = new Review();
const live = new LivePage({
  onPart: (name, html) => {
    review.show(name, html);
    return true;
  },
});
const keys = new Keys({
  a: () => press("[data-action='approve']"),
  u: () => {
    press("[data-action='undo']");
    // Once its time is over: why?
    document.getElementById("revoke-reason")?.focus();
  },
  m: newestMessage,
});
for (const part of [review, live, new Presence(), new OwnNotes(), keys]) part.connect();
streams.open(APP, appUrl(), review.handlers);
streams.open(APP, appUrl(), {
  "order.reviewing": ({ order, html }) => {
    if (String(order) === document.body.dataset.order && html) showReviewers(document, html);
  },
});
settle(document);
