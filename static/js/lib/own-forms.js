// Forms that the server renders for everybody who has a page open have nobody's token and lead back to nowhere.

const OURS = ["csrfmiddlewaretoken", "next"];

/**
 * Gives the forms in `fresh` what the forms of this page say.
 * @param {ParentNode} fresh
 */
export function makeOurs(fresh) {
  for (const name of OURS) {
    const ours = document.querySelector(`input[name="${name}"]`)?.getAttribute("value");
    if (ours) for (const input of fresh.querySelectorAll(`input[name="${name}"]`)) input.setAttribute("value", ours);
  }
}
