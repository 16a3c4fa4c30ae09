// A box over a picture. Boxes are [left, top, width, height] in whole picture pixels, half-open, always inside.
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const SETTLE = 300; // ms after the last key until the box is sent: holding an arrow is one change
const CLICK = 4; // CSS pixels: less is a click, not a drag
const MARGIN = 14; // so that handles at the edge of the picture can be gripped
const mounted = new WeakMap();
const within = (value, least, most) => Math.min(most, Math.max(least, value));

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
  box = null;
  data = null;
  drag = null; // { act(point), former, start }
  timer = 0;

  constructor(root) {
    this.one = (selector) => root.querySelector(selector);
    this.all = (selector) => [...root.querySelectorAll(selector)];
    this.frame = this.one(".region");
    this.stage = this.one(".stage");
    this.picture = this.one(".picture");
    this.rim = this.one(".box");
    this.stage.addEventListener("pointerdown", (event) => this.down(event));
    this.stage.addEventListener("pointermove", (event) => this.drag && this.move(event));
    this.stage.addEventListener("pointerup", () => this.up());
    this.stage.addEventListener("pointercancel", () => this.cancel());
    this.rim.addEventListener("keydown", (event) => this.key(event));
    this.rim.addEventListener("focusout", () => this.flush());
    this.all("input").forEach((input) => input.addEventListener("change", () => this.typed()));
    this.one(".start").onclick = () => this.start();
    this.one(".clear").onclick = () => this.clear();
    this.one(".again").onclick = () => this.load();
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(this.stage);
  }

  end() {
    this.flush();
    this.watch.disconnect();
  }

  // ---- from the server, to the server ----

  show(data) {
    const former = this.data;
    this.data = data;
    this.frame.style.setProperty("--room", data.room);
    // what the server says about our own last box is no news, and may be late
    if (!this.drag && JSON.stringify(data.box) !== this.sent) this.box = data.box;
    if (former?.url !== data.url) this.load();
    else this.draw();
  }

  commit() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.sent = JSON.stringify(this.box);
    this.tell("drawn", { url: this.data.url, box: this.box });
  }

  flush() {
    if (this.timer) this.commit();
  }

  async load() {
    const { url } = this.data;
    delete this.frame.dataset.ready;
    this.one(".again").hidden = true;
    this.one(".state p").textContent = "Loading the picture …";
    try {
      this.picture.removeAttribute("src"); // else the same address would not be asked for again
      this.picture.src = url;
      await this.picture.decode();
      if (url !== this.data.url) return;
      this.frame.dataset.ready = "1";
      this.draw();
    } catch {
      if (url !== this.data.url) return;
      this.one(".state p").textContent = "The picture could not be loaded. Nothing is lost: check the connection, then try again.";
      this.one(".again").hidden = false;
    }
  }

  // ---- where things lie ----

  /** Scale and origin of the picture on the stage. */
  lie() {
    const { width, height } = this.data;
    const room = [this.stage.clientWidth - 2 * MARGIN, this.stage.clientHeight - 2 * MARGIN];
    const scale = Math.max(0.001, Math.min(room[0] / width, room[1] / height));
    return { scale, x: (this.stage.clientWidth - width * scale) / 2, y: (this.stage.clientHeight - height * scale) / 2 };
  }

  /** Where the pointer is, in picture pixels with fractions, inside the picture. */
  at(event) {
    const edge = this.stage.getBoundingClientRect();
    const { scale, x, y } = this.lie();
    return [
      within((event.clientX - edge.left - x) / scale, 0, this.data.width),
      within((event.clientY - edge.top - y) / scale, 0, this.data.height),
    ];
  }

  /** The smallest box of whole pixels around two points: every pixel that was touched is in. */
  around([x0, y0], [x1, y1]) {
    const left = Math.min(Math.floor(Math.min(x0, x1)), this.data.width - 1);
    const top = Math.min(Math.floor(Math.min(y0, y1)), this.data.height - 1);
    return [left, top, Math.max(1, Math.ceil(Math.max(x0, x1)) - left), Math.max(1, Math.ceil(Math.max(y0, y1)) - top)];
  }

  moved([left, top, width, height], x, y) {
    return [within(left + x, 0, this.data.width - width), within(top + y, 0, this.data.height - height), width, height];
  }

  /** The box with the named edges moved by whole pixels; an edge stops before the one that faces it. */
  resized([left, top, width, height], edges, x, y) {
    let [right, foot] = [left + width, top + height];
    if (edges.includes("w")) left = within(left + x, 0, right - 1);
    if (edges.includes("e")) right = within(right + x, left + 1, this.data.width);
    if (edges.includes("n")) top = within(top + y, 0, foot - 1);
    if (edges.includes("s")) foot = within(foot + y, top + 1, this.data.height);
    return [left, top, right - left, foot - top];
  }

  // ---- pointer ----

  down(event) {
    if (event.button !== 0 || !this.frame.dataset.ready || event.target.closest(".state")) return;
    const start = this.at(event);
    const former = this.box;
    const steps = (point) => [Math.round(point[0] - start[0]), Math.round(point[1] - start[1])];
    const edges = event.target.dataset.edges;
    let act = (point) => this.around(start, point);
    if (edges) act = (point) => this.resized(former, edges, ...steps(point));
    else if (event.target === this.rim) act = (point) => this.moved(former, ...steps(point));
    this.drag = { act, former, from: [event.clientX, event.clientY], moved: false };
    this.stage.setPointerCapture(event.pointerId);
    if (!edges) this.rim.focus({ preventScroll: true });
  }

  move(event) {
    const { drag } = this;
    drag.moved ||= Math.hypot(event.clientX - drag.from[0], event.clientY - drag.from[1]) >= CLICK;
    if (!drag.moved) return;
    this.box = drag.act(this.at(event));
    this.draw();
  }

  up() {
    const { drag } = this;
    this.drag = null;
    if (!drag?.moved) return;
    this.rim.focus({ preventScroll: true });
    this.commit();
  }

  cancel() {
    if (!this.drag) return;
    this.box = this.drag.former;
    this.drag = null;
    this.draw();
  }

  // ---- keys and numbers ----

  key(event) {
    if (event.key === "Escape" && this.drag) this.cancel();
    else if (event.key === "Delete" || event.key === "Backspace") this.clear();
    else if (ARROWS[event.key] && this.box) this.nudge(event);
    else return;
    event.preventDefault();
    event.stopPropagation(); // the page's own arrow keys stay out of it
  }

  nudge(event) {
    const [x, y] = ARROWS[event.key].map((step) => step * (event.shiftKey ? 10 : 1));
    const { edges } = event.target.dataset;
    this.box = edges ? this.resized(this.box, edges, x, y) : this.moved(this.box, x, y);
    this.draw();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.commit(), SETTLE);
  }

  typed() {
    const numbers = this.all("input").map((input) => Math.round(Number(input.value)));
    if (!this.box || numbers.some((number) => !Number.isFinite(number))) return this.draw();
    const width = within(numbers[2], 1, this.data.width);
    const height = within(numbers[3], 1, this.data.height);
    this.box = this.moved([numbers[0], numbers[1], width, height], 0, 0);
    this.draw();
    this.commit();
  }

  /** A box without a pointer: the middle half, ready for the arrow keys. */
  start() {
    const { width, height } = this.data;
    this.box = [Math.floor(width / 4), Math.floor(height / 4), Math.ceil(width / 2), Math.ceil(height / 2)];
    this.draw();
    this.rim.focus({ preventScroll: true });
    this.commit();
  }

  clear() {
    this.box = null;
    this.drag = null;
    this.draw();
    this.commit();
    this.one(".start").focus({ preventScroll: true });
  }

  // ---- what is shown ----

  draw() {
    if (!this.data) return;
    const { scale, x, y } = this.lie();
    const { width, height } = this.data;
    const lay = (element, [left, top, wide, high]) => Object.assign(element.style, {
      left: x + left * scale + "px", top: y + top * scale + "px", width: wide * scale + "px", height: high * scale + "px",
    });
    lay(this.picture, [0, 0, width, height]);
    this.rim.hidden = !this.box;
    if (this.box) lay(this.rim, this.box);
    this.numbers();
  }

  numbers() {
    const { box } = this;
    const words = box && `Region, left ${box[0]}, top ${box[1]}, width ${box[2]}, height ${box[3]} pixels`;
    this.rim.setAttribute("aria-label", words ?? "Region");
    this.all("input").forEach((input, index) => {
      input.value = box ? box[index] : "";
      input.disabled = !box;
    });
    this.one(".start").hidden = Boolean(box);
    this.one(".clear").hidden = !box;
    const share = box && (100 * box[2] * box[3]) / (this.data.width * this.data.height);
    this.one(".hint").textContent = box ? `${share.toPrecision(3)} % of the picture` : "Drag a box over the part that may change.";
  }
}
