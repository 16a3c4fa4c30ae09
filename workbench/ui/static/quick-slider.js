// The one class that streamlit-image-comparison calls, `juxtapose.JXSlider`: two pictures and a divider.
// Fetches nothing. Pointer, touch and keyboard: arrows 1 %, with Shift or Page keys 10 %, Home and End.
const juxtapose = {
  JXSlider: class {
    constructor(selector, [before, after], options = {}) {
      this.root = document.querySelector(selector);
      this.root.removeAttribute("style"); // its size is the frame's
      this.root.className = "qs";
      this.root.append(this.picture(before, "qs-before"), this.picture(after, "qs-after"));
      if (options.showLabels !== false) this.root.append(this.label(before, "left"), this.label(after, "right"));
      this.handle = this.root.appendChild(this.divider());
      this.listen();
      this.move(parseFloat(options.startingPosition) || 50);
    }

    picture({ src, label }, name) {
      const image = new Image();
      image.className = name;
      image.alt = label;
      image.draggable = false;
      image.src = src;
      return image;
    }

    label({ label }, side) {
      const words = document.createElement("span");
      words.className = `qs-label qs-${side}`;
      words.textContent = label;
      return words;
    }

    divider() {
      const handle = document.createElement("div");
      handle.className = "qs-handle";
      handle.tabIndex = 0;
      handle.setAttribute("role", "slider");
      handle.setAttribute("aria-label", "Divider between before and after");
      handle.setAttribute("aria-valuemin", "0");
      handle.setAttribute("aria-valuemax", "100");
      return handle;
    }

    listen() {
      // Pointer events cover mouse, pen and touch; captured, so that a drag may leave the frame.
      this.root.addEventListener("pointerdown", (event) => {
        if (event.button > 0) return;
        this.root.setPointerCapture(event.pointerId);
        this.handle.focus({ preventScroll: true });
        this.follow(event);
        event.preventDefault();
      });
      this.root.addEventListener("pointermove", (event) => {
        if (this.root.hasPointerCapture(event.pointerId)) this.follow(event);
      });
      this.handle.addEventListener("keydown", (event) => this.press(event));
    }

    follow(event) {
      const { left, width } = this.root.getBoundingClientRect();
      this.move(((event.clientX - left) / width) * 100);
    }

    press(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const step = event.shiftKey ? 10 : 1;
      const target = {
        ArrowLeft: this.position - step, ArrowDown: this.position - step,
        ArrowRight: this.position + step, ArrowUp: this.position + step,
        PageDown: this.position - 10, PageUp: this.position + 10, Home: 0, End: 100,
      }[event.key];
      if (target === undefined) return;
      event.preventDefault();
      this.move(target);
    }

    move(percent) {
      this.position = Math.min(100, Math.max(0, percent));
      this.root.style.setProperty("--at", `${this.position}%`);
      this.handle.setAttribute("aria-valuenow", Math.round(this.position));
      this.handle.setAttribute("aria-valuetext", `${Math.round(this.position)} % before`);
    }
  },
};
