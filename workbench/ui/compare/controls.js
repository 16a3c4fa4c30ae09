// The strip under the picture: what is pressed, what the slider means, which words stand beside it.
const MODES = ["swipe", "side", "onion", "difference", "blink"];
const SURROUNDS = ["black", "grey", "white", "check"];
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const SURROUND_KEPT = "loupe-surround";
const asSurround = (kept) => (SURROUNDS.includes(kept) ? kept : "grey");

/** What the slider means in each mode that has one. */
const TUNING = {
  onion: {
    range: [0, 100, 1],
    name: "Share of the after",
    read: (viewer) => viewer.share * 100,
    write: (viewer, value) => { viewer.share = value / 100; },
    words: (viewer) => `${Math.round(viewer.share * 100)} %`,
  },
  difference: {
    range: [0, 4, 1],
    name: "Gain",
    read: (viewer) => Math.log2(viewer.gain),
    write: (viewer, value) => { viewer.gain = 2 ** value; },
    words: (viewer) => `× ${viewer.gain}`,
  },
  blink: {
    range: [0.5, 3, 0.25], // at most three flashes a second (WCAG 2.3.1)
    name: "Speed",
    read: (viewer) => viewer.hertz,
    write: (viewer, value) => { viewer.hertz = value; },
    words: (viewer) => (viewer.paused ? "Paused" : `${viewer.hertz} Hz`),
  },
};

class Controls {
  constructor(viewer) {
    this.viewer = viewer;
    this.acts = {
      in: () => viewer.zoomBy(1.25),
      out: () => viewer.zoomBy(0.8),
      fit: () => viewer.fit(),
      actual: () => viewer.actualSize(),
      changes: () => viewer.maps.toggle(),
      maps: () => viewer.maps.open(viewer.maps.panel.hidden),
      raw: () => viewer.raw.toggle(),
      surround: () => viewer.setSurround(SURROUNDS[(SURROUNDS.indexOf(viewer.box.dataset.surround) + 1) % SURROUNDS.length]),
    };
    viewer.one(".strip").addEventListener("click", (event) => this.click(event));
    viewer.one(".tune input").addEventListener("input", (event) => this.tune(Number(event.target.value)));
  }

  click(event) {
    const { mode, surround, do: act } = event.target.closest("button")?.dataset ?? {};
    if (mode) this.viewer.choose(mode);
    else if (surround) this.viewer.setSurround(surround);
    else this.acts[act]?.();
  }

  tune(value) {
    TUNING[this.viewer.mode].write(this.viewer, value);
    this.viewer.beat();
    this.viewer.draw();
  }

  /** Which controls make sense for these pictures. */
  offer({ after }) {
    const { one, maps, raw } = this.viewer;
    one(".modes").hidden = !after;
    maps.offer(after);
    raw.offer(after);
    one(".extras").hidden = !maps.current && !raw.url;
  }

  /** Pixels of other shapes have no counterpart to be subtracted from. */
  alike(on) {
    const button = this.viewer.one("[data-mode=difference].mode");
    button.disabled = !on;
    button.title = on ? "Difference (4)" : "Difference: only for pictures of one shape";
  }

  tags(before, after) {
    for (const [name, side] of [["before", before], ["after", after]]) {
      const [label, facts] = this.viewer.one(".tag." + name).children;
      label.textContent = side?.label ?? "";
      facts.textContent = side?.facts ?? "";
    }
  }

  draw() {
    const { viewer } = this;
    const percent = viewer.view.scale * devicePixelRatio * 100;
    viewer.one(".percent").textContent = `${percent < 10 ? percent.toFixed(1) : Math.round(percent).toLocaleString("en")} %`;
    const position = Math.round(viewer.position * 100);
    viewer.knob.setAttribute("aria-valuenow", position);
    viewer.knob.setAttribute("aria-valuetext", `${position} % before`);
    this.press(".modes button", (button) => button.dataset.mode === viewer.mode);
    this.press(".surround button", (button) => button.dataset.surround === viewer.box.dataset.surround);
    const tuning = TUNING[viewer.mode];
    if (tuning) this.drawTuning(tuning);
  }

  drawTuning(tuning) {
    const { viewer } = this;
    const input = viewer.one(".tune input");
    [input.min, input.max, input.step] = tuning.range;
    input.value = tuning.read(viewer);
    input.setAttribute("aria-label", tuning.name);
    input.setAttribute("aria-valuetext", tuning.words(viewer));
    viewer.one(".tune span").textContent = tuning.words(viewer);
  }

  press(selector, on) {
    this.viewer.all(selector).forEach((button) => button.setAttribute("aria-pressed", String(on(button))));
  }
}
