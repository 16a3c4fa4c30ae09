// The viewer. All its state lives in the browser: looking at pictures never costs a run of the page.
const LATE = 150; // ms: a picture that is there sooner replaces the former one without a flash
const mounted = new WeakMap();

export default function ({ parentElement: root, data }) {
  if (!mounted.has(root)) mounted.set(root, new Viewer(root));
  mounted.get(root).show(data);
  return () => {
    mounted.get(root)?.end();
    mounted.delete(root);
  };
}

class Viewer {
  mode = "swipe";
  position = 0.5; // of the swipe line, in the frame's width: it stays at its place in the picture while zooming
  share = 0.5;
  gain = 1;
  hertz = 1.5;
  paused = false;
  flipped = false; // blink shows the before
  held = false; // space shows the before
  view = { scale: 1, x: 0, y: 0 };
  frame = frameOf({ width: 4, height: 3 }, { width: 4, height: 3 });
  fitted = true;
  data = null;
  turn = 0; // what was loaded for an earlier turn is dropped

  constructor(root) {
    this.one = (selector) => root.querySelector(selector);
    this.all = (selector) => [...root.querySelectorAll(selector)];
    this.box = this.one(".viewer");
    this.stage = this.one(".stage");
    this.line = this.one(".line");
    this.knob = this.one(".knob");
    this.maps = new Maps(this);
    this.raw = new Raw(this);
    this.controls = new Controls(this);
    new Gestures(this);
    new Keyboard(this);
    this.one(".again").onclick = () => this.load();
    this.box.dataset.surround = recalled(SURROUND_KEPT, asSurround);
    this.watch = new ResizeObserver(() => (this.fitted ? this.fit() : this.moveBy(0, 0)));
    this.watch.observe(this.stage);
  }

  end() {
    this.turn++;
    clearInterval(this.timer);
    this.watch.disconnect();
  }

  // ---- where the pictures lie ----

  get paired() { return Boolean(this.data?.after); }

  get beside() { return this.paired && this.mode === "side"; }

  get stageSize() { return { width: this.stage.clientWidth, height: this.stage.clientHeight }; }

  /** The size of one pane. */
  pane() {
    const { width, height } = this.stageSize;
    if (!this.beside) return { width, height };
    return this.box.dataset.split === "rows" ? { width, height: (height - this.foot) / 2 } : { width: width / 2, height };
  }

  /** What the strip takes at the foot; on a phone it has two rows in some modes. */
  get foot() { return this.stage.clientHeight - this.one(".strip").offsetTop; }

  /** Room for the labels above and the strip below: at fit, nothing covers the picture, nor moves it once it does. */
  margin() {
    const rows = this.beside && this.box.dataset.split === "rows";
    const top = this.box.matches("[data-notice], [data-has-raw]") ? 76 : 42;
    return { side: 8, top, foot: rows ? 8 : this.foot + 8 };
  }

  fit() {
    this.box.dataset.mode = this.mode; // the strip's height belongs to the mode
    this.box.style.setProperty("--foot", this.foot + "px");
    this.box.dataset.split = this.beside ? split(this.frame, this.stageSize, this.margin().top, this.foot) : "";
    this.view = fitting(this.frame, this.pane(), this.margin());
    this.fitted = true;
    this.draw();
  }

  /** 100 %: one pixel of the picture on one pixel of the screen. */
  actualSize(point) { this.zoomBy(1 / devicePixelRatio / this.view.scale, point); }

  toggleFit(point) {
    if (this.fitted) this.actualSize(point);
    else this.fit();
  }

  zoomBy(factor, point = { x: this.pane().width / 2, y: this.pane().height / 2 }) {
    const least = Math.min(LEAST / devicePixelRatio, fitting(this.frame, this.pane(), this.margin()).scale);
    const scale = within(this.view.scale * factor, least, MOST / devicePixelRatio);
    this.view = zoomedTo(this.view, scale, point);
    this.moveBy(0, 0);
  }

  moveBy(x, y) {
    this.fitted = false;
    this.view = inSight({ ...this.view, x: this.view.x + x, y: this.view.y + y }, this.frame, this.pane());
    this.draw();
  }

  swipeTo(position) {
    this.position = within(position, 0, 1);
    this.draw();
  }

  /** Where the swipe line stands on the stage. */
  edge() { return within(this.view.x + this.position * this.frame.width * this.view.scale, 0, this.pane().width); }

  // ---- what can be done ----

  choose(mode) {
    if (!this.paired || (mode === "difference" && this.apart)) return;
    this.former = undefined; // a choice stays, whatever comes next
    if (mode === "blink" && this.mode === "blink") return this.pause();
    const refit = this.fitted || (this.mode === "side") !== (mode === "side"); // the panes change their size
    this.mode = mode;
    this.paused = calm.matches;
    this.beat();
    this.explain();
    if (refit) this.fit();
    else this.draw();
  }

  /** Blink chosen again: stop and go; for people who ask for less motion, one change at a time. */
  pause() {
    if (calm.matches) this.flipped = !this.flipped;
    else this.paused = !this.paused;
    if (!calm.matches) this.beat();
    this.draw();
  }

