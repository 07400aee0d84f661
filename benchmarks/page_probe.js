// Put into the page of a measurement of the two engines. After every animation frame it looks which pictures on a canvas
// have changed. Times are in ms.
(() => {
  const CELL = 24; // pixels of each picture that are looked at, along a side
  const strip = document.createElement("canvas");
  const context = strip.getContext("2d", { willReadFrequently: true });
  const roots = () => Array.from(document.querySelectorAll(".gw-explorer"));
  const born = [], ready = [];
  let record = null, before = null;

  // How many pictures are not what they were.
  function changed(canvas, columns) {
    const side = CELL * columns;
    if (strip.width !== side) strip.width = strip.height = side;
    context.imageSmoothingEnabled = false;
    context.drawImage(canvas, 0, 0, side, side);
    const { data } = context.getImageData(0, 0, side, side);
    const found = new Set();
    for (let at = 0; before && at < data.length; at += 4) {
      if (data[at] === before[at] && data[at + 1] === before[at + 1] && data[at + 2] === before[at + 2]) continue;
      const pixel = at / 4, x = pixel % side, y = (pixel - x) / side;
      found.add(Math.floor(y / CELL) * columns + Math.floor(x / CELL));
    }
    before = data;
    return found.size;
  }

  function tick(now) {
    roots().forEach((root, index) => {
      born[index] ??= now;
      if (root.dataset.engine === "page") ready[index] ??= now;
    });
    // In a task of its own, after what the frame's callbacks have painted.
    if (record) setTimeout(() => {
      if (record) record.frames.push([now, changed(record.canvas, record.columns)]);
    });
    requestAnimationFrame(tick);
  }
  requestAnimationFrame(tick);

  // A hand that holds the slider and goes to and fro, with a new place in every frame. It is in the page, since one that
  // comes from outside keeps no even time on a busy machine.
  function hold(slider, ms) {
    const [low, high] = [Number(slider.min), Number(slider.max)].map((end) => 0.8 * end);
    const tell = (kind) => slider.dispatchEvent(new PointerEvent(kind, { bubbles: true, button: 0 }));
    tell("pointerdown");
    const begun = performance.now();
    return new Promise((resolve) => {
      function step() {
        const spent = performance.now() - begun, phase = (spent / 1000) % 2;
        if (spent > ms) {
          tell("pointerup");
          return resolve();
        }
        slider.value = low + (high - low) * Math.min(phase, 2 - phase);
        tell("pointermove");
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        requestAnimationFrame(step);
      }
      requestAnimationFrame(step);
    });
  }

  for (const kind of ["pointermove", "pointerup"]) window.addEventListener(kind, (event) => {
    if (record) record[kind].push(event.timeStamp);
  }, { capture: true });

  window.engines = {
    start(index, columns) {
      before = null;
      record = { canvas: roots()[index].querySelector("canvas"), columns, frames: [], pointermove: [], pointerup: [] };
    },
    stop() {
      const { frames, pointermove, pointerup } = record;
      record = null;
      return { frames, pointermove, pointerup };
    },
    drag: (index, ms) => hold(roots()[index].querySelector("input[aria-label='latent 0']"), ms),
    startup: () => roots().map((_, index) => (ready[index] === undefined ? null : ready[index] - born[index])),
  };
})();
