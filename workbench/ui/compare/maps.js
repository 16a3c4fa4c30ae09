// Maps over the result: where it differs, what the model changed, by how much. One at a time, drawn as the viewer likes.
const MAPS = {
  mask: { name: "Changes", words: "Where the result differs from the original" },
  found: { name: "What the model changed", words: "Allowed or not, before the lock" },
  heat: { name: "Colour difference", words: "ΔE between the original and the model’s picture" },
};
/** Each with the one that strong differences turn to: no picture has both. */
const COLOURS = {
  magenta: ["#FF3DDB", "#FFE500"],
  cyan: ["#00E1FF", "#FF3DDB"],
  yellow: ["#FFE500", "#E8112D"],
  green: ["#2BFF3A", "#3B2BFF"],
  white: ["#FFFFFF", "#E8112D"],
};
const STYLES = ["fill", "outline"];
const MAP_KEPT = "loupe-map";
const UNKEPT = "Not kept for this result";

function asMap(kept) {
  const number = Number(kept?.opacity);
  return {
    map: Object.hasOwn(MAPS, kept?.map) ? kept.map : "mask",
    colour: Object.hasOwn(COLOURS, kept?.colour) ? kept.colour : "magenta",
    style: STYLES.includes(kept?.style) ? kept.style : "fill",
    opacity: number >= 0.1 && number <= 1 ? number : 0.72,
  };
}

/** Which map lies over the after, and the panel in which it is chosen. */
class Maps {
  on = false;
  urls = {};

  constructor(viewer) {
    this.viewer = viewer;
    this.liking = recalled(MAP_KEPT, asMap);
    this.panel = viewer.one(".maps");
    this.caret = viewer.one("[data-do=maps]");
    this.panel.addEventListener("input", (event) => this.choose(event.target));
    viewer.box.addEventListener("pointerdown", (event) => this.aside(event));
    viewer.box.addEventListener("keydown", (event) => this.escape(event));
  }

  /** The map that is meant: the one chosen last, or where these pictures lack it, the first there is. */
  get current() { return this.urls[this.liking.map] ? this.liking.map : Object.keys(MAPS).find((map) => this.urls[map]); }

  offer(after) {
    this.urls = Object.fromEntries(Object.keys(MAPS).map((map) => [map, after?.[map] ?? null]));
    this.on &&= Boolean(this.current);
    for (const map of Object.keys(MAPS)) this.offerOne(map, Boolean(after?.raw));
    this.viewer.one("[data-do=changes]").hidden = this.caret.hidden = !this.current;
    if (!this.current) this.open(false);
  }

  /** What an exact edit can't have is not spoken of; what is missing of a model's edit is. */
  offerOne(map, locked) {
    const choice = this.panel.querySelector(`[value=${map}]`);
    choice.disabled = !this.urls[map];
    choice.closest("label").hidden = !this.urls[map] && !locked;
    choice.closest("label").querySelector("small").textContent = this.urls[map] ? MAPS[map].words : UNKEPT;
  }

  toggle(on = !this.on) {
    if (!this.current) return;
    this.on = on;
    this.draw();
    this.check();
  }

  /** CSS says nothing when a map can't be fetched, so it is asked for once more, out loud. */
  async check() {
    const { current } = this;
    const url = this.urls[current];
    if (!this.on || (await usable(url)) || url !== this.urls[this.current] || !this.on) return;
    this.toggle(false);
    this.viewer.say(`The map “${MAPS[current].name}” could not be loaded. The pictures are not affected.`);
  }

  choose({ name, value }) {
    if (!(name in this.liking)) return;
    this.liking[name] = name === "opacity" ? value / 100 : value;
    remember(MAP_KEPT, this.liking);
    this.viewer.explain(); // what was said of another map is over
    this.toggle(true);
  }

  open(on) {
    if (this.panel.hidden === !on) return;
    this.panel.hidden = !on;
    this.draw();
    if (on) this.panel.querySelector("input:checked:not(:disabled)")?.focus({ preventScroll: true });
  }

  aside(event) {
    const path = event.composedPath();
    if (!path.includes(this.panel) && !path.includes(this.caret)) this.open(false);
  }

  escape(event) {
    if (event.key !== "Escape" || this.panel.hidden) return;
    event.preventDefault();
    event.stopPropagation();
    this.open(false);
    this.caret.focus({ preventScroll: true });
  }

  draw() {
    const { viewer, liking, current } = this;
    const on = this.on && Boolean(current && viewer.box.dataset.ready) && !viewer.raw.unlike;
    viewer.box.toggleAttribute("data-changes", on);
    viewer.one("[data-do=changes]").setAttribute("aria-pressed", String(this.on));
    this.caret.setAttribute("aria-expanded", String(!this.panel.hidden));
    viewer.box.dataset.map = current === "heat" ? "heat" : liking.style;
    viewer.box.style.setProperty("--map-colour", COLOURS[liking.colour][0]);
    viewer.box.style.setProperty("--map-strong", COLOURS[liking.colour][1]);
    viewer.box.style.setProperty("--map-opacity", liking.opacity);
    viewer.one(".mask").style.setProperty("--mask", on ? `url("${this.urls[current]}")` : "none");
    viewer.one(".key b").textContent = current ? MAPS[current].name : "";
    if (!this.panel.hidden) this.drawPanel();
  }

  drawPanel() {
    const { liking, current } = this;
    for (const input of this.panel.querySelectorAll("[type=radio]")) {
      input.checked = input.value === (input.name === "map" ? current : liking[input.name]);
    }
    const slider = this.panel.querySelector("[name=opacity]");
    const percent = Math.round(liking.opacity * 100);
    slider.value = percent;
    slider.setAttribute("aria-valuetext", `${percent} %`);
    this.panel.querySelector("output").textContent = `${percent} %`;
    this.panel.querySelector(".style").disabled = current === "heat"; // its edge is no edge of anything
  }
}
