// What is drawn: pure functions. A layer is { shapes, grow, feather }; its boxes are in whole pixels of the picture,
// points in shares of its width and height, radius, grow and feather in shares of its longer side.
const LIMITS = { shapes: 400, points: 2000, all: 20000 }; // what a recipe takes
const NOTHING = Object.freeze({ shapes: Object.freeze([]), grow: 0, feather: 0 });
const RASTER = 900; // longer side, in pixels, on which grown and feathered layers are worked out

const inShares = (value) => Math.round(value * 1e5) / 1e5;
/** The same words for the same value, in whatever order its names come. */
const canonical = (value) => JSON.stringify(value, (_, one) => (one && typeof one === "object" && !Array.isArray(one) ? Object.fromEntries(Object.entries(one).sort()) : one));
const same = (one, other) => canonical(one) === canonical(other);
const isLoneBox = (layer) => layer.shapes.length === 1 && Boolean(layer.shapes[0].box) && !layer.shapes[0].erase;
const points = (shape) => shape.polygon ?? shape.stroke ?? [];

/** A layer from a document as recipes keep it; what is no drawing (null, a mask from a file) is an empty layer. */
function layerOf(kept, { width, height }) {
  if (kept?.box) return { shapes: [{ box: kept.box }], grow: 0, feather: 0 };
  if (!kept?.shapes) return NOTHING;
  const shapes = kept.shapes.map((shape) => (shape.box ? { ...shape, box: toPixels(shape.box, width, height) } : shape));
  return { shapes, grow: kept.grow ?? 0, feather: kept.feather ?? 0 };
}

function toPixels([x, y, w, h], width, height) {
  const [left, top] = [Math.round(x * width), Math.round(y * height)];
  return [left, top, Math.round((x + w) * width) - left, Math.round((y + h) * height) - top];
}

/** The document of a layer: null when nothing is marked, whole pixels for a lone box, else shares. */
function documentOf(layer, { width, height }) {
  if (!layer.shapes.some((shape) => !shape.erase)) return null;
  if (isLoneBox(layer) && !layer.grow && !layer.feather) return { box: layer.shapes[0].box };
  const shapes = layer.shapes.map((shape) => {
    if (!shape.box) return shape;
    const [left, top] = [inShares(shape.box[0] / width), inShares(shape.box[1] / height)];
    const [wide, high] = [inShares(shape.box[2] / width), inShares(shape.box[3] / height)];
    return { ...shape, box: [left, top, Math.min(wide, inShares(1 - left)), Math.min(high, inShares(1 - top))] };
  });
  return { shapes, grow: layer.grow, feather: layer.feather };
}

/** Whether `shape` can't be added any more. */
function full(layer, shape) {
  const all = layer.shapes.reduce((sum, one) => sum + points(one).length, points(shape).length);
  return layer.shapes.length >= LIMITS.shapes || all > LIMITS.all;
}

/** A line without the points that nobody would miss: Douglas and Peucker 1973, `error` in the points' own unit. */
function simplified(line, error) {
  if (line.length < 3) return line;
  const kept = new Set([0, line.length - 1]);
  const spans = [[0, line.length - 1]];
  while (spans.length) {
    const [first, last] = spans.pop();
    const [ax, ay] = line[first];
    const [dx, dy] = [line[last][0] - ax, line[last][1] - ay];
    const length = Math.hypot(dx, dy);
    let [far, at] = [error, 0];
    for (let index = first + 1; index < last; index++) {
      const [px, py] = [line[index][0] - ax, line[index][1] - ay];
      const away = length ? Math.abs(px * dy - py * dx) / length : Math.hypot(px, py);
      if (away > far) [far, at] = [away, index];
    }
    if (at) {
      kept.add(at);
      spans.push([first, at], [at, last]);
    }
  }
  return line.filter((_, index) => kept.has(index));
}

