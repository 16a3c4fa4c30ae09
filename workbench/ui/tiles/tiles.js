// Pictures to choose from. Words from people are only ever set as textContent.
const ICONS = { pass: "M4 10.5 8.2 14.5 16 6", review: "M10 4v7.5M10 15v.8", fail: "M5 5l10 10M15 5 5 15", none: "M5 10h10" };
const mounted = new WeakMap();

export default function ({ parentElement: root, data, setTriggerValue }) {
  if (!mounted.has(root)) mounted.set(root, gallery(root.querySelector(".tiles")));
  mounted.get(root)(data, setTriggerValue);
  return () => mounted.delete(root);
}

function element(tag, className, words) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (words) made.textContent = words;
  return made;
}

function icon(kind) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS(svg.namespaceURI, "path");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[kind]);
  svg.append(path);
  return svg;
}

function chip({ kind, words }) {
  const made = element("span", "chip " + kind, words);
  if (ICONS[kind]) made.prepend(icon(kind));
  return made;
}

function picture(tile, former) {
  const frame = element("span", tile.alpha ? "pic alpha" : "pic");
  const missing = () => frame.replaceChildren(element("span", "missing", tile.missing ?? "No preview"));
  if (!tile.img) { missing(); return frame; }
  const img = element("img");
  Object.assign(img, { decoding: "async", alt: "", draggable: false, onerror: missing });
  if (former) { // a better picture takes its place when it is there: no empty frame in between
    frame.append(former);
    img.onload = () => frame.replaceChildren(img);
  } else {
    img.loading = "lazy";
    frame.append(img);
  }
  img.src = tile.img;
  return frame;
}

function button(tile, former) {
  const made = element("button");
  const words = element("span", "words");
  words.append(element("b", "", tile.title));
  if (tile.sub) words.append(element("i", "", tile.sub));
  for (const one of [tile.chip, tile.mark]) if (one?.words) words.append(chip(one));
  made.type = "button";
  made.title = tile.hint ?? "";
  made.dataset.id = tile.id;
  if (tile.kind) made.dataset.kind = tile.kind;
  if (tile.apart) made.dataset.apart = "";
  // aria-disabled, not disabled: it keeps its place in the tab order, so that the hint can be reached
  if (tile.disabled) made.setAttribute("aria-disabled", "true");
  made.append(picture(tile, former), words);
  return made;
}

function heading(name, count) {
  const made = element("h3");
  made.append(element("span", "", name), element("span", "", String(count)));
  return made;
}

function gallery(box) {
  const made = new Map(); // id → { node, was }: a tile that did not change keeps its node, so no picture flickers
  let tell = () => {};
  let shown = null;

  box.addEventListener("click", (event) => {
    const pressed = event.target.closest("button");
    if (!pressed || pressed.getAttribute("aria-disabled")) return;
    mark(pressed.dataset.id); // at once: the answer of the server may take a moment
    tell("pick", pressed.dataset.id);
  });

  function mark(id) {
    for (const { node } of made.values()) node.setAttribute("aria-pressed", String(node.dataset.id === id));
  }

  function node(tile) {
    const was = JSON.stringify(tile);
    const known = made.get(tile.id);
    if (known?.was === was) return known.node;
    const fresh = { node: button(tile, known?.node.querySelector("img")), was };
    made.set(tile.id, fresh);
    return fresh.node;
  }

  function arrange(items) {
    const counts = new Map();
    for (const { group } of items) if (group) counts.set(group, (counts.get(group) ?? 0) + 1);
    const children = [];
    let group;
    for (const tile of items) {
      if (tile.group && tile.group !== group) children.push(heading(tile.group, counts.get(tile.group)));
      group = tile.group;
      children.push(node(tile));
    }
    const ids = new Set(items.map((tile) => tile.id));
    for (const id of made.keys()) if (!ids.has(id)) made.delete(id);
    return children;
  }

  function reveal() {
    const pressed = box.querySelector("[aria-pressed=true]");
    if (!pressed) return;
    // not scrollIntoView: it would scroll the page as well
    const tile = pressed.getBoundingClientRect();
    const view = box.getBoundingClientRect();
    if (tile.left < view.left) box.scrollLeft += tile.left - view.left - 8;
    else if (tile.right > view.right) box.scrollLeft += tile.right - view.right + 8;
    if (tile.top < view.top) box.scrollTop += tile.top - view.top - 32; // with the heading of its group
    else if (tile.bottom > view.bottom) box.scrollTop += tile.bottom - view.bottom + 8;
  }

  return (data, setTriggerValue) => {
    tell = setTriggerValue;
    const focused = box.getRootNode().activeElement?.dataset?.id;
    const scroll = [box.scrollTop, box.scrollLeft];
    box.className = "tiles " + data.layout;
    box.style.height = data.height;
    box.setAttribute("aria-label", data.label);
    box.replaceChildren(...arrange(data.items));
    mark(data.chosen);
    [box.scrollTop, box.scrollLeft] = scroll;
    if (focused) made.get(focused)?.node.focus({ preventScroll: true });
    if (shown !== data.chosen) requestAnimationFrame(reveal); // the first time there is no layout yet
    shown = data.chosen;
  };
}
