// Asks the server for a part of the page, again when the network or a gateway failed: what changed was said only once.

const TRIES = 6;
const FIRST_PAUSE = 500; // ms; twice as long each time, so the last try comes after half a minute

/**
 * The answer, or null when nobody answered, something is wrong with the server, or the person has been logged out.
 * @param {string} address
 * @param {RequestInit} [options]
 */
export async function ask(address, options) {
  for (let failures = 0; failures < TRIES; failures++) {
    try {
      const answer = await fetch(address, options);
      if (answer.status < 500) return answer.ok && !answer.redirected ? answer : null;
    } catch {
      // No answer at all; the pause is the same.
    }
    await pause(FIRST_PAUSE * 2 ** failures * (0.5 + Math.random() / 2));
  }
  return null;
}

/** This page as the server renders it now, or null. */
export async function askPage() {
  const answer = await ask(location.href);
  return answer && new DOMParser().parseFromString(await answer.text(), "text/html");
}

/** @param {number} time */
function pause(time) {
  return new Promise((done) => setTimeout(done, time));
}
