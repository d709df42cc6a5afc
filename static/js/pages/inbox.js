// Entry of the notifications page: the list is what the server would show now, whoever reads or writes entries;
// what is new is said by its toast.

import { Register } from "../parts/register.js";
import { APP, appUrl } from "../streams/inbox.js";
import { streams } from "../streams/registry.js";

const register = new Register();
register.connect();
const changed = () => register.changed();
streams.open(APP, appUrl(), { "notification.created": changed, "notification.read": changed });
