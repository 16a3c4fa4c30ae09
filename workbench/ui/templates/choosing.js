// Pictures with check boxes. Words from people are only ever set as textContent.
const mounted = new WeakMap();

export default function ({ parentElement: root, data, setStateValue }) {
  if (!mounted.has(root)) mounted.set(root, chooser(root.querySelector(".choosing")));
  mounted.get(root)(data, setStateValue);
  return () => mounted.delete(root);
}

function element(tag, className, words) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (words) made.textContent = words;
  return made;
}

function tile(item, ticked) {
  const made = element("label");
  const box = element("input");
  Object.assign(box, { type: "checkbox", value: item.id, checked: ticked });
  const frame = element("span", item.alpha ? "pic alpha" : "pic");
  if (item.img) {
    const img = element("img");
    Object.assign(img, { loading: "lazy", decoding: "async", alt: "", draggable: false, src: item.img });
    frame.append(img);
  }
  made.title = item.hint ?? item.title;
  made.append(frame, box, element("span", "name", item.title));
  return made;
}

function chooser(group) {
  let tell = () => {};
  let shown = "";

  group.addEventListener("change", () => {
    tell("ticked", [...group.querySelectorAll(":checked")].map((box) => box.value));
  });

  return (data, setStateValue) => {
    tell = setStateValue;
    group.setAttribute("aria-label", data.label);
    group.style.height = data.height;
    const now = JSON.stringify(data.items);
    if (now === shown) return; // the same pictures keep their ticks
    shown = now;
    const ticked = new Set(data.ticked);
    group.replaceChildren(...data.items.map((item) => tile(item, ticked.has(item.id))));
  };
}
