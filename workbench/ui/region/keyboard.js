// Keys while the focus is anywhere in the frame but in a field. What is handled here never reaches the page's own keys.
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const KEY_STEP = 4; // CSS pixels that an arrow moves the brush

class Keyboard {
  constructor(region) {
    this.region = region;
    this.keys = {
      b: () => region.choose("brush"),
      e: () => region.choose("eraser"),
      r: () => region.choose("box"),
      m: () => region.panel.otherLayer(),
      h: () => region.panel.hide(),
      "[": () => region.tools.resize(0.8),
      "]": () => region.tools.resize(1.25),
      0: () => region.fit(),
      "+": () => region.zoomBy(1.25),
      "=": () => region.zoomBy(1.25),
      "-": () => region.zoomBy(0.8),
      Delete: () => region.remove(),
      Backspace: () => region.remove(),
      Escape: () => region.tools.cancel(),
    };
    region.frame.addEventListener("keydown", (event) => this.down(event));
    region.frame.addEventListener("keyup", (event) => event.key === " " && this.hold(false));
    region.stage.addEventListener("focusout", () => this.hold(false));
  }

  down(event) {
    if (event.target.matches("input") || !this.region.frame.dataset.ready) return;
    const act = event.ctrlKey || event.metaKey ? this.history(event) : !event.altKey && this.act(event);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  history(event) {
    const { region } = this;
    const key = event.key.toLowerCase();
    if (!region.data.tools || (key !== "z" && key !== "y")) return null;
    return key === "y" || event.shiftKey ? () => region.redo() : () => region.undo();
  }

  act(event) {
    const { region } = this;
    const looking = ["0", "+", "=", "-"].includes(event.key);
    if (!region.data.tools && !looking && event.key !== " ") return null;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (this.keys[key]) return this.keys[key];
    const onStage = event.target === region.stage || event.target.closest?.(".box");
    if (!onStage) return null;
    if (ARROWS[event.key]) return () => this.arrow(event);
    if (event.key === " ") return () => this.hold(true);
    return event.key === "Enter" && ["brush", "eraser"].includes(region.tool) ? () => region.tools.press() : null;
  }

  arrow(event) {
    const { region } = this;
    const [x, y] = ARROWS[event.key].map((step) => step * (event.shiftKey ? 10 : 1));
    if (["brush", "eraser"].includes(region.tool)) region.tools.go(x * KEY_STEP, y * KEY_STEP);
    else if (region.selected !== null) region.tools.nudge(event.target.dataset.edges, x, y);
  }

  hold(on) {
    this.region.tools.space = on;
    this.region.frame.toggleAttribute("data-moving", on);
  }
}
