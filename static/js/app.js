// Entry of every page: inbox and connection, storm banner, theme, menus, dialogs, and what time changes.

import { Menus } from "./menus.js";
import { RelativeTimes } from "./relative-times.js";
import { Inbox } from "./streams/inbox.js";
import { StormBanner } from "./storm-banner.js";
import { ThemeToggle } from "./theme-toggle.js";
import { UndoWindow } from "./undo-window.js";

const parts = [new Inbox(), new StormBanner(), new ThemeToggle(), new Menus(), new RelativeTimes(), new UndoWindow()];
for (const part of parts) part.connect();
