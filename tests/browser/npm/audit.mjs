// Audits one page in the Chromium that listens on a port: node audit.mjs PORT ADDRESS COOKIE. Says scores and what costs them.

const installed = new URL("../../../var/npm/audits/node_modules/", import.meta.url);
const { default: lighthouse } = await import(new URL("lighthouse/core/index.js", installed));

const [port, address, cookie] = process.argv.slice(2);
const options = {
  port: Number(port),
  onlyCategories: ["accessibility", "best-practices", "performance"],
  formFactor: "desktop",
  screenEmulation: { mobile: false, width: 1350, height: 940, deviceScaleFactor: 1, disabled: false },
  // The throttling of Lighthouse's own desktop preset.
  throttling: { rttMs: 40, throughputKbps: 10_240, cpuSlowdownMultiplier: 1 },
  extraHeaders: { Cookie: cookie },
  // A page that is live never falls silent.
  maxWaitForLoad: 15_000,
};
const { lhr } = await lighthouse(address, options);
const scores = {};
const faults = {};
for (const [name, category] of Object.entries(lhr.categories)) {
  scores[name] = category.score === null ? null : Math.round(category.score * 100);
  faults[name] = category.auditRefs
    .filter(({ id, weight }) => weight && (lhr.audits[id].score ?? 1) < 0.9)
    .map(({ id }) => [lhr.audits[id].title, lhr.audits[id].displayValue].filter(Boolean).join(": "));
}
console.log(JSON.stringify({ scores, faults, runtimeError: lhr.runtimeError?.message }));
