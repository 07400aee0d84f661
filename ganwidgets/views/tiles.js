// A grid of pictures on one canvas. gwTiles(view, options) -> { node, prepare, select, redraw, count, focus }.
// options: label() for the accessible name, maxWidth in CSS pixels, onpick(index or -1) if tiles can be selected.

function gwTiles(view, { label, maxWidth = 528, minTile = 0, onpick }) {
  const canvas = gwEl("canvas", { class: "gw-canvas", role: "img" });
  const ring = gwEl("div", { class: "gw-ring", hidden: true, "aria-hidden": "true" });
  const picker = onpick ? gwControl("input", { type: "range", class: "gw-unseen gw-picker", min: 0, step: 1 }) : null;
  const frame = gwEl("div", { class: "gw-tiles" }, picker, canvas, ring);
  const node = gwEl("div", { class: "gw-tiles-space" }, frame);
  const sheet = document.createElement("canvas"); // every tile at its own size, without gaps
  const large = document.createElement("canvas"); // the sheet enlarged by a whole number
  let shape = null, place = null, selected = -1;

  function reshape(meta) {
    const cols = meta.columns, rows = Math.ceil(meta.total / cols);
    const next = { w: meta.w, h: meta.h, cols, rows, count: meta.total };
    const same = shape && Object.keys(next).every((key) => shape[key] === next[key]);
    if (same) return;
    shape = next;
    sheet.width = cols * meta.w;
    sheet.height = rows * meta.h;
    arrange();
  }

  // Chooses the tile's size in device pixels: whole multiples look best and are taken where they cost little size.
  function arrange() {
    if (!shape) return;
    const dpr = window.devicePixelRatio || 1;
    const space = Math.min(node.clientWidth || maxWidth, maxWidth) * dpr;
    const gap = shape.cols === 1 && shape.rows === 1 ? 0 : Math.round((shape.cols > 4 ? 2 : 4) * dpr);
    // Of pictures much higher than wide not the width sets the size, or one of 8 × 256 would fill ten pages.
    const highest = (2 * space) / Math.min(shape.rows, shape.cols);
    const widest = Math.min((space - gap * (shape.cols - 1)) / shape.cols, (highest * shape.w) / shape.h);
    let tile = Math.max(1, Math.floor(widest));
    const whole = Math.floor(tile / shape.w) * shape.w;
    if (whole >= 0.8 * tile) tile = whole;
    const scale = tile / shape.w;
    place = { dpr, gap, tw: tile, th: Math.max(1, Math.round(shape.h * scale)), scale };
    const width = shape.cols * place.tw + gap * (shape.cols - 1);
    const height = shape.rows * place.th + gap * (shape.rows - 1);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    frame.style.width = canvas.style.width = `${width / dpr}px`;
    canvas.style.height = `${height / dpr}px`;
    if (picker) picker.max = shape.count;
    mark();
  }

  const corner = (index) => {
    const x = index % shape.cols, y = Math.floor(index / shape.cols);
    return { x: x * (place.tw + place.gap), y: y * (place.th + place.gap), sx: x * shape.w, sy: y * shape.h };
  };

  // Enlarging goes through the next whole multiple without smoothing: pixels stay square and all the same size.
  function redraw() {
    if (!shape || !place) return;
    const context = canvas.getContext("2d");
    const factor = place.scale > 1 ? Math.min(Math.ceil(place.scale), 16) : 1;
    let source = sheet;
    if (factor > 1 && place.scale !== factor) {
      if (large.width !== sheet.width * factor) large.width = sheet.width * factor;
      if (large.height !== sheet.height * factor) large.height = sheet.height * factor;
      const enlarge = large.getContext("2d");
      enlarge.imageSmoothingEnabled = false;
      enlarge.drawImage(sheet, 0, 0, large.width, large.height);
      source = large;
    }
    const unit = source === large ? factor : 1;
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingEnabled = place.scale < 1 || source === large;
    context.imageSmoothingQuality = "high";
    for (let i = 0; i < shape.count; i++) {
      const { x, y, sx, sy } = corner(i);
      context.drawImage(source, sx * unit, sy * unit, shape.w * unit, shape.h * unit, x, y, place.tw, place.th);
    }
  }

  // meta: that of tiles.py, and `total` tiles in `columns`; `tiles` lists which of them came, if not all.
  async function prepare(meta, buffer) {
    const bytes = gwBytes(buffer);
    const bitmap = meta.fmt === "raw" ? null : await createImageBitmap(new Blob([bytes], { type: meta.fmt }));
    return () => {
      reshape(meta);
      const context = sheet.getContext("2d");
      for (let k = 0; k < meta.count; k++) {
        const index = meta.tiles ? meta.tiles[k] : k;
        const dx = (index % shape.cols) * meta.w, dy = Math.floor(index / shape.cols) * meta.h;
        if (bitmap) {
          const sx = (k % meta.cols) * meta.pw, sy = Math.floor(k / meta.cols) * meta.ph;
          context.clearRect(dx, dy, meta.w, meta.h);
          context.drawImage(bitmap, sx, sy, meta.w, meta.h, dx, dy, meta.w, meta.h);
        } else context.putImageData(gwPixels(bytes, k, meta), dx, dy);
      }
      if (bitmap) bitmap.close();
      redraw();
      name();
    };
  }

  function name() {
    const chosen = selected >= 0 && shape?.count > 1 ? `, picture ${selected + 1} selected` : "";
    gwSet(canvas, "aria-label", `${label(shape?.count ?? 0)}${chosen}`);
  }

  function mark() {
    const show = selected >= 0 && shape && place && selected < shape.count && shape.count > 1;
    ring.hidden = !show;
    if (show) {
      const { x, y } = corner(selected), d = place.dpr;
      ring.style.transform = `translate(${x / d}px, ${y / d}px)`;
      ring.style.width = `${place.tw / d}px`;
      ring.style.height = `${place.th / d}px`;
    }
    if (picker) {
      picker.disabled = !shape || shape.count < 2;
      if (Number(picker.value) !== selected + 1) picker.value = selected + 1;
      gwSet(picker, "aria-label", "selected picture");
      gwSet(picker, "aria-valuetext", selected < 0 ? "all pictures" : `picture ${selected + 1} of ${shape?.count}`);
    }
    name();
  }

  function select(index) {
    selected = index;
    mark();
  }

  function pick(index) {
    select(index);
    onpick(index);
  }

  if (onpick) {
    canvas.classList.add("gw-pickable");
    canvas.addEventListener("click", (event) => {
      if (!shape || shape.count < 2) return;
      const box = canvas.getBoundingClientRect(), d = place.dpr;
      const column = Math.floor(((event.clientX - box.left) * d) / (place.tw + place.gap));
      const row = Math.floor(((event.clientY - box.top) * d) / (place.th + place.gap));
      const index = row * shape.cols + column;
      if (column < shape.cols && index < shape.count) pick(index === selected ? -1 : index);
    });
    picker.addEventListener("input", () => pick(Number(picker.value) - 1));
    picker.addEventListener("keydown", (event) => {
      const jump = { ArrowDown: shape?.cols, ArrowUp: -shape?.cols, Escape: -selected - 1 }[event.key];
      if (jump === undefined || !shape) return;
      event.preventDefault();
      pick(Math.min(shape.count - 1, Math.max(-1, selected + jump)));
    });
  }

  const observer = new ResizeObserver(() => { arrange(); redraw(); });
  observer.observe(node);
  view.onclose(() => observer.disconnect());
  name();
  return { node, prepare, select, redraw, count: () => shape?.count ?? 0, focus: () => picker?.focus() };
}

// Tile k of raw bytes with 1, 3 or 4 channels as ImageData.
function gwPixels(bytes, k, { w, h, c }) {
  const size = w * h, start = k * size * c;
  const out = new Uint8ClampedArray(size * 4);
  for (let i = 0, from = start, to = 0; i < size; i++, from += c, to += 4) {
    out[to] = bytes[from];
    out[to + 1] = bytes[from + (c > 1 ? 1 : 0)];
    out[to + 2] = bytes[from + (c > 1 ? 2 : 0)];
    out[to + 3] = c === 4 ? bytes[from + 3] : 255;
  }
  return new ImageData(out, w, h);
}