  beat() {
    clearInterval(this.timer);
    this.flipped = false;
    if (this.mode !== "blink" || this.paused || this.box.dataset.state !== "ready") return;
    this.timer = setInterval(() => {
      this.flipped = !this.flipped;
      this.draw();
    }, 500 / this.hertz);
  }

  hold(on) {
    if (this.held === on || !this.paired) return;
    this.held = on;
    this.draw();
  }

  setSurround(name) {
    this.box.dataset.surround = name;
    remember(SURROUND_KEPT, name);
    this.draw();
  }

  // ---- what is shown ----

  show(next) {
    const sides = ({ before, after }) => JSON.stringify([before, after]);
    const former = this.data;
    this.data = next;
    this.box.style.setProperty("--room", next.height);
    this.box.toggleAttribute("data-single", !this.paired);
    this.adapt();
    if (former && sides(former) === sides(next)) return warmUp(next.warm);
    this.controls.offer(next);
    if (!former) this.layOut(next.before);
    this.load();
  }

  /** One picture has no mode; the chosen one comes back with the next pair. */
  adapt() {
    if (this.paired) {
      this.mode = this.kept ?? this.mode;
      this.kept = undefined;
    } else {
      this.kept ??= this.mode;
      this.mode = "swipe";
    }
  }

  /** Before anything is there, its place is: the declared size is enough for it. */
  layOut({ width, height }) {
    if (width && height) this.frame = frameOf({ width, height }, { width, height });
    this.fit();
  }

  get sides() { return [this.data.before, this.data.after].filter(Boolean); }

  async load() {
    const mine = ++this.turn;
    const { sides } = this;
    delete this.box.dataset.ready;
    const late = setTimeout(() => this.state("loading", "Loading the pictures …"), LATE);
    try {
      const pictures = await Promise.all(sides.map((side) => decoded(side.url, side.label)));
      if (mine === this.turn) this.put(pictures);
    } catch {
      if (mine !== this.turn) return;
      this.state("error", "The picture could not be loaded. Nothing is lost: check the connection, then try again.");
    } finally {
      clearTimeout(late);
    }
  }

  put(pictures) {
    const sizes = pictures.map((img) => ({ width: img.naturalWidth, height: img.naturalHeight }));
    const was = this.frame;
    this.frame = frameOf(sizes[0], sizes[1] ?? sizes[0]);
    this.sizes = sizes;
    this.pictures = pictures;
    this.suit();
    this.state("ready", "");
    this.box.dataset.ready = "1";
    this.lay();
    this.explain();
    this.stay(was);
    this.beat();
    this.maps.check();
    warmUp(this.data.warm);
    this.raw.prepare();
  }

  /** What is looked at stays where it is, also when a preview takes the place of the whole picture. */
  stay(was) {
    if (this.fitted || !sameShape(this.frame, was)) return this.fit();
    this.view = { ...this.view, scale: (this.view.scale * was.width) / this.frame.width };
    this.draw();
  }

  /** The pictures on their sheets, their labels, the map over them; nothing moves. */
  lay() {
    const { raw } = this;
    const two = ["before", "after"].map((side, at) => {
      const swapped = raw.seen && raw.place === side;
      return swapped ? { img: raw.sheet, words: raw.side } : { img: this.pictures[at], words: this.sides[at] };
    });
    this.one(".pane.before .sheet").replaceChildren(two[0].img);
    this.one(".pictures .after .sheet").replaceChildren(...[two[1].img].filter(Boolean));
    this.controls.tags(...two.map(({ words }) => words));
    raw.draw();
    this.maps.draw();
    this.draw();
  }

  /** Pictures of other shapes are looked at side by side, and the next pair of one shape as the ones before. */
  suit() {
    const apart = this.frame.sizes === "centred" || this.frame.sizes === "fitted";
    this.controls.alike(!apart);
    if (apart === Boolean(this.apart)) return;
    this.apart = apart;
    const mode = apart ? "side" : this.former ?? this.mode;
    this.former = apart ? this.mode : undefined;
    if (this.paired) this.mode = mode;
    else this.kept = mode;
    this.fitted = true; // the panes change their size
  }

  state(name, words) {
    this.box.dataset.state = name;
    this.one(".state p").textContent = words;
    this.one(".again").hidden = name !== "error";
    if (name !== "ready") this.controls.tags(...this.sides);
  }

  explain() {
    const how = { scaled: "shown at one size", centred: "shown pixel for pixel, centred", fitted: "shown equally large, centred" }[this.frame.sizes];
    const [before, after] = (this.sizes ?? []).map(({ width, height }) => `${width} × ${height}`);
    if (how && after) this.say(`Sizes differ: before ${before}, after ${after}; ${how}.`);
    else if (this.mode === "blink" && calm.matches) this.say("Your system asks for less motion: press 5 to change the picture.");
    else this.say("");
  }

  say(words) {
    this.one(".notice").textContent = words;
    this.box.toggleAttribute("data-notice", Boolean(words));
    if (this.fitted) this.fit();
  }

  draw() {
    drawPictures(this);
    this.controls.draw();
  }
}
