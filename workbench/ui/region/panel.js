// The rows round the stage: layers and tools above it; numbers, brush, edge and history below; words on it.
const LAYERS = { region: "May change", protect: "Protected" };
const percent = (share) => `${share > 0 && share < 0.001 ? "< 0.1" : (100 * share).toPrecision(share < 0.0995 ? 2 : 3)} %`;

class Panel {
  words = ""; // said once, until something is drawn

  constructor(region) {
    this.region = region;
    const { one, all } = region;
    const acts = {
      undo: () => region.undo(), redo: () => region.redo(), clear: () => region.clear(), hide: () => this.hide(),
      place: () => region.place(), stop: () => region.want("lines", false),
      in: () => region.zoomBy(1.25), out: () => region.zoomBy(0.8), fit: () => region.fit(),
    };
    region.frame.addEventListener("click", (event) => {
      const { tool, layer, find, do: act } = event.target.closest("button")?.dataset ?? {};
      if (tool) region.choose(tool);
      else if (layer) region.turnTo(layer);
      else if (find) this.find(find);
      else acts[act]?.();
    });
    all(".numbers input").forEach((input) => input.addEventListener("change", () => this.typed()));
    one(".size input").addEventListener("input", (event) => {
      region.radius = BRUSH.least * (BRUSH.most / BRUSH.least) ** (event.target.value / 100);
      region.draw();
    });
    for (const name of ["grow", "feather"]) {
      const input = one(`.${name} input`);
      input.addEventListener("input", () => region.soon({ ...region.layer, [name]: inShares(input.value / 1000) }, null));
      input.addEventListener("change", () => region.settle());
    }
  }

  /** A suggestion's button: once for it, again to be rid of it; first of all back to it where another tool is in hand. */
  find(name) {
    const { region } = this;
    if (region.wants[name] && region.tool !== "pick") region.choose("pick");
    else region.want(name, !region.wants[name]);
  }

  hide() {
    this.region.hidden = !this.region.hidden;
    this.region.draw();
  }

  otherLayer() {
    const names = Object.keys(this.region.data.layers);
    if (names.length > 1) this.region.turnTo(names.find((name) => name !== this.region.active));
  }

  /** Which layers and suggestions there are. */
  offer() {
    const { data, all, one } = this.region;
    for (const button of all("[data-layer]")) {
      button.hidden = !(button.dataset.layer in data.layers);
      button.querySelector("span").textContent = data.layers[button.dataset.layer] ?? "";
    }
    one(".layers").hidden = Object.keys(data.layers).length < 2;
    if (!(this.region.active in data.layers)) this.region.turnTo(data.first);
    for (const button of all("[data-find]")) button.hidden = !data.finds.includes(button.dataset.find);
  }

  say(words) {
    this.words = words;
    this.draw();
  }

  typed() {
    const { region } = this;
    const numbers = region.all(".numbers input").map((input) => Math.round(Number(input.value)));
    if (region.selected === null || numbers.some((number) => !Number.isFinite(number))) return region.draw();
    const { width, height } = region.size;
    const box = [numbers[0], numbers[1], within(numbers[2], 1, width), within(numbers[3], 1, height)];
    region.change(region.tools.replaced(region.selected, region.tools.moved(box, 0, 0)), region.selected);
  }

  // ---- what is shown ----

  draw() {
    const { region } = this;
    const { one } = region;
    const press = (selector, on) => region.all(selector).forEach((button) => button.setAttribute("aria-pressed", String(on(button.dataset))));
    press("[data-tool]", ({ tool }) => tool === region.tool);
    press("[data-layer]", ({ layer }) => layer === region.active);
    press("[data-find]", ({ find }) => region.wants[find]);
    press("[data-do=hide]", () => region.hidden);
    one("[data-do=undo]").disabled = !region.past.length && !region.base;
    one("[data-do=redo]").disabled = !region.future.length;
    one("[data-do=clear]").disabled = !region.layer.shapes.length;
    const shown = Math.round(region.view.scale * devicePixelRatio * 100);
    one("[data-do=fit]").textContent = `${shown || "< 1"} %`;
    this.numbers();
    this.sliders();
    this.told();
  }

  numbers() {
    const { region } = this;
    const box = region.layer.shapes[region.selected]?.box;
    region.one(".numbers").hidden = !box;
    region.one("[data-do=place]").hidden = region.tool !== "box";
    region.one("[data-do=place] span").textContent = region.layer.shapes.length ? "Add a box" : "Place a box";
    region.all(".numbers input").forEach((input, index) => {
      if (box && Number(input.value) !== box[index]) input.value = box[index];
    });
  }

  sliders() {
    const { region } = this;
    const painting = ["brush", "eraser"].includes(region.tool);
    region.one(".size").hidden = !painting;
    region.one(".size input").value = (100 * Math.log(region.radius / BRUSH.least)) / Math.log(BRUSH.most / BRUSH.least);
    const wide = Math.max(1, Math.round(2 * region.radius * region.longer));
    region.one(".size output").textContent = `${wide} px`;
    for (const name of ["grow", "feather"]) {
      const value = region.layer[name];
      const input = region.one(`.${name} input`);
      input.value = 1000 * value;
      input.disabled = !region.layer.shapes.length;
      const pixels = Math.round(value * region.longer);
      region.one(`.${name} output`).textContent = `${value > 0 && name === "grow" ? "+" : ""}${pixels} px`;
    }
    region.one(".feather").hidden = region.active === "protect"; // something is protected or it isn't
  }

  /** The line on the stage: what was just said, what is being looked for, else how much is marked. */
  told() {
    const { region } = this;
    const { busy, overlay, words } = region.data;
    const covered = overlay && !region.one(".overlay").hidden;
    const parts = Object.entries(region.data.layers).map(([name, called]) => this.marked(name, called)).filter(Boolean);
    region.one(".said").textContent = covered ? words : this.words || (region.data.tools ? parts.join(" · ") || this.hint() : "");
    region.one(".busy").hidden = !busy || !region.wants.lines;
    region.one(".busy span").textContent = busy;
    this.words = "";
  }

  hint() {
    const { region } = this;
    if (region.tool === "pick") return "Press what is meant; press again to leave it out.";
    const what = region.active === "protect" ? "that must stay as it is" : region.data.meant;
    return region.tool === "box" ? `Drag a box over the part ${what}.` : `Paint over the part ${what}.`;
  }

  marked(name, called) {
    const { region } = this;
    const layer = region.now[name];
    if (!layer.shapes.some((shape) => !shape.erase)) return "";
    if (region.base) return `${called} …`; // counted once it rests
    const { width, height } = region.size;
    const lone = isLoneBox(layer) && !layer.grow && !layer.feather && layer.shapes[0].box;
    const share = lone ? (lone[2] * lone[3]) / (width * height) : raster(layer, region.size).share;
    return `${called}: ${percent(share)} of the picture`;
  }
}
