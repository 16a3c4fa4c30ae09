// Drawing on the real picture where an edit may change it and where it must not. What is drawn lives here and is sent
// when a stroke ends; looking, zooming and choosing tools never cost a run of the page.
const SETTLE = 300; // ms after the last key until a change is sent
const STEPS = 100; // changes that can be taken back
const FULL = "No more fits in: a region takes 400 shapes. Clear some of it first.";
const AROUND = { side: 14, top: 14, foot: 14 }; // so that handles at the edge of the picture can be gripped
const KEPT = ["now", "past", "future", "active", "tool", "radius", "wants", "view", "fitted", "client", "sent", "kept"];
const mounted = new WeakMap();
const left = new Map(); // subject → what its last drawing was left with: a busy page may take the frame away and bring it back

export default function ({ parentElement: root, data, setStateValue }) {
  if (!mounted.has(root)) mounted.set(root, new Region(root));
  const region = mounted.get(root);
  region.tell = setStateValue;
  region.show(data);
  return () => {
    mounted.get(root)?.end();
    mounted.delete(root);
  };
}

class Region {
  data = null;
  now = { region: NOTHING, protect: NOTHING };
  past = [];
  future = [];
  base = null; // what `now` was before the change that is under way
  active = "region";
  selected = null; // index of a box in the active layer
  tool = "box";
  radius = 0.02; // of the brush, in shares of the longer side
  view = { scale: 1, x: 0, y: 0 };
  fitted = true;
  hidden = false;
  client = Math.random().toString(36).slice(2);
  sent = 0; // number of the last change that was sent
  wants = { lines: false, areas: false };
  timer = 0;

  constructor(root) {
    this.one = (selector) => root.querySelector(selector);
    this.all = (selector) => [...root.querySelectorAll(selector)];
    this.frame = this.one(".region");
    this.stage = this.one(".stage");
    this.marks = new Marks(this.one(".marks"));
    this.panel = new Panel(this);
    this.finds = new Finds(this);
    this.tools = new Tools(this);
    new Keyboard(this);
    this.one(".again").onclick = () => this.load();
    this.watch = new ResizeObserver(() => (this.fitted ? this.fit() : this.moveBy(0, 0)));
    this.watch.observe(this.stage);
  }

  end() {
    this.settle();
    left.clear();
    if (this.data) left.set(this.data.subject, Object.fromEntries(KEPT.map((name) => [name, this[name]])));
    cancelAnimationFrame(this.frameAsked);
    this.watch.disconnect();
  }

  get size() { return { width: this.data.width, height: this.data.height }; }
  get longer() { return Math.max(this.data.width, this.data.height); }
  get layer() { return this.now[this.active]; }
  // ---- from the server, to the server ----

  show(data) {
    const former = this.data;
    this.data = data;
    this.frame.style.setProperty("--room", data.room);
    this.frame.toggleAttribute("data-tools", data.tools);
    const other = former?.subject !== data.subject;
    const back = other && this.begin();
    const kept = canonical([data.region, data.protect]);
    const late = data.echo?.[0] === this.client && data.echo[1] !== this.sent;
    const news = !late && !this.base && kept !== this.kept;
    if (news || (other && !back)) this.adopt(kept, other && !back);
    [this.panel, this.finds].forEach((part) => part.offer());
    this.overlay();
    if (former?.url !== data.url) this.load();
    else this.draw();
  }

  /** Another picture: nothing of the former one's is kept. Gives whether this one was here just before. */
  begin() {
    [this.past, this.future, this.base, this.fitted] = [[], [], null, true];
    this.wants = { lines: false, areas: false };
    this.active = this.data.first;
    this.now = { region: NOTHING, protect: NOTHING };
    Object.assign(this, left.get(this.data.subject));
    this.selected = this.tool === "box" ? this.lone() : null;
    return left.has(this.data.subject);
  }

  /** What the server has is what is shown, unless it is only an echo of what was drawn here. */
  adopt(kept, other) {
    this.kept = kept;
    if (kept === canonical(this.documents())) return;
    this.now = { region: layerOf(this.data.region, this.size), protect: layerOf(this.data.protect, this.size) };
    this.selected = this.lone();
    if (other) this.tool = this.layer.shapes.length && this.selected === null ? "brush" : "box";
  }

  documents() { return ["region", "protect"].map((name) => documentOf(this.now[name], this.size)); }
  lone() { return isLoneBox(this.layer) ? 0 : null; }

  commit() {
    const [region, protect] = this.documents();
    this.kept = canonical([region, protect]);
    this.tell("drawn", { subject: this.data.subject, client: this.client, number: ++this.sent, region, protect });
  }

  /** Suggestions are worked out by the server: while one is wanted, it comes with the data. */
  want(name, on) {
    this.wants = { ...this.wants, [name]: on };
    this.tell("wanted", { subject: this.data.subject, ...this.wants });
    if (on) this.choose("pick");
    else if (this.tool === "pick" && !this.wants.lines && !this.wants.areas) this.choose("box");
    this.finds.offer();
    this.panel.draw();
  }

  async load() {
    const { url } = this.data;
    const picture = this.one(".picture");
    delete this.frame.dataset.ready;
    this.one(".again").hidden = true;
    this.one(".state p").textContent = "Loading the picture …";
    try {
      picture.removeAttribute("src"); // else the same address would not be asked for again
      picture.src = url;
      await picture.decode();
      if (url !== this.data.url) return;
      this.frame.dataset.ready = "1";
      if (this.fitted) this.fit();
      else this.draw();
    } catch {
      if (url !== this.data.url) return;
      this.one(".state p").textContent = "The picture could not be loaded. Nothing is lost: check the connection, then try again.";
      this.one(".again").hidden = false;
    }
  }

