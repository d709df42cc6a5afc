// Readers of a stream over the npm package "eventsource": a line of JSON for each event and each change of state.
//
//   READER_HEADERS="Authorization: Bearer …" node reader.mjs URL [COUNT]
//
// READER_HEADERS, or the file that READER_HEADERS_FILE names, has one header a line, which may be a "Cookie: …" too.
// Connection N sends that of line N, beginning again when there are fewer lines than connections.
//
//   {"connection":0,"at":1750000000000,"event":"order.changed","id":"k3x9q2ab4d.0000000001f4","data":"{…}"}
//   {"connection":0,"at":1750000000000,"state":"open"}      also: reconnecting, and closed with the status in "code"
//
// Of several connections only the ids are told, no data. Whatever closes, closes by the package's own rules; when all
// have closed, the process ends.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

// Installed beside what else the tests make, where no checkout of the project sees it.
const { EventSource } = createRequire(new URL("../../../var/npm/package.json", import.meta.url))("eventsource");

// EventSource tells only what it is asked for by name; the names are those of docs/streams.md.
const NAMES = [
  "beat",
  "bye",
  "done",
  "file.progressed",
  "hello",
  "note.changed",
  "notification.created",
  "notification.read",
  "order.changed",
  "order.reviewing",
  "page.changed",
  "reset",
  "run.changed",
  "run.suggestions",
  "source.read",
  "storm.changed",
  "system.compared",
  "system.telling",
  "workers.changed",
];
const STATES = ["reconnecting", "open", "closed"]; // by readyState

const [url, count = "1"] = process.argv.slice(2);
const { READER_HEADERS = "", READER_HEADERS_FILE } = process.env;
const given = READER_HEADERS_FILE ? readFileSync(READER_HEADERS_FILE, "utf8") : READER_HEADERS;
const headers = given.split("\n").filter(Boolean).map(parsed);
const isAlone = Number(count) === 1;

for (let connection = 0; connection < Number(count); connection++) read(connection);

function read(connection) {
  const own = headers.length ? headers[connection % headers.length] : {};
  const source = new EventSource(url, {
    fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...own } }),
  });
  for (const name of NAMES) {
    source.addEventListener(name, ({ lastEventId: id, data }) =>
      report({ connection, at: Date.now(), event: name, id, data: isAlone ? data : undefined }),
    );
  }
  for (const change of ["open", "error"]) {
    source.addEventListener(change, ({ code }) =>
      report({ connection, at: Date.now(), state: STATES[source.readyState], code }),
    );
  }
}

function parsed(line) {
  const [name, ...value] = line.split(":");
  return { [name.trim()]: value.join(":").trim() };
}

function report(what) {
  console.log(JSON.stringify(what));
}
