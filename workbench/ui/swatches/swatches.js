// The palette as a radio group (arrow keys move and choose), and on request a field for any colour.
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
const mounted = new WeakMap();

export default function ({ parentElement: root, data, setStateValue }) {
  if (!mounted.has(root)) mounted.set(root, chooser(root));
  mounted.get(root)(data, setStateValue);
  return () => mounted.delete(root);
}

/** "#RRGGBB" in upper case from 7a8f6a, #7A8F6A or #abc; null for anything else. */
function colour(words) {
  const digits = words.trim().replace(/^#/, "");
  if (/^[0-9a-f]{3}$/i.test(digits)) return "#" + [...digits].map((digit) => digit + digit).join("").toUpperCase();
  return /^[0-9a-f]{6}$/i.test(digits) ? "#" + digits.toUpperCase() : null;
}

function chooser(root) {
  const part = (name) => root.querySelector("." + name);
  const row = part("row");
  const type = part("type");
  let tell = () => {};
  let palette = [];
  let chosen = null;

  function show() {
    const known = palette.find(([name]) => name === chosen);
    const hex = known ? known[1] : chosen;
    part("name").textContent = known ? known[0] : chosen ? "Any colour" : "Nothing chosen";
    part("hex").textContent = hex ?? "";
    if (hex) part("mix").value = hex.toLowerCase();
    part("mix").classList.toggle("any", Boolean(known) || !chosen);
    if (root.activeElement !== type) type.value = hex ?? "";
    complain("");
    [...row.children].forEach((swatch, index) => {
      const on = swatch.dataset.name === chosen;
      swatch.setAttribute("aria-checked", String(on));
      swatch.tabIndex = on || (!known && index === 0) ? 0 : -1;
    });
  }

  function choose(value) {
    if (value === chosen) return show();
    chosen = value;
    show();
    tell("colour", value);
  }

  function complain(words) {
    part("wrong").textContent = words;
    type.setAttribute("aria-invalid", String(Boolean(words)));
  }

  function typed() {
    const hex = colour(type.value);
    if (hex) choose(hex);
    else complain("Write a colour as # and six digits, for example #7A8F6A.");
  }

  function swatch([name, hex], index) {
    const made = document.createElement("button");
    made.type = "button";
    made.title = `${name}, ${hex}`;
    made.dataset.name = name;
    made.style.background = hex;
    made.setAttribute("role", "radio");
    made.setAttribute("aria-label", `${name}, ${hex}`);
    made.onclick = () => choose(name);
    made.onkeydown = (event) => {
      const step = STEPS[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation(); // the page's own arrow keys stay out of it
      const next = row.children[(index + step + palette.length) % palette.length];
      next.focus();
      choose(next.dataset.name);
    };
    return made;
  }

  type.onchange = typed;
  type.onkeydown = (event) => { if (event.key === "Enter") typed(); };
  part("mix").onchange = (event) => choose(event.target.value.toUpperCase());
  part("pick").onclick = () => new EyeDropper().open().then((picked) => {
    const hex = colour(picked.sRGBHex);
    if (hex) choose(hex);
  }, () => {}); // Escape closes the picker: nothing was chosen

  return (data, setStateValue) => {
    tell = setStateValue;
    chosen = data.chosen;
    part("label").textContent = data.label;
    row.setAttribute("aria-label", data.label);
    row.hidden = !data.palette.length;
    type.setAttribute("aria-label", `${data.label}: any colour`);
    part("custom").hidden = !data.custom;
    part("pick").hidden = !("EyeDropper" in window);
    if (JSON.stringify(palette) !== JSON.stringify(data.palette)) {
      palette = data.palette;
      row.replaceChildren(...palette.map(swatch));
    }
    show();
  };
}
