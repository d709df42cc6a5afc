// Entry of the registers of permits, write-backs and books: keeps their rows as the server would show them now.

import { Decisions } from "../parts/decisions.js";
import { Register } from "../parts/register.js";
import { APP, appUrl } from "../streams/inbox.js";
import { streams } from "../streams/registry.js";

const district = Number(document.body.dataset.district);
const register = new Register();
const decisions = new Decisions({ onDone: () => register.changed() });

/** @param {{ district: number }} data */
function changed(data) {
  if (data.district === district) register.changed();
}

for (const part of [register, decisions]) part.connect();
streams.open(APP, appUrl(), {
  "order.changed": changed,
  "system.telling": changed,
  "system.compared": changed,
});