/** Paint shapes in order; the context's unit is a pixel of the picture. Without `seams` nothing shows where a polygon leads to its hole. */
function paint(context, shapes, { width, height }, seams = true) {
  const longer = Math.max(width, height);
  context.lineCap = context.lineJoin = "round";
  for (const shape of shapes) {
    context.globalCompositeOperation = shape.erase ? "destination-out" : "source-over";
    context.beginPath();
    if (shape.box) context.rect(...shape.box);
    else if (points(shape).length === 1) {
      const [[x, y]] = points(shape);
      context.arc(x * width, y * height, shape.radius * longer, 0, 7);
    } else points(shape).forEach(([x, y], index) => context[index ? "lineTo" : "moveTo"](x * width, y * height));
    context.lineWidth = shape.radius ? 2 * shape.radius * longer : 1.5 / context.getTransform().a;
    if (shape.stroke?.length > 1 || (shape.polygon && !seams)) context.stroke();
    if (!(shape.stroke?.length > 1)) context.fill("evenodd");
  }
  context.globalCompositeOperation = "source-over";
}

function canvasOf(width, height) {
  return Object.assign(document.createElement("canvas"), { width, height });
}

const worked = new WeakMap(); // layer → { hard, soft }, as canvases

/** A grown and feathered layer at no more than RASTER pixels: its area, and the same with its softness. */
function raster(layer, size) {
  if (worked.has(layer)) return worked.get(layer);
  const scale = Math.min(1, RASTER / Math.max(size.width, size.height));
  const [width, height] = [Math.max(1, Math.round(size.width * scale)), Math.max(1, Math.round(size.height * scale))];
  const [hard, soft] = [canvasOf(width, height), canvasOf(width, height)];
  const context = hard.getContext("2d", { willReadFrequently: true });
  context.setTransform(width / size.width, 0, 0, height / size.height, 0, 0);
  paint(context, layer.shapes, size);
  const image = context.getImageData(0, 0, width, height);
  const longer = Math.max(width, height);
  const inside = grown(image, layer.grow * longer);
  context.putImageData(withAlpha(image, (at) => (inside[at] ? 255 : 0)), 0, 0);
  const feather = layer.feather * longer;
  const away = feather ? distances(inside, width, height, 0) : null;
  const share = (at) => (inside[at] ? Math.min(255, (255 * away[at]) / (feather + 1)) : 0);
  soft.getContext("2d").putImageData(feather ? withAlpha(image, share) : image, 0, 0);
  const found = { hard, soft, share: inside.reduce((sum, one) => sum + one, 0) / inside.length };
  worked.set(layer, found);
  return found;
}

function withAlpha(image, alpha) {
  for (let at = 0; at < image.width * image.height; at++) image.data[4 * at + 3] = alpha(at);
  return image;
}

/** 1 for each pixel of the area, grown by `radius` pixels, or shrunk where it is negative. */
function grown({ data, width, height }, radius) {
  const area = new Uint8Array(width * height).map((_, at) => (data[4 * at + 3] >= 128 ? 1 : 0));
  if (Math.abs(radius) < 0.5) return area;
  const away = distances(area, width, height, radius > 0 ? 1 : 0);
  return area.map((_, at) => (radius > 0 ? away[at] <= radius : away[at] > -radius) ? 1 : 0);
}

/** How far each pixel is from the nearest one that is `value`: Felzenszwalb and Huttenlocher 2012. */
function distances(area, width, height, value) {
  const far = 1e12;
  const field = Float64Array.from(area, (one) => (one === value ? 0 : far));
  const longer = Math.max(width, height);
  const [line, out, hull, edge] = [new Float64Array(longer), new Float64Array(longer), new Int32Array(longer), new Float64Array(longer + 1)];
  const pass = (start, step, count) => {
    for (let at = 0; at < count; at++) line[at] = field[start + at * step];
    let last = 0;
    [hull[0], edge[0], edge[1]] = [0, -far, far];
    for (let at = 1; at < count; at++) {
      const meet = (k) => (line[at] + at * at - line[hull[k]] - hull[k] * hull[k]) / (2 * (at - hull[k]));
      let where = meet(last);
      while (last > 0 && where <= edge[last]) where = meet(--last);
      last++;
      [hull[last], edge[last], edge[last + 1]] = [at, where, far];
    }
    for (let at = 0, k = 0; at < count; at++) {
      while (edge[k + 1] < at) k++;
      out[at] = (at - hull[k]) ** 2 + line[hull[k]];
    }
    for (let at = 0; at < count; at++) field[start + at * step] = out[at];
  };
  for (let x = 0; x < width; x++) pass(x, width, height);
  for (let y = 0; y < height; y++) pass(y * width, 1, width);
  return field.map(Math.sqrt);
}
