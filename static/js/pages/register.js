// Entry of the registers of permits, write-backs and books: keeps their rows as the server would show them now.

import { Decisions } from "../parts/decisions.js";
import { LivePage } from "../parts/live-page.js";
import { Register } from "../parts/register.js";

const register = new Register();
const live = new LivePage({ onRows: (rows) => register.show(rows), onAsk: () => register.refresh() });
const decisions = new Decisions({ onDone: () => register.refresh() });

for (const part of [register, live, decisions]) part.connect();
