// Entry of the API's page: mounts Swagger UI, which the template loads before, on our schema and in our theme.

const place = document.querySelector("[data-api-reference]");
const root = document.documentElement;
const DARK = matchMedia("(prefers-color-scheme: dark)");

// Swagger UI knows dark pages by this class alone.
function follow() {
  root.classList.toggle("dark-mode", (root.dataset.theme ?? (DARK.matches ? "dark" : "light")) === "dark");
}

follow();
DARK.addEventListener("change", follow);
new MutationObserver(follow).observe(root, { attributeFilter: ["data-theme"] });

SwaggerUIBundle({
  url: place.dataset.schemaUrl,
  domNode: place,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  docExpansion: "list",
  filter: true,
  defaultModelsExpandDepth: -1,
  tagsSorter: "alpha",
  // A try of anything else would decide for real, with the rights of whoever looks.
  supportedSubmitMethods: ["get"],
  validatorUrl: "none",
});
