// Input cells above, output cells below, a line for every write; beside them the count of writes in two dimensions.
// Point at a cell, or go there with Tab and the arrow keys, to see only its own lines.

export default gwView((view) => {
  const { model, root, body } = view;
  root.classList.add("gw-writing");
  const canvas = gwControl("canvas", {
    class: "gw-writing-canvas", role: "application", tabindex: "0", style: `max-width: ${model.get("width")}px`,
    title: "Point at a cell, or use the arrow keys",
  });
  const words = gwEl("div", { class: "gw-writing-words gw-muted", role: "status" });
  body.append(canvas, words);
  let shown = null, chosen = null; // chosen: [row, index], row 0 for the input

  const HEIGHT = 0.3;
  function layout() {
    const width = canvas.width, map = 0.28 * width, room = width - map - 0.05 * width;
    const cell = Math.min(room / shown.outputs, 0.065 * width);
    const x = (index, count) => room / 2 + (index - count / 2) * cell;
    return { width, map, room, cell, x, top: 0.02 * width, low: HEIGHT * width - cell - 0.02 * width };
  }

  function draw() {
    if (!shown) return;
    const width = Math.round(canvas.clientWidth * (window.devicePixelRatio || 1));
    if (!width) return;
    if (canvas.width !== width) { canvas.width = width; canvas.height = HEIGHT * width; }
    const context = canvas.getContext("2d"), style = getComputedStyle(root);
    const colour = (name) => style.getPropertyValue(`--gw-${name}`);
    const { map, cell, x, top, low } = layout(), { inputs, outputs, writes, counts, most } = shown;
    context.clearRect(0, 0, canvas.width, canvas.height);
    const on = (output, input) => !chosen || (chosen[0] ? chosen[1] === output : chosen[1] === input);
    context.strokeStyle = colour("fake");
    for (let o = 0; o < outputs; o++) {
      for (let i = 0; i < inputs; i++) {
        if (!writes[o * inputs + i]) continue;
        context.globalAlpha = on(o, i) ? 0.85 : 0.1;
        context.lineWidth = width / 500;
        context.beginPath();
        context.moveTo(x(i, inputs) + cell / 2, top + cell);
        context.lineTo(x(o, outputs) + cell / 2, low);
        context.stroke();
      }
    }
    const square = (left, up, side, share, text, marked) => {
      context.globalAlpha = 0.12 + 0.75 * share;
      context.fillStyle = colour("fake");
      context.fillRect(left, up, side, side);
      context.globalAlpha = 1;
      context.strokeStyle = marked ? colour("focus") : colour("line");
      context.lineWidth = marked ? width / 250 : width / 700;
      context.strokeRect(left, up, side, side);
      if (text === null) return;
      context.fillStyle = colour("ink");
      context.font = `${Math.min(side * 0.5, width / 45)}px ${style.fontFamily}`;
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillText(text, left + side / 2, up + side / 2);
    };
    const is = (row, index) => chosen && chosen[0] === row && chosen[1] === index;
    for (let i = 0; i < inputs; i++) square(x(i, inputs), top, cell, 0.3, null, is(0, i));
    for (let o = 0; o < outputs; o++) square(x(o, outputs), low, cell, counts[o] / most, counts[o], is(1, o));
    const side = map / outputs, left = canvas.width - map - 1, up = (canvas.height - map) / 2;
    context.fillStyle = colour("fake");
    for (let row = 0; row < outputs; row++) {
      for (let column = 0; column < outputs; column++) {
        context.globalAlpha = 0.06 + 0.85 * ((counts[row] * counts[column]) / (most * most));
        context.fillRect(left + column * side, up + row * side, Math.ceil(side), Math.ceil(side));
      }
    }
    context.globalAlpha = 1;
  }

  function choose(next) {
    chosen = next;
    draw();
    if (!next || !shown) { gwText(words, shown?.words ?? ""); return; }
    const [row, index] = next, { inputs, outputs, writes, counts } = shown;
    const reach = [];
    for (let o = 0; o < outputs; o++) if (writes[o * inputs + index]) reach.push(o + 1);
    const reached = reach.length ? `output cells ${reach[0]} to ${reach[reach.length - 1]}` : "nothing that is kept";
    gwText(words, row ? `Output cell ${index + 1} is written ${counts[index]} times.` : `Input cell ${index + 1} writes into ${reached}.`);
  }

  canvas.addEventListener("pointermove", (event) => {
    if (!shown) return;
    const box = canvas.getBoundingClientRect(), scale = canvas.width / box.width;
    const px = (event.clientX - box.left) * scale, py = (event.clientY - box.top) * scale;
    const { cell, x, top, low } = layout();
    const row = py < top + 1.6 * cell ? 0 : py > low - 0.6 * cell ? 1 : -1;
    const count = row ? shown.outputs : shown.inputs, index = Math.floor((px - x(0, count)) / cell);
    choose(row >= 0 && index >= 0 && index < count ? [row, index] : null);
  });
  canvas.addEventListener("pointerleave", () => choose(null));
  canvas.addEventListener("blur", () => choose(null));
  canvas.addEventListener("keydown", (event) => {
    if (!shown || !["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Escape"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "Escape") { choose(null); return; }
    const [row, index] = chosen ?? [0, event.key === "ArrowLeft" ? 1 : -1];
    const next = event.key === "ArrowUp" ? 0 : event.key === "ArrowDown" ? 1 : row;
    const count = next ? shown.outputs : shown.inputs;
    const moved = index + (event.key === "ArrowRight") - (event.key === "ArrowLeft");
    choose([next, Math.min(count - 1, Math.max(0, moved))]);
  });

  function prepare(meta, buffers) {
    const writes = gwBytes(buffers[0]);
    return () => {
      const counts = Array.from({ length: meta.outputs }, (_, o) => {
        let sum = 0;
        for (let i = 0; i < meta.inputs; i++) sum += writes[o * meta.inputs + i];
        return sum;
      });
      shown = { ...meta, writes, counts, most: Math.max(1, ...counts) };
      canvas.setAttribute("aria-label", meta.words);
      choose(null);
    };
  }

  gwFollow(view, root, draw);
  return { prepare };
});
