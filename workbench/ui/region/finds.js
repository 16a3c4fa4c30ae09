// Suggestions over the picture: the lines of text and the areas of one colour that were found, each pressed in or out.
const SVG = "http://www.w3.org/2000/svg";
const ROOM = 0.08; // of a line's height, left free around its letters

class Finds {
  shapes = []; // [{ shape, element }]

  constructor(region) {
    this.region = region;
    this.sheet = region.one(".finds");
    this.sheet.addEventListener("click", (event) => this.press(event));
    this.sheet.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      event.stopPropagation();
      this.press(event);
    });
  }

  /** Builds what the server found anew, when it is something else than before. */
  offer() {
    const { data, wants } = this.region;
    const lines = (wants.lines && data.lines) || [];
    const areas = (wants.areas && data.areas) || [];
    const found = JSON.stringify([data.subject, lines, areas]);
    if (found === this.found) return;
    this.found = found;
    this.sheet.setAttribute("viewBox", `0 0 ${data.width} ${data.height}`);
    this.shapes = [
      ...areas.map((area) => this.element({ polygon: area.polygon }, area.rings, `Area of ${area.hex}, ${area.share} of the picture`)),
      ...lines.map((line) => this.line(line)),
    ];
    this.sheet.replaceChildren(...this.shapes.map(({ element }) => element));
    this.draw();
  }

  line({ box, text }) {
    const { width, height } = this.region.size;
    const [x, y, w, h] = this.around(box);
    const corners = [[x, y], [x + w, y], [x + w, y + h], [x, y + h]].map(([left, top]) => [left / width, top / height]);
    return this.element({ box: [x, y, w, h] }, [corners], `Text “${text}”`);
  }

  element(shape, rings, name) {
    const { width, height } = this.region.size;
    const element = document.createElementNS(SVG, "path");
    const path = (ring) => `M${ring.map(([x, y]) => `${(x * width).toFixed(1)} ${(y * height).toFixed(1)}`).join("L")}Z`;
    element.setAttribute("d", rings.map(path).join(""));
    element.setAttribute("fill-rule", "evenodd");
    for (const [key, value] of [["role", "button"], ["tabindex", "0"], ["aria-label", name]]) element.setAttribute(key, value);
    const title = document.createElementNS(SVG, "title");
    title.textContent = name;
    element.append(title);
    return { shape, element };
  }

  /** A line's box in pixels of the picture, with a little room for soft edges. */
  around([x, y, w, h]) {
    const { width, height } = this.region.size;
    const room = h * height * ROOM;
    const [left, top] = [Math.max(0, Math.floor(x * width - room)), Math.max(0, Math.floor(y * height - room))];
    const [right, foot] = [Math.min(width, Math.ceil((x + w) * width + room)), Math.min(height, Math.ceil((y + h) * height + room))];
    return [left, top, right - left, foot - top];
  }

  press(event) {
    const element = event.target.closest("[role=button]");
    const found = this.shapes.find((one) => one.element === element);
    if (found && this.region.tool === "pick") this.region.toggle(found.shape);
  }

  draw() {
    const { region } = this;
    const { scale, x, y } = region.view;
    const { width, height } = region.size;
    Object.assign(this.sheet.style, { left: x + "px", top: y + "px", width: width * scale + "px", height: height * scale + "px" });
    for (const { shape, element } of this.shapes) {
      const chosen = region.layer.shapes.some((one) => same(one, shape));
      element.setAttribute("aria-pressed", String(chosen));
      element.setAttribute("tabindex", region.tool === "pick" ? "0" : "-1");
    }
  }
}
