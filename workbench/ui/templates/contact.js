// Pairs of pictures, before and after. Words from people are only ever set as textContent.
const ICONS = { pass: "M4 10.5 8.2 14.5 16 6", review: "M10 4v7.5M10 15v.8", fail: "M5 5l10 10M15 5 5 15", none: "M5 10h10" };
const mounted = new WeakMap();

export default function ({ parentElement: root, data, setTriggerValue }) {
  if (!mounted.has(root)) mounted.set(root, sheet(root.querySelector(".contact")));
  mounted.get(root)(data, setTriggerValue);
  return () => mounted.delete(root);
}

function element(tag, className, words) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (words) made.textContent = words;
  return made;
}

function chip({ kind, words }) {
  const made = element("span", "chip " + kind, words);
  if (!ICONS[kind]) return made;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS(svg.namespaceURI, "path");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[kind]);
  svg.append(path);
  made.prepend(svg);
  return made;
}

function picture(thumb, instead) {
  const frame = element("span", thumb?.alpha ? "pic alpha" : "pic");
  const missing = (words) => frame.replaceChildren(element("span", "missing", words));
  if (!thumb) { missing(instead); return frame; }
  const img = element("img");
  const lost = () => missing("No preview");
  Object.assign(img, { loading: "lazy", decoding: "async", alt: "", draggable: false, onerror: lost, src: thumb.url });
  frame.append(img);
  return frame;
}

function card(pair) {
  const item = element("li");
  const made = element("button");
  made.type = "button";
  made.dataset.id = pair.id;
  made.title = pair.hint ?? "";
  const two = element("span", "pair");
  two.append(picture(pair.before, ""), picture(pair.after, pair.instead));
  two.append(element("span", "side", "Before"), element("span", "side", "After"));
  const words = element("span", "words");
  words.append(element("span", "title", pair.title), chip(pair.chip), element("span", "sub", pair.sub));
  if (pair.sentence) words.append(element("span", "why", pair.sentence));
  made.append(two, words);
  item.append(made);
  return item;
}

function sheet(list) {
  const made = new Map(); // id → { node, was }: a pair that did not change keeps its node, so no picture flickers
  let tell = () => {};

  list.addEventListener("click", (event) => {
    const pressed = event.target.closest("button");
    if (pressed) tell("look", pressed.dataset.id);
  });

  return (data, setTriggerValue) => {
    tell = setTriggerValue;
    list.setAttribute("aria-label", data.label);
    const focused = list.getRootNode().activeElement?.dataset?.id;
    const nodes = data.pairs.map((pair) => {
      const was = JSON.stringify(pair);
      if (made.get(pair.id)?.was !== was) made.set(pair.id, { node: card(pair), was });
      return made.get(pair.id).node;
    });
    const ids = new Set(data.pairs.map((pair) => pair.id));
    for (const id of made.keys()) if (!ids.has(id)) made.delete(id);
    list.replaceChildren(...nodes);
    if (focused) made.get(focused)?.node.firstChild.focus({ preventScroll: true });
  };
}
