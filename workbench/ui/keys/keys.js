// One listener on the document that presses real buttons, so that a key and a click can never do different things.
const FIELDS = /^(INPUT|TEXTAREA|SELECT)$/;
const OVERLAYS = '[role=dialog], [role=menu], [role=listbox], [data-testid="stPopoverBody"]';
const mounted = new WeakMap();

export default function ({ parentElement: root, data }) {
  if (!mounted.has(root)) mounted.set(root, new Keys());
  mounted.get(root).arm(data.keys);
  return () => {
    mounted.get(root)?.end();
    mounted.delete(root);
  };
}

class Keys {
  constructor() {
    this.press = this.press.bind(this);
    document.addEventListener("keydown", this.press);
    // buttons come and go with every run, often after this is called: their hint for screen readers follows them
    this.watch = new MutationObserver(() => {
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(() => this.name());
    });
    this.watch.observe(document.body, { childList: true, subtree: true });
  }

  end() {
    document.removeEventListener("keydown", this.press);
    this.watch.disconnect();
    cancelAnimationFrame(this.frame);
  }

  /** Every run of the page arms the keys once: a second press meant for this edit can't decide the next one. */
  arm(keys) {
    this.keys = keys;
    this.armed = true;
    this.name();
  }

  name() {
    for (const [key, selector] of Object.entries(this.keys)) {
      document.querySelector(selector)?.setAttribute("aria-keyshortcuts", key);
    }
  }

  press(event) {
    const target = event.composedPath()[0];
    if (!this.armed || event.defaultPrevented || event.repeat || event.isComposing) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.isContentEditable || FIELDS.test(target.tagName) || document.querySelector(OVERLAYS)) return;
    const selector = this.keys[event.key.length === 1 ? event.key.toUpperCase() : event.key];
    const button = selector && document.querySelector(selector);
    if (!button || button.disabled) return;
    event.preventDefault();
    this.armed = false;
    button.click();
  }
}
