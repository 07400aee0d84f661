// A 2-D GAN on one canvas. Layers are switched on the page; the newest arrays are kept, so that needs no kernel.

export default gwView((view) => {
  const { model, root, body, ask, onclose } = view;
  root.classList.add("gw-plane");
  const size = model.get("width");
  const canvas = gwControl("canvas", { class: "gw-plane-canvas", role: "img", style: `max-width: ${size}px` });
  const FIELDS = ["field", "best", "change"];
  const words = gwEl("div", { class: "gw-plane-words gw-muted" });
  const toggles = gwEl("div", { class: "gw-row gw-plane-layers", role: "group", "aria-label": "Layers", hidden: !model.get("toggles") });
  const notes = gwEl("div", { class: "gw-plane-notes gw-muted" });
  body.append(canvas, words, toggles, notes);
  let arrays = null, stroke = [], sent = [], strokes = 0, cursor = null;

  const buttons = Object.entries(model.get("labels")).map(([name, label]) => {
    const button = gwButton(label, () => toggle(name), { class: "gw-button gw-plane-layer" });
    toggles.append(button);
    return [name, button];
  });

  function toggle(name) {
    const on = model.get("layers");
    // Two fields cannot lie one over the other.
    const rest = FIELDS.includes(name) ? on.filter((each) => !FIELDS.includes(each)) : on;
    model.set("layers", on.includes(name) ? on.filter((each) => each !== name) : [...rest, name]);
    model.save_changes();
  }

  const shown = () => (arrays?.only ?? model.get("layers")).filter((name) => !arrays || arrays.offered.includes(name));

  function follow() {
    const on = shown();
    for (const [name, button] of buttons) {
      gwSet(button, "aria-pressed", on.includes(name));
      button.disabled = Boolean(arrays?.only);
      button.hidden = arrays !== null && !arrays.only && !arrays.offered.includes(name);
    }
    canvas.classList.toggle("gw-plane-drawing", model.get("drawing"));
    canvas.tabIndex = model.get("drawing") ? 0 : -1;
    const said = arrays ? on.map((name) => arrays.notes[name]).filter(Boolean) : [];
    if (model.get("drawing")) said.unshift("draw points with the mouse; by keys: arrows move, Space drops, Enter hands them over");
    gwText(notes, said.join(" · "));
    if (arrays) gwSet(canvas, "aria-label", `${model.get("label")}. ${arrays.words}`);
    draw();
  }

  function place(x, y) {
    const [left, right, bottom, top] = arrays.extent, side = canvas.width;
    return [((x - left) / (right - left)) * side, ((top - y) / (top - bottom)) * side];
  }

  function drawField(context, field, style) {
    const cells = arrays.cells, small = document.createElement("canvas");
    small.width = small.height = cells;
    const image = new ImageData(cells, cells);
    const [real, fake] = ["--gw-real", "--gw-fake"].map((name) => gwColour(style.getPropertyValue(name)));
    for (let i = 0; i < field.length; i++) {
      const sure = field[i] / 127.5 - 1, at = 4 * ((cells - 1 - Math.floor(i / cells)) * cells + (i % cells));
      const colour = sure > 0 ? real : fake;
      for (let part = 0; part < 3; part++) image.data[at + part] = colour[part];
      image.data[at + 3] = 100 * Math.abs(sure);
    }
    small.getContext("2d").putImageData(image, 0, 0);
    context.imageSmoothingEnabled = true;
    context.drawImage(small, 0, 0, canvas.width, canvas.width);
  }

  function dots(context, points, colour, opacity) {
    const radius = Math.max(1.3, canvas.width / 230);
    context.globalAlpha = opacity;
    context.fillStyle = colour;
    // One path for all of them would take twice as long.
    for (let i = 0; i < points.length; i += 2) {
      context.beginPath();
      context.arc(...place(points[i], points[i + 1]), radius, 0, 7);
      context.fill();
    }
    context.globalAlpha = 1;
  }

  function drawWarp(context, colour) {
    const { warp, lines } = arrays, at = (row, column) => 2 * (row * lines + column);
    context.strokeStyle = colour;
    context.globalAlpha = 0.7;
    context.lineWidth = canvas.width / 420;
    context.beginPath();
    for (let i = 0; i < lines; i++) {
      for (const along of [(j) => at(i, j), (j) => at(j, i)]) {
        for (let j = 0; j < lines; j++) {
          const [x, y] = place(warp[along(j)], warp[along(j) + 1]);
          if (j) context.lineTo(x, y); else context.moveTo(x, y);
        }
      }
    }
    context.stroke();
    context.globalAlpha = 1;
  }

  function draw() {
    if (!arrays) return;
    const side = Math.round(canvas.clientWidth * (window.devicePixelRatio || 1));
    if (!side) return;
    if (canvas.width !== side) canvas.width = canvas.height = side;
    const context = canvas.getContext("2d"), style = getComputedStyle(root), on = shown();
    const colour = (name) => style.getPropertyValue(`--gw-${name}`);
    context.clearRect(0, 0, side, side);
    const field = FIELDS.find((name) => on.includes(name));
    if (field) drawField(context, arrays[field], style);
    if (on.includes("warp")) drawWarp(context, colour("fake"));
    if (on.includes("real")) dots(context, arrays.real, colour("real"), 0.45);
    if (on.includes("fake")) dots(context, arrays.fake, colour("fake"), 0.8);
    if (on.includes("push")) gwArrows(context, arrays.push, place, colour("discriminator"), side / 420);
    if (on.includes("moves")) gwArrows(context, arrays.moves, place, colour("fake"), side / 420);
    for (const points of [...sent, stroke]) dots(context, points, colour("real"), 1);
    if (cursor && document.activeElement === canvas) {
      const [x, y] = place(...cursor);
      context.strokeStyle = colour("focus");
      context.lineWidth = 2;
      context.strokeRect(x - 6, y - 6, 12, 12);
    }
  }

  // Drawing: points fall along the way of the pen, a little scattered; the keyboard moves a frame and drops them there.
  function drop(x, y) {
    const spread = 0.012 * (arrays.extent[1] - arrays.extent[0]);
    for (let i = 0; i < 4; i++) stroke.push(x + spread * (2 * Math.random() - 1), y + spread * (2 * Math.random() - 1));
    draw();
  }

  function lift() {
    if (!stroke.length) return;
    const points = new Float32Array(stroke);
    stroke = [];
    sent = [...sent, points];
    ask({ do: "draw" }, { key: `draw ${++strokes}`, buffers: [points.buffer] }).then(() => {
      sent = sent.filter((each) => each !== points);
      draw();
    });
  }

  function pen(event) {
    const box = canvas.getBoundingClientRect(), [left, right, bottom, top] = arrays.extent;
    drop(left + ((event.clientX - box.left) / box.width) * (right - left),
      top - ((event.clientY - box.top) / box.height) * (top - bottom));
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (!model.get("drawing") || !arrays) return;
    canvas.setPointerCapture(event.pointerId);
    pen(event);
  });
  canvas.addEventListener("pointermove", (event) => { if (canvas.hasPointerCapture(event.pointerId)) pen(event); });
  for (const kind of ["pointerup", "pointercancel"]) canvas.addEventListener(kind, lift);
  canvas.addEventListener("keydown", (event) => {
    if (!model.get("drawing") || !arrays) return;
    const [left, right, bottom, top] = arrays.extent, step = (right - left) / 40;
    cursor ??= [(left + right) / 2, (bottom + top) / 2];
    const move = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] }[event.key];
    if (move) cursor = [Math.min(right, Math.max(left, cursor[0] + move[0])), Math.min(top, Math.max(bottom, cursor[1] + move[1]))];
    else if (event.key === " ") drop(...cursor);
    else if (event.key === "Enter") lift();
    else return;
    event.preventDefault();
    draw();
  });
  canvas.addEventListener("blur", () => draw());

  function prepare(meta, buffers) {
    const [field, best, change] = buffers.slice(0, 3).map(gwBytes);
    const [real, fake, warp, push, moves] = buffers.slice(3).map(gwFloats);
    return () => {
      arrays = { ...meta, field, best, change, real, fake, warp, push, moves };
      gwText(words, meta.words);
      follow();
    };
  }

  gwFollow(view, root, draw);
  for (const name of ["change:layers", "change:drawing"]) {
    model.on(name, follow);
    onclose(() => model.off(name, follow));
  }
  follow();
  return { prepare };
});

// "#0072b2" as [0, 114, 178].
function gwColour(hex) {
  const text = hex.trim().slice(1);
  return [0, 2, 4].map((at) => parseInt(text.slice(at, at + 2), 16));
}