  // ---- changing what is drawn ----

  /** Show a change that is under way; `settle` makes it one step that can be taken back. */
  touch(layer, selected = this.selected) {
    this.base ??= this.now;
    this.now = { ...this.now, [this.active]: layer };
    this.selected = selected;
    this.overlay(false);
    this.draw();
  }

  settle() {
    this.timer = clearTimeout(this.timer) ?? 0;
    if (!this.base) return;
    const { base } = this;
    this.base = null;
    if (same(base, this.now)) return;
    this.past = [...this.past, base].slice(-STEPS);
    this.future = [];
    this.draw();
    this.commit();
  }

  change(layer, selected = null) {
    this.settle();
    this.touch(layer, selected);
    this.settle();
  }

  /** A change by key or slider: sent once it rests. */
  soon(layer, selected = this.selected) {
    this.touch(layer, selected);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.settle(), SETTLE);
  }

  drop() {
    [this.now, this.base] = [this.base ?? this.now, null];
    this.draw();
  }

  add(shape, selected = null) {
    if (full(this.layer, shape)) return this.panel.say(FULL);
    this.change({ ...this.layer, shapes: [...this.layer.shapes, shape] }, selected);
  }

  /** Put a suggestion in, or take it out again. */
  toggle(shape) {
    const shapes = this.layer.shapes.filter((one) => !same(one, shape));
    if (shapes.length < this.layer.shapes.length) this.change({ ...this.layer, shapes });
    else this.add(shape);
  }

  remove() {
    const at = this.selected ?? this.layer.shapes.length - 1; // else what was drawn last
    if (at >= 0) this.change({ ...this.layer, shapes: this.layer.shapes.filter((_, index) => index !== at) });
  }

  clear() {
    this.change(NOTHING);
    if (this.tool === "eraser") this.choose("box");
  }

  step(from, onto) {
    this.settle();
    if (!this[from].length) return;
    this[onto] = [...this[onto], this.now];
    this.now = this[from].at(-1);
    this[from] = this[from].slice(0, -1);
    this.selected = this.lone();
    this.overlay(false);
    this.draw();
    this.commit();
  }

  undo() { this.step("past", "future"); }
  redo() { this.step("future", "past"); }

  /** A box without a pointer: the middle half, ready for the arrow keys. */
  place() {
    const { width, height } = this.data;
    this.choose("box");
    this.add({ box: [Math.floor(width / 4), Math.floor(height / 4), Math.ceil(width / 2), Math.ceil(height / 2)] }, this.layer.shapes.length);
    this.one(".box").focus({ preventScroll: true });
  }

  choose(tool) {
    this.tools.cancel();
    this.tool = tool;
    this.selected = tool === "box" ? this.lone() : null;
    this.draw();
  }

  turnTo(layer) {
    this.settle();
    this.active = layer;
    this.selected = this.tool === "box" ? this.lone() : null;
    this.draw();
  }

  // ---- where the picture lies ----

  fit() {
    this.view = fitting(this.size, { width: this.stage.clientWidth, height: this.stage.clientHeight }, AROUND);
    this.fitted = true;
    this.draw();
  }

  zoomBy(factor, point = { x: this.stage.clientWidth / 2, y: this.stage.clientHeight / 2 }) {
    const whole = fitting(this.size, { width: this.stage.clientWidth, height: this.stage.clientHeight }, AROUND).scale;
    const scale = within(this.view.scale * factor, Math.min(whole, 1 / devicePixelRatio), Math.max(whole * 4, 32 / devicePixelRatio));
    this.view = zoomedTo(this.view, scale, point);
    this.moveBy(0, 0);
  }

  moveBy(x, y) {
    this.fitted = false;
    const pane = { width: this.stage.clientWidth, height: this.stage.clientHeight };
    this.view = inSight({ ...this.view, x: this.view.x + x, y: this.view.y + y }, this.size, pane);
    this.draw();
  }

  // ---- what is shown ----

  /** The mark of what would change, until something else is drawn. */
  overlay(on = Boolean(this.data.overlay)) {
    const sheet = this.one(".overlay");
    sheet.hidden = !on;
    this.frame.toggleAttribute("data-covered", on);
    if (on) sheet.style.setProperty("--mask", `url("${this.data.overlay}")`);
  }

  draw() {
    if (!this.data || this.frameAsked) return;
    this.frameAsked = requestAnimationFrame(() => {
      this.frameAsked = 0;
      this.drawNow();
    });
  }

  drawNow() {
    const { scale, x, y } = this.view;
    const { width, height } = this.size;
    const at = { left: onPixel(x) + "px", top: onPixel(y) + "px", width: width * scale + "px", height: height * scale + "px" };
    this.all(".picture, .overlay").forEach((sheet) => Object.assign(sheet.style, at));
    this.frame.toggleAttribute("data-pixels", scale * devicePixelRatio * this.data.shrunk > 2);
    this.frame.dataset.tool = this.tool;
    this.marks.draw(this.now, {
      size: this.size, view: this.view, width: this.stage.clientWidth, height: this.stage.clientHeight,
      active: this.active, hidden: this.hidden, outlined: isLoneBox(this.now.region) || !this.one(".overlay").hidden,
    });
    this.tools.draw();
    this.finds.draw();
    this.panel.draw();
  }
}
