// Entry of the notifications page: the list is what the server would show now, whoever reads or writes entries;
// what is new is said by its toast.

import { LivePage } from "../parts/live-page.js";
import { Register } from "../parts/register.js";

const register = new Register();
const live = new LivePage({ onRows: (rows) => register.show(rows), onAsk: () => register.refresh() });

for (const part of [register, live]) part.connect();
