// The model's own picture, before the lock: in the place of the after, or against it in the place of the before.

/** A model's output at its place in the picture, without its padding; beside it what stands there anyway. */
function placed(img, beside, { part, content, shape }) {
  const share = (box) => Object.fromEntries(["left", "top", "width", "height"].map((name, at) => [name, 100 * box[at] + "%"]));
  // in another shape than was asked for nobody knows where the padding is: it lies over the part as it came
  const asked = Math.abs(img.naturalWidth / img.naturalHeight / shape - 1) < 0.02;
  const [x, y, width, height] = asked ? content : [0, 0, 1, 1];
  const [sheet, window] = ["placed", "part"].map((name) => Object.assign(document.createElement("div"), { className: name }));
  Object.assign(window.style, share(part));
  Object.assign(img.style, share([-x / width, -y / height, 1 / width, 1 / height]));
  window.append(img);
  sheet.append(beside, window);
  return sheet;
}

class Raw {
  place = null; // "after", "before", or null while it is not shown
  against = "after"; // the place it is shown in when it is switched on
  url = null;
  img = null;

  constructor(viewer) {
    this.viewer = viewer;
    this.button = viewer.one("[data-do=raw]");
    viewer.one(".beside").addEventListener("click", (event) => this.compare(event.target.closest("button")?.dataset.with));
  }

  /** The raw output of the former pair says nothing about this one, unless the same one was only locked anew. */
  offer(after) {
    const url = after?.raw ?? null;
    this.note = after?.lock_note ?? "";
    this.at = after?.raw_at ?? null;
    this.ground = after?.url ?? "";
    if (url !== this.url) {
      this.url = url;
      this.place = this.img = this.sheet = this.coming = null;
      this.against = "after";
    }
    this.button.hidden = !url;
    this.viewer.box.toggleAttribute("data-has-raw", Boolean(url));
  }

  /** Decoded once and kept, so that raw and locked change places without a flash. */
  fetched() {
    const { url, at, ground } = this;
    this.coming ??= Promise.all([decoded(url, "Raw output"), at && decoded(ground, "")]).then(([img, beside]) => {
      if (url !== this.url) return;
      this.img = img;
      this.sheet = at ? placed(img, beside, at) : img;
    });
    return this.coming;
  }

  /** Ready before anybody asks, when there is nothing else to do. */
  prepare() {
    if (this.url) idle(() => this.url && this.fetched().catch(() => {}));
  }

  async toggle() {
    if (!this.url) return;
    await this.put(this.place ? null : this.against);
  }

  async compare(place) {
    if (!place) return;
    this.against = place;
    await this.put(place);
  }

  async put(place) {
    const { viewer, url } = this;
    this.place = place;
    this.draw();
    const there = !place || Boolean(this.img) || (await this.came());
    if (url !== this.url) return;
    if (!there) this.place = this.coming = null; // the next press tries again
    if (!viewer.box.dataset.ready) return; // it comes with the pictures
    viewer.lay();
    viewer.explain();
    if (!there) viewer.say("The raw output could not be loaded. The result is not affected.");
  }

  async came() {
    const late = setTimeout(() => this.viewer.say("Loading the raw output …"), LATE);
    return this.fetched().then(() => true, () => false).finally(() => clearTimeout(late));
  }

  get natural() { return { width: this.img.naturalWidth, height: this.img.naturalHeight }; }

  /** Of what is laid over the picture: all of it where only a part of it was sent. */
  get size() { return this.at ? this.viewer.frame.after : this.natural; }

  /** Whether it is seen now: it was asked for, and it is there. */
  get seen() { return Boolean(this.place && this.img); }

  /** Where it lies: over the after's place, as large as its shape allows. */
  get rect() { return containedIn(this.viewer.frame.after, this.size); }

  /** A map of the locked result says nothing about places in a picture of another shape. */
  get unlike() { return this.seen && this.place === "after" && !sameShape(this.size, this.viewer.frame.after); }

  get side() {
    const { width, height } = this.natural;
    return { label: "Raw output", facts: `${width} × ${height} · before the lock` };
  }

  words() {
    const fitted = sameShape(this.size, this.viewer.frame.after) ? "" : "Another shape: fitted in, no maps.";
    return [fitted, this.note].filter(Boolean).join(" ");
  }

  draw() {
    const { viewer } = this;
    if (this.seen) viewer.box.dataset.raw = this.place;
    else delete viewer.box.dataset.raw;
    this.button.setAttribute("aria-pressed", String(Boolean(this.place)));
    viewer.one(".taken").textContent = this.seen ? this.words() : "";
    for (const button of viewer.all(".beside button")) button.setAttribute("aria-pressed", String(button.dataset.with === this.place));
  }
}
