// Runs before the first paint, so that a remembered theme never flashes the other one; hence no module.
(() => {
  try {
    const remembered = localStorage.getItem("lineup-theme");
    if (remembered === "light" || remembered === "dark") document.documentElement.dataset.theme = remembered;
    if (localStorage.getItem("lineup-density") === "compact") document.documentElement.dataset.density = "compact";
  } catch {
    // Storage may be forbidden; the system's preference then decides.
  }
})();
