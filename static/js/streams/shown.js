// The page of this tab as the streams know it: its name, and the cursor up to which it shows everything.
// Reads data-live and data-stream-cursor of <body>.

/** The event that says what differs on an open page. It has no place in the log. */
export const PAGE = "page.changed";

/** @typedef {{ name: string, since: string }} OpenPage */

/** @type {OpenPage} */
export const shown = {
  name: document.body?.dataset.live ?? "",
  since: document.body?.dataset.streamCursor ?? "",
};

/**
 * Names the open pages in the address of a stream.
 * @param {URL} url
 * @param {Iterable<OpenPage>} pages
 */
export function nameIn(url, pages) {
  url.searchParams.delete("page");
  for (const { name, since } of pages) if (name) url.searchParams.append("page", `${since}~${name}`);
}
