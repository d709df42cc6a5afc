// Entry of every page: inbox and connection, theme, menus, dialogs, and times that go on.

import { Menus } from "./menus.js";
import { RelativeTimes } from "./relative-times.js";
import { Inbox } from "./streams/inbox.js";
import { ThemeToggle } from "./theme-toggle.js";

for (const part of [new Inbox(), new ThemeToggle(), new Menus(), new RelativeTimes()]) part.connect();
