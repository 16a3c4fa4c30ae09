// One listener on the document that presses real buttons, so that a key and a click can never do different things.
const FIELDS = /^(INPUT|TEXTAREA|SELECT)$/;
const OVERLAYS = '[role=dialog], [role=menu], [role=listbox], [data-testid="stPopoverBody"]';
const mounted = new WeakMap();

export default function ({ parentElement: root, data }) {
  const known = mounted.get(root) ?? {};
  // every run of the page arms the keys once: a second press that was meant for this edit can't decide the next one
  Object.assign(known, { keys: data.keys, armed: true });
  name(known.keys);
  if (!mounted.has(root)) {
    mounted.set(root, known);
    known.press = (event) => press(known, event);
    known.name = () => name(known.keys);
    document.addEventListener("keydown", known.press);
    document.addEventListener("focusin", known.name); // buttons come and go: their hint for screen readers follows
  }
  return () => {
    document.removeEventListener("keydown", known.press);
    document.removeEventListener("focusin", known.name);
    mounted.delete(root);
  };
}

function name(keys) {
  for (const [key, selector] of Object.entries(keys)) {
    document.querySelector(selector)?.setAttribute("aria-keyshortcuts", key);
  }
}

function press(known, event) {
  const target = event.composedPath()[0];
  if (!known.armed || event.defaultPrevented || event.repeat || event.isComposing) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (target.isContentEditable || FIELDS.test(target.tagName) || document.querySelector(OVERLAYS)) return;
  const selector = known.keys[event.key.length === 1 ? event.key.toUpperCase() : event.key];
  const button = selector && document.querySelector(selector);
  if (!button || button.disabled) return;
  event.preventDefault();
  known.armed = false;
  button.click();
}
