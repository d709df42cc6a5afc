/** Asks the browser for a passkey, and sends its answer with the form that asked. */

/** @param {HTMLFormElement} form */
function answerOf(form) {
  const options = JSON.parse(form.dataset.options ?? "{}");
  if (form.dataset.passkey === "create") {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    return navigator.credentials.create({ publicKey });
  }
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return navigator.credentials.get({ publicKey });
}

/** @param {HTMLFormElement} form */
async function submit(form) {
  const refused = form.querySelector("[data-passkey-refused]");
  try {
    const answer = await answerOf(form);
    if (!(answer instanceof PublicKeyCredential)) {
      throw new TypeError("The browser gave another kind of credential.");
    }
    const field = form.elements.namedItem("answer");
    if (field instanceof HTMLInputElement) {
      field.value = JSON.stringify(answer.toJSON());
    }
    form.submit();
  } catch {
    // Left by the person, or not known to the browser: it does not say which.
    refused?.removeAttribute("hidden");
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (form instanceof HTMLFormElement && "PublicKeyCredential" in globalThis) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      submit(form);
    });
  }
}
