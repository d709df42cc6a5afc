// Entry of the review: says when the order has changed, and fetches the why-not table when asked.

import { Review } from "./review.js";
import { APP, appUrl } from "./streams/inbox.js";
import { streams } from "./streams/registry.js";

const review = new Review();
review.connect();
streams.open(APP, appUrl(), review.handlers);
