// Pointers and keys on the stage, turned into calls on the viewer.

/** Drag to move, pinch to zoom, wheel to zoom, double click between fit and actual size; the line swipes. */
class Gestures {
  constructor(viewer) {
    this.viewer = viewer;
    this.pointers = new Map(); // id → where it is, in stage coordinates
    this.grab = null; // while the line is held: how far beside it
    const { stage } = viewer;
    stage.addEventListener("pointerdown", (event) => this.down(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, (event) => this.up(event));
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    stage.addEventListener("dblclick", (event) => viewer.toggleFit(this.inPane(this.at(event))));
  }

  at(event) {
    const edge = this.viewer.stage.getBoundingClientRect();
    return { x: event.clientX - edge.left, y: event.clientY - edge.top };
  }

  /** Side by side, a point in the second pane means the same place in the first. */
  inPane({ x, y }) {
    const pane = this.viewer.pane();
    return { x: x > pane.width ? x - pane.width : x, y: y > pane.height ? y - pane.height : y };
  }

  /** The middle of all fingers and how far they are apart. */
  spread() {
    const points = [...this.pointers.values()];
    const x = points.reduce((sum, point) => sum + point.x, 0) / points.length;
    const y = points.reduce((sum, point) => sum + point.y, 0) / points.length;
    const apart = points.length < 2 ? 1 : Math.hypot(points[0].x - points[1].x, points[0].y - points[1].y);
    return { x, y, apart: Math.max(1, apart) };
  }

  down(event) {
    if (event.button > 1) return;
    const { viewer } = this;
    viewer.stage.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.at(event));
    const onLine = event.composedPath().includes(viewer.line);
    this.grab = onLine ? this.at(event).x - viewer.edge() : null;
    if (event.button === 1) event.preventDefault(); // no auto-scroll
  }

  move(event) {
    if (!this.pointers.has(event.pointerId)) return;
    if (this.grab !== null) return this.swipe(this.at(event));
    const was = this.spread();
    this.pointers.set(event.pointerId, this.at(event));
    const now = this.spread();
    this.viewer.moveBy(now.x - was.x, now.y - was.y);
    if (now.apart !== was.apart) this.viewer.zoomBy(now.apart / was.apart, this.inPane(now));
  }

  /** The line follows the pointer; its knob slides up and down, out of the way of what is looked at. */
  swipe({ x, y }) {
    const { viewer } = this;
    const height = viewer.line.clientHeight;
    const top = within(y - viewer.line.offsetTop - 22, 0, Math.max(0, height - 44));
    viewer.knob.style.top = (height ? (top / height) * 100 : 0) + "%";
    viewer.swipeTo((x - this.grab - viewer.view.x) / (viewer.frame.width * viewer.view.scale));
  }

  up(event) {
    this.pointers.delete(event.pointerId);
    if (!this.pointers.size) this.grab = null;
  }

  wheel(event) {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 33 : 1; // Firefox counts lines
    const pinch = event.ctrlKey ? 6 : 1; // a pinch on a trackpad comes as small steps
    this.viewer.zoomBy(Math.exp(-event.deltaY * lines * pinch * 0.0015), this.inPane(this.at(event)));
  }
}

/** Keys while the focus is anywhere in the viewer. What is handled here never reaches the page's own keys. */
class Keyboard {
  constructor(viewer) {
    this.viewer = viewer;
    this.keys = {
      0: () => viewer.fit(),
      9: () => viewer.actualSize(),
      "+": () => viewer.zoomBy(1.25),
      "=": () => viewer.zoomBy(1.25),
      "-": () => viewer.zoomBy(0.8),
      d: () => viewer.maps.toggle(),
      w: () => viewer.raw.toggle(),
    };
    MODES.forEach((mode, index) => { this.keys[index + 1] = () => viewer.choose(mode); });
    viewer.box.addEventListener("keydown", (event) => this.down(event));
    viewer.box.addEventListener("keyup", (event) => { if (event.key === " ") viewer.hold(false); });
    viewer.stage.addEventListener("blur", () => viewer.hold(false));
  }

  down(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const onKnob = event.target === this.viewer.knob;
    const act = (onKnob && this.knob(event)) || this.keys[event.key.toLowerCase()] || this.space(event);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  space(event) {
    const onStage = event.target === this.viewer.stage || event.target === this.viewer.knob;
    return event.key === " " && onStage ? () => this.viewer.hold(true) : null;
  }

  knob(event) {
    const { viewer } = this;
    const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (step) return () => viewer.swipeTo(viewer.position + step * (event.shiftKey ? 0.1 : 0.01));
    if (event.key === "Home") return () => viewer.swipeTo(0);
    return event.key === "End" ? () => viewer.swipeTo(1) : null;
  }
}
