// Entry of the page of an import: says how far it has come as the worker tells it, and shows what is next.

import { Stream } from "../streams/stream.js";

const SELDOM = 5_000; // ms at least between two sentences for who listens
const BACK = 2_000; // ms after which a page that could not be asked for is asked for again
const SILENT = 12_000; // ms without a word, after which the page is asked for whether a worker is at it at all

/** @type {HTMLElement | null} */
const box = document.querySelector("[data-file-import]");
const aloud = document.querySelector("[data-file-spoken]");
/** @type {Stream | null} */
let stream = null;
let spoken = -SELDOM;
let silence = 0;
let isAsking = false;
/** @type {number | null} */
let known = null; // rows that were dealt with at the word before

const section = () => /** @type {HTMLElement} */ (box.querySelector("[data-file-status]"));
const number = new Intl.NumberFormat("en-GB");

/** @param {{ status: string, done: number, total: number }} told */
function progressed({ status, done, total }) {
  if (status !== section().dataset.fileStatus) return showAnew();
  /** @type {HTMLProgressElement | null} */
  const bar = box.querySelector("[data-file-bar]");
  if (!bar) return;
  if (total) {
    bar.max = total;
    bar.value = done;
  }
  listenFor();
  // The first word of a stream tells how it stands, whether anybody is at it or not.
  const hasMoved = known !== null && known !== done;
  known = done;
  if (!hasMoved) return;
  for (const note of box.querySelectorAll("[data-unclaimed-in]")) note.remove();
  const said = total ? `${number.format(done)} of ${number.format(total)} rows` : `${number.format(done)} rows`;
  box.querySelector("[data-file-said]").textContent = said;
  if (performance.now() - spoken < SELDOM) return;
  spoken = performance.now();
  aloud.textContent = said;
}

async function showAnew() {
  clearTimeout(silence);
  // One at a time: the answer to a second would take away what was chosen meanwhile on the first.
  if (isAsking) return;
  isAsking = true;
  try {
    const answer = await fetch(box.dataset.part);
    if (!answer.ok || answer.redirected) return location.reload();
    box.innerHTML = await answer.text();
  } catch {
    setTimeout(showAnew, BACK);
    return;
  } finally {
    isAsking = false;
  }
  aloud.textContent = box.querySelector(".file-title").textContent;
  begin();
}

/** Asks for the page once nothing has been heard for a while: a worker may have died. */
function listenFor() {
  clearTimeout(silence);
  silence = setTimeout(showAnew, SILENT);
}

/** Says after a while that no worker has taken it up. */
function watchForAWorker() {
  for (const note of /** @type {NodeListOf<HTMLElement>} */ (box.querySelectorAll("[data-unclaimed-in]"))) {
    setTimeout(() => {
      if (note.isConnected) note.hidden = false;
    }, Number(note.dataset.unclaimedIn) * 1_000);
  }
}

function begin() {
  stream?.disconnect();
  stream = null;
  known = null;
  clearTimeout(silence);
  if (section().dataset.atWork !== "1") return;
  watchForAWorker();
  listenFor();
  stream = new Stream(box.dataset.events, {
    onEvent: (name, data) => name === "file.progressed" && progressed(data),
    // Over before it could be heard.
    onState: (state) => state === "stopped" && showAnew(),
  });
  stream.listen("file.progressed");
  stream.connect();
}

if (box) begin();
