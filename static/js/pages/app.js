// Entry of every page: inbox and connection, storm banner, theme, menus, dialogs, and what time changes.

import { Menus } from "../parts/menus.js";
import { Notices } from "../parts/notices.js";
import { RelativeTimes } from "../parts/relative-times.js";
import { Sources } from "../parts/sources.js";
import { ThemeToggle } from "../parts/theme-toggle.js";
import { UndoWindow } from "../parts/undo-window.js";
import { Inbox } from "../streams/inbox.js";

const kept = [new ThemeToggle(), new Menus(), new RelativeTimes(), new UndoWindow()];
const parts = [new Inbox(), new Notices(), new Sources(), ...kept];
for (const part of parts) part.connect();
