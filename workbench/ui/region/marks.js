// Puts both layers over the picture: an outline in white and black, and a tint (may change) or a hatching (protected).
const TINT = "#FF3DDB";
const OFFSETS = [[1, 0], [-1, 0], [0, 1], [0, -1], [0.7, 0.7], [-0.7, 0.7], [0.7, -0.7], [-0.7, -0.7]];

class Marks {
  constructor(canvas) {
    this.canvas = canvas;
    this.spare = Array.from({ length: 4 }, () => canvasOf(1, 1));
  }

  /** layers: { region, protect }; view maps pixels of the picture to CSS pixels of the canvas. */
  draw(layers, { size, view, width, height, active, outlined, hidden }) {
    const ratio = devicePixelRatio;
    const [wide, high] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
    for (const one of [this.canvas, ...this.spare]) Object.assign(one, { width: wide, height: high }); // empties them
    if (hidden) return;
    const context = this.canvas.getContext("2d");
    const place = { size, view, ratio };
    const kept = this.mask(layers.protect, place, 0);
    const free = this.mask(layers.region, place, 1, kept);
    if (free) {
      const alpha = outlined ? 0 : active === "region" ? 0.3 : 0.2;
      this.fill(context, free.soft, TINT, alpha);
      this.outline(context, free.hard, ratio);
    }
    if (kept) {
      this.fill(context, kept.soft, hatching(context, ratio), active === "protect" ? 0.85 : 0.6);
      this.outline(context, kept.hard, ratio);
    }
  }

  /** The layer's area on the screen, without what `kept` protects; null when there is none. */
  mask(layer, { size, view, ratio }, spare, kept) {
    if (!layer.shapes.some((shape) => !shape.erase)) return null;
    const [hard, soft] = [this.spare[spare], canvasOf(this.canvas.width, this.canvas.height)];
    const plain = !layer.grow && !layer.feather;
    const worked = plain ? null : raster(layer, size);
    for (const [canvas, picture] of [[hard, worked?.hard], [soft, worked?.soft]]) {
      const context = canvas.getContext("2d");
      context.setTransform(view.scale * ratio, 0, 0, view.scale * ratio, view.x * ratio, view.y * ratio);
      context.beginPath();
      context.rect(0, 0, size.width, size.height);
      context.clip();
      if (plain) paint(context, layer.shapes, size, false);
      else context.drawImage(picture, 0, 0, size.width, size.height);
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.globalCompositeOperation = "destination-out";
      if (kept) context.drawImage(kept.hard, 0, 0);
    }
    return { hard, soft };
  }

  fill(context, mask, style, alpha) {
    const sheet = this.fresh(2);
    sheet.drawImage(mask, 0, 0);
    sheet.globalCompositeOperation = "source-in";
    sheet.fillStyle = style;
    sheet.fillRect(0, 0, mask.width, mask.height);
    context.globalAlpha = alpha;
    context.drawImage(sheet.canvas, 0, 0);
    context.globalAlpha = 1;
  }

  /** Just outside the area, so that nothing in it is covered: white, then black round it. */
  outline(context, mask, ratio) {
    const sheet = this.fresh(2);
    for (const [radius, colour] of [[2.5, "#000"], [1.25, "#FFF"]]) {
      const ring = this.fresh(3);
      for (const [x, y] of OFFSETS) ring.drawImage(mask, x * radius * ratio, y * radius * ratio);
      ring.globalCompositeOperation = "source-in";
      ring.fillStyle = colour;
      ring.fillRect(0, 0, mask.width, mask.height);
      sheet.drawImage(ring.canvas, 0, 0);
    }
    sheet.globalCompositeOperation = "destination-out";
    sheet.drawImage(mask, 0, 0);
    context.drawImage(sheet.canvas, 0, 0);
  }

  fresh(spare) {
    const context = this.spare[spare].getContext("2d");
    context.globalCompositeOperation = "source-over";
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    return context;
  }
}

/** Slanted lines, white beside black, so that they are seen on every picture. */
function hatching(context, ratio) {
  const side = Math.round(12 * ratio);
  const tile = canvasOf(side, side);
  const pen = tile.getContext("2d");
  for (const [colour, at] of [["#000", 0], ["#FFF", 0.2]]) {
    pen.strokeStyle = colour;
    pen.lineWidth = side * 0.13;
    for (const start of [-1, 0, 1]) {
      pen.beginPath();
      pen.moveTo((start + at - 0.2) * side, 1.2 * side);
      pen.lineTo((start + at + 1.2) * side, -0.2 * side);
      pen.stroke();
    }
  }
  return context.createPattern(tile, "repeat");
}
