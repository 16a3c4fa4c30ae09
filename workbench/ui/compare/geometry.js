// Where pictures lie: pure functions. Frame coordinates are pixels of the before; a view maps them to the pane:
// pane = frame × scale + (x, y), in CSS pixels.
const MOST = 96; // 9,600 %: one picture pixel is a thumb wide
const LEAST = 0.1; // 10 %, or the fit where that is smaller
const IN_SIGHT = 48; // pixels of the picture that can't be pushed out of the pane

const within = (value, least, most) => Math.min(most, Math.max(least, value));

/** Pictures end on whole pixels of the screen: a half covered edge would show up as a difference. */
const onPixel = (length) => Math.round(length * devicePixelRatio) / devicePixelRatio;

/** Whether one can be laid over the other, at whatever size. */
const sameShape = (one, other) => Math.abs(one.width / one.height / (other.width / other.height) - 1) < 0.01;

/** The place of a picture of `size` inside `place`: the whole of it for the same shape, else centred and uncut. */
function containedIn(place, size) {
  if (sameShape(size, place)) return place;
  const factor = Math.min(place.width / size.width, place.height / size.height);
  const width = size.width * factor;
  const height = size.height * factor;
  return { x: place.x + (place.width - width) / 2, y: place.y + (place.height - height) / 2, width, height };
}

/** The frame that holds both pictures, each one's place in it, and whether their sizes agree. */
function frameOf(before, after) {
  const whole = { x: 0, y: 0, width: before.width, height: before.height };
  if (after.width === before.width && after.height === before.height) {
    return { width: before.width, height: before.height, before: whole, after: whole, sizes: "same" };
  }
  if (sameShape(after, before)) {
    return { width: before.width, height: before.height, before: whole, after: whole, sizes: "scaled" };
  }
  // another shape: a crop, a new format; as large as each other they can be judged, whatever their pixels
  const factor = Math.max(before.width, before.height) / Math.max(after.width, after.height);
  const scaled = { width: after.width * factor, height: after.height * factor };
  const width = Math.max(before.width, scaled.width);
  const height = Math.max(before.height, scaled.height);
  const centred = (side) => ({ x: (width - side.width) / 2, y: (height - side.height) / 2, width: side.width, height: side.height });
  return { width, height, before: centred(before), after: centred(scaled), sizes: factor === 1 ? "centred" : "fitted" };
}

/** The view that shows the whole frame between the margins. */
function fitting(frame, pane, margin) {
  const room = { width: Math.max(40, pane.width - 2 * margin.side), height: Math.max(40, pane.height - margin.top - margin.foot) };
  const scale = Math.min(room.width / frame.width, room.height / frame.height);
  return {
    scale,
    x: (pane.width - frame.width * scale) / 2,
    y: margin.top + (room.height - frame.height * scale) / 2,
  };
}

/** The view after zooming to `scale`, with the picture standing still under `point`. */
function zoomedTo(view, scale, point) {
  const factor = scale / view.scale;
  return { scale, x: point.x - (point.x - view.x) * factor, y: point.y - (point.y - view.y) * factor };
}

/** The view, moved so that some of the picture stays in sight. */
function inSight(view, frame, pane) {
  return {
    scale: view.scale,
    x: within(view.x, IN_SIGHT - frame.width * view.scale, pane.width - IN_SIGHT),
    y: within(view.y, IN_SIGHT - frame.height * view.scale, pane.height - IN_SIGHT),
  };
}

/** Side by side or one above the other: whichever shows the frame larger; beside, unless above is clearly better. */
function split(frame, stage, top, foot) {
  const beside = fitting(frame, { width: stage.width / 2, height: stage.height }, { side: 8, top, foot: foot + 8 });
  const above = fitting(frame, { width: stage.width, height: (stage.height - foot) / 2 }, { side: 8, top, foot: 8 });
  return above.scale > beside.scale * 1.15 ? "rows" : "columns";
}
