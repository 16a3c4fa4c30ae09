// Pointers on the stage: a box is drawn, moved or resized, the brush paints, two fingers, the wheel, the middle button
// or space and drag move and zoom the picture.
const CLICK = 4; // CSS pixels: less is a click, not a drag
const NEAR = 0.35; // CSS pixels: points of a stroke that lie so near to its line are left out
const BRUSH = { least: 0.001, most: 0.2 };

class Tools {
  drag = null; // { act(point, event), end(), from, moved }
  pointers = new Map(); // id → where it is, in CSS pixels of the stage
  space = false; // held: dragging moves the picture
  pen = null; // where the brush is when arrow keys move it, in shares; it paints while `down`

  constructor(region) {
    this.region = region;
    const { stage } = region;
    this.rim = region.one(".box");
    this.cursor = region.one(".cursor");
    stage.addEventListener("pointerdown", (event) => this.down(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    stage.addEventListener("pointerup", (event) => this.up(event));
    stage.addEventListener("pointercancel", (event) => this.up(event, true));
    stage.addEventListener("pointerleave", () => { this.cursor.hidden = true; });
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.rim.addEventListener("focusout", () => region.timer && region.settle());
  }

  // ---- where things lie ----

  on(event) {
    const edge = this.region.stage.getBoundingClientRect();
    return { x: event.clientX - edge.left, y: event.clientY - edge.top };
  }

  /** A place on the stage in pixels of the picture, with fractions, inside the picture. */
  at({ x, y }) {
    const { view, size } = this.region;
    return [within((x - view.x) / view.scale, 0, size.width), within((y - view.y) / view.scale, 0, size.height)];
  }

  /** The same in shares. */
  share(here) {
    const [x, y] = this.at(here);
    return [x / this.region.size.width, y / this.region.size.height];
  }

  /** The smallest box of whole pixels around two points: every pixel that was touched is in. */
  around([x0, y0], [x1, y1]) {
    const { width, height } = this.region.size;
    const left = Math.min(Math.floor(Math.min(x0, x1)), width - 1);
    const top = Math.min(Math.floor(Math.min(y0, y1)), height - 1);
    return [left, top, Math.max(1, Math.ceil(Math.max(x0, x1)) - left), Math.max(1, Math.ceil(Math.max(y0, y1)) - top)];
  }

  moved([left, top, wide, high], x, y) {
    const { width, height } = this.region.size;
    return [within(left + x, 0, width - wide), within(top + y, 0, height - high), wide, high];
  }

  /** The box with the named edges moved by whole pixels; an edge stops before the one that faces it. */
  resized([left, top, width, height], edges, x, y) {
    let [right, foot] = [left + width, top + height];
    if (edges.includes("w")) left = within(left + x, 0, right - 1);
    if (edges.includes("e")) right = within(right + x, left + 1, this.region.size.width);
    if (edges.includes("n")) top = within(top + y, 0, foot - 1);
    if (edges.includes("s")) foot = within(foot + y, top + 1, this.region.size.height);
    return [left, top, right - left, foot - top];
  }

  // ---- one pointer, two pointers ----

  down(event) {
    const { region } = this;
    if (event.button > 1 || !region.frame.dataset.ready || event.target.closest(".state, .zoom, .tags, .finds [role=button]")) return;
    this.pointers.set(event.pointerId, this.on(event));
    region.stage.setPointerCapture(event.pointerId);
    if (this.pointers.size > 1) return this.cancel(); // the second finger: no stroke, but a zoom
    region.settle();
    const pan = event.button === 1 || this.space || !region.data.tools || region.tool === "pick";
    if (event.button === 1) event.preventDefault(); // no auto-scroll
    const start = pan ? null : region.tool === "box" ? this.boxing(event) : this.painting(event);
    this.drag = start && { ...start, from: this.on(event), moved: false };
    const inBox = event.target === this.rim || event.target.dataset.edges;
    if (!inBox) region.stage.focus({ preventScroll: true });
    if (this.drag?.now) this.drag.act(this.on(event));
  }

  move(event) {
    const here = this.on(event);
    this.point(here, event.pointerType !== "touch");
    if (!this.pointers.has(event.pointerId)) return;
    const was = this.spread();
    this.pointers.set(event.pointerId, here);
    if (!this.drag) return this.pan(was, this.spread());
    this.drag.moved ||= this.drag.now || Math.hypot(here.x - this.drag.from.x, here.y - this.drag.from.y) >= CLICK;
    if (!this.drag.moved) return;
    // a fast hand is followed through the places between two frames
    const between = event.getCoalescedEvents?.() ?? [];
    for (const one of between.length && this.drag.now ? between : [event]) this.drag.act(this.on(one));
  }

  up(event, cancelled = false) {
    this.pointers.delete(event.pointerId);
    const { drag } = this;
    this.drag = null;
    if (!drag) return;
    if (cancelled) this.region.drop();
    else if (drag.moved || drag.now) drag.end();
    else drag.click?.();
  }

  cancel() {
    if (this.drag) this.region.drop();
    this.drag = null;
    this.lift();
  }

  spread() {
    const [one, other] = [...this.pointers.values()];
    if (!other) return { ...one, apart: 1 };
    return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2, apart: Math.max(1, Math.hypot(one.x - other.x, one.y - other.y)) };
  }

  pan(was, now) {
    this.region.moveBy(now.x - was.x, now.y - was.y);
    if (now.apart !== was.apart) this.region.zoomBy(now.apart / was.apart, now);
  }

  wheel(event) {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 33 : 1; // Firefox counts lines
    const pinch = event.ctrlKey ? 6 : 1; // a pinch on a trackpad comes as small steps
    this.region.zoomBy(Math.exp(-event.deltaY * lines * pinch * 0.0015), this.on(event));
  }

  // ---- boxes ----

  boxing(event) {
    const { region } = this;
    const { layer, selected } = region;
    const start = this.at(this.on(event));
    const steps = (here) => this.at(here).map((value, axis) => Math.round(value - start[axis]));
    const chosen = layer.shapes[selected]?.box;
    const { edges } = event.target.dataset;
    const end = () => { region.settle(); this.rim.focus({ preventScroll: true }); };
    const put = (box) => region.touch(this.replaced(selected, box), selected);
    if (edges && chosen) return { act: (here) => put(this.resized(chosen, edges, ...steps(here))), end };
    if (event.target === this.rim && !event.shiftKey && !event.altKey) return { act: (here) => put(this.moved(chosen, ...steps(here))), end };
    const erase = event.altKey ? { erase: true } : {};
    // a lone box is drawn anew; with Shift or Alt, and beside other shapes, the new one is added
    const others = isLoneBox(layer) && !event.shiftKey && !event.altKey ? [] : layer.shapes;
    const act = (here) => {
      const shape = { box: this.around(start, this.at(here)), ...erase };
      if (!full({ ...layer, shapes: others }, shape)) region.touch({ ...layer, shapes: [...others, shape] }, others.length);
    };
    return { act, end, click: () => this.pick(start) };
  }

  /** The topmost box at a place, to be moved, resized or typed. */
  pick([x, y]) {
    const { region } = this;
    const inside = ({ box }) => box && x >= box[0] && y >= box[1] && x < box[0] + box[2] && y < box[1] + box[3];
    const at = region.layer.shapes.findLastIndex(inside);
    region.selected = at < 0 ? region.lone() : at;
    region.draw();
    if (region.selected !== null) this.rim.focus({ preventScroll: true });
  }

  replaced(index, box) {
    const { layer } = this.region;
    return { ...layer, shapes: layer.shapes.map((shape, at) => (at === index ? { ...shape, box } : shape)) };
  }

  nudge(edges, x, y) {
    const { region } = this;
    const box = region.layer.shapes[region.selected]?.box;
    if (box) region.soon(this.replaced(region.selected, edges ? this.resized(box, edges, x, y) : this.moved(box, x, y)));
  }

  // ---- brush and eraser ----

  painting(event) {
    const act = this.stroke(this.share(this.on(event)));
    return act && { act: (here) => act(this.share(here)), end: () => this.region.settle(), now: true };
  }

  /** Begins a stroke; gives what makes it longer, or null where nothing can be painted. */
  stroke(start) {
    const { region } = this;
    const { layer } = region;
    const erase = region.tool === "eraser" ? { erase: true } : {};
    if (erase.erase && !layer.shapes.length) return region.panel.say("There is nothing to erase yet."), null;
    const line = [start];
    const { width, height } = region.size;
    return (here) => {
      line.push(here);
      const error = NEAR / region.view.scale;
      const thin = simplified(line.map(([x, y]) => [x * width, y * height]), error).slice(0, LIMITS.points);
      const stroke = thin.map(([x, y]) => [inShares(x / width), inShares(y / height)]);
      const dot = stroke.every((point) => same(point, stroke[0]));
      const shape = { stroke: dot ? stroke.slice(0, 1) : stroke, radius: inShares(region.radius), ...erase };
      if (full(layer, shape)) return region.panel.say(FULL);
      region.touch({ ...layer, shapes: [...layer.shapes, shape] }, null);
    };
  }

  resize(factor) {
    this.region.radius = within(this.region.radius * factor, BRUSH.least, BRUSH.most);
    this.region.draw();
  }

  /** The brush by keys: arrows move it, Enter puts it down and lifts it. */
  go(x, y) {
    const { size, view } = this.region;
    const [wide, high] = this.pen?.place ?? [0.5, 0.5];
    const place = [within(wide + x / view.scale / size.width, 0, 1), within(high + y / view.scale / size.height, 0, 1)];
    this.pen = { ...this.pen, place };
    this.pen.act?.(place);
    this.region.draw();
  }

  press() {
    if (this.pen?.act) return this.lift();
    const place = this.pen?.place ?? [0.5, 0.5];
    const act = this.stroke(place);
    this.pen = { place, act };
    act?.(place);
  }

  lift() {
    if (!this.pen?.act) return;
    this.pen = { place: this.pen.place };
    this.region.settle();
  }

  // ---- what is shown ----

  point(here, shown) {
    this.here = here;
    if (!this.pen?.act) this.pen = null;
    this.cursor.hidden = !shown || !["brush", "eraser"].includes(this.region.tool) || !this.region.data.tools;
    if (!this.cursor.hidden) this.ring(here);
  }

  ring({ x, y }) {
    const side = Math.max(4, 2 * this.region.radius * this.region.longer * this.region.view.scale);
    Object.assign(this.cursor.style, { left: x - side / 2 + "px", top: y - side / 2 + "px", width: side + "px", height: side + "px" });
  }

  draw() {
    const { region } = this;
    const box = region.layer.shapes[region.selected]?.box;
    const { scale, x, y } = region.view;
    this.rim.hidden = !box || region.tool !== "box" || region.hidden || !region.data.tools;
    region.frame.toggleAttribute("data-moving", this.space);
    if (box) {
      const [left, top, wide, high] = box;
      Object.assign(this.rim.style, { left: x + left * scale + "px", top: y + top * scale + "px", width: wide * scale + "px", height: high * scale + "px" });
      this.rim.setAttribute("aria-label", `Region, left ${left}, top ${top}, width ${wide}, height ${high} pixels`);
    }
    const byKeys = this.pen && ["brush", "eraser"].includes(region.tool);
    if (byKeys) {
      const [wide, high] = this.pen.place;
      this.cursor.hidden = false;
      this.ring({ x: x + wide * region.size.width * scale, y: y + high * region.size.height * scale });
    } else if (this.here && !this.cursor.hidden) this.ring(this.here);
  }
}
