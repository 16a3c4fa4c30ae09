// Puts the viewer's state on the screen: where the sheets lie, what is cut away, where the line stands.
function place(sheet, at, { scale, x, y }) {
  const left = onPixel(x + at.x * scale);
  const top = onPixel(y + at.y * scale);
  sheet.style.width = onPixel(x + (at.x + at.width) * scale) - left + "px";
  sheet.style.height = onPixel(y + (at.y + at.height) * scale) - top + "px";
  sheet.style.transform = `translate(${left}px, ${top}px)`;
}

function drawPictures(viewer) {
  const { box, frame, view, raw } = viewer;
  const before = viewer.held || viewer.flipped;
  const [first, second] = ["before", "after"].map((side) => (raw.seen && raw.place === side ? raw.rect : frame[side]));
  place(viewer.one(".pane.before .sheet"), first, view);
  place(viewer.one(".pictures .after .sheet"), second, view);
  place(viewer.one(".sheet.mask"), frame.after, view);
  box.dataset.mode = viewer.mode;
  box.dataset.now = before ? "before" : "after";
  box.toggleAttribute("data-fitted", viewer.fitted);
  box.toggleAttribute("data-pixels", view.scale * devicePixelRatio > 2);
  box.style.setProperty("--gain", viewer.gain);
  drawPanes(viewer, before);
  drawLine(viewer);
}

/** Swipe cuts both pictures at the line, so that neither shines through where the other is transparent. */
function drawPanes(viewer, before) {
  const edge = viewer.edge();
  const swiping = viewer.mode === "swipe" && viewer.paired && !before;
  viewer.one(".pane.before").style.clipPath = swiping ? `inset(0 ${viewer.pane().width - edge}px 0 0)` : "";
  viewer.all(".pane.after").forEach((layer) => {
    layer.style.clipPath = swiping ? `inset(0 0 0 ${edge}px)` : "";
    layer.style.opacity = before && !viewer.beside ? 0 : 1;
  });
  if (viewer.mode === "onion" && !before) viewer.one(".pictures .after").style.opacity = viewer.share;
}

/** The line never leaves the picture. */
function drawLine(viewer) {
  const { height } = viewer.pane();
  const top = within(viewer.view.y, 0, height);
  const foot = within(viewer.view.y + viewer.frame.height * viewer.view.scale, 0, height);
  Object.assign(viewer.line.style, { left: viewer.edge() + "px", top: top + "px", height: foot - top + "px" });
}
