// Input cells above, output cells below, a line for every write; beside them the count of writes in two dimensions.
// Point at a cell, or go there with Tab and the arrow keys, to see only its own lines and the weights they go through.

const gwDigits = (number) => String(number).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]);

export default gwView((view) => {
  const { model, root, body, ask } = view;
  root.classList.add("gw-writing");
  const canvas = gwControl("canvas", {
    class: "gw-writing-rows", role: "application", tabindex: "0", title: "Point at a cell, or use the arrow keys",
  });
  const caption = gwEl("div", { class: "gw-muted" });
  const map = gwEl("canvas", { class: "gw-writing-map", role: "img" });
  const words = gwEl("div", { class: "gw-writing-words" });
  const formula = gwEl("div", { class: "gw-writing-words gw-muted", role: "status" });
  const examples = model.get("examples").map((name, value) => gwButton(name, () => ask({ do: "example", value }, { key: "example" })));
  body.append(gwEl("div", { class: "gw-row gw-writing-examples", role: "group", "aria-label": "Layers to try" },
    gwEl("span", { class: "gw-label" }, "try"), ...examples),
  gwEl("div", { class: "gw-writing-sides" }, gwEl("div", { class: "gw-writing-main" }, canvas, caption),
    gwEl("div", { class: "gw-writing-side" }, map, gwEl("div", { class: "gw-muted" }, "writes, in two dimensions"))),
  words, formula);
  let shown = null, chosen = null; // chosen: [row, index], row 0 for the input

  const HIGH = 162, ASK = "Point at a cell, or go along them with the arrow keys.";
  const kept = (output) => output >= shown.cut && output < shown.outputs - shown.cut;
  const weights = (output, input) => {
    const found = [];
    for (let k = 0; k < shown.weights; k++) if (shown.taps[(output * shown.inputs + input) * shown.weights + k]) found.push(k + 1);
    return found;
  };

  function layout() {
    const wide = canvas.clientWidth, cell = Math.min(30, (wide - 2) / Math.max(shown.outputs, shown.inputs, 1));
    return { wide, cell, x: (index, count) => (wide + (2 * index - count) * cell) / 2, top: 18, low: HIGH - 2 - cell };
  }

  function fit(node, wide, high) {
    const ratio = window.devicePixelRatio || 1;
    const size = [Math.round(wide * ratio), Math.round(high * ratio)];
    if (node.width !== size[0]) node.width = size[0];
    if (node.height !== size[1]) node.height = size[1];
    const context = node.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, wide, high);
    return context;
  }

  function drawRows(colour, font) {
    const { wide, cell, x, top, low } = layout(), { inputs, outputs, counts, most } = shown;
    const context = fit(canvas, wide, HIGH);
    const on = (output, input) => chosen && (chosen[0] ? chosen[1] === output : chosen[1] === input);
    const write = (text, at, y, size, ink) => {
      context.font = `${size}px ${font}`;
      context.fillStyle = colour(ink);
      context.fillText(text, at, y);
    };
    const labels = [];
    context.textBaseline = "middle";
    for (let o = 0; o < outputs; o++) {
      for (let i = 0; i < inputs; i++) {
        const through = weights(o, i);
        if (!through.length) continue;
        const from = [x(i, inputs) + cell / 2, top + cell], to = [x(o, outputs) + cell / 2, low];
        context.globalAlpha = (chosen && !on(o, i) ? 0.12 : 0.85) * (kept(o) ? 1 : 0.45);
        context.strokeStyle = colour("fake");
        context.lineWidth = on(o, i) ? 2 : 1.2;
        context.beginPath();
        context.moveTo(...from);
        context.lineTo(...to);
        context.stroke();
        if (on(o, i)) labels.push([through.map((k) => `w${gwDigits(k)}`).join("+"), chosen[0] ? to : from, chosen[0] ? from : to]);
      }
    }
    context.globalAlpha = 1;
    context.textAlign = "center";
    // A weight stands far from the chosen cell, where the lines lie apart; one that finds no room is in the line below.
    const placed = [];
    context.font = `12px ${font}`;
    for (const [text, near, far] of labels) {
      const half = context.measureText(text).width / 2 + 1;
      const spots = [0.75, 0.55, 0.35].map((share) => near.map((start, axis) => start + share * (far[axis] - start)));
      const free = ([at, y]) => placed.every(([left, right, other]) => at + half < left || at - half > right || Math.abs(y - other) > 13);
      const spot = spots.find(free);
      if (!spot) continue;
      placed.push([spot[0] - half, spot[0] + half, spot[1]]);
      context.lineWidth = 4;
      context.strokeStyle = colour("paper");
      context.strokeText(text, ...spot);
      write(text, ...spot, 12, "ink");
    }
    const square = (row, index, left, up, share, text) => {
      const ghost = row && !kept(index), marked = chosen && chosen[0] === row && chosen[1] === index;
      context.fillStyle = colour("fake");
      context.globalAlpha = ghost ? 0 : 0.1 + 0.75 * share;
      context.fillRect(left, up, cell, cell);
      context.globalAlpha = 1;
      context.setLineDash(ghost ? [2, 2] : []);
      context.strokeStyle = colour(marked ? "focus" : "line");
      context.lineWidth = marked ? 2.5 : 1;
      context.strokeRect(left + 0.5, up + 0.5, cell - 1, cell - 1);
      context.setLineDash([]);
      if (cell >= 15 && !ghost) write(text, left + cell / 2, up + cell / 2, Math.min(13, cell / 2), "ink");
    };
    for (let i = 0; i < inputs; i++) square(0, i, x(i, inputs), top, 0.25, `x${gwDigits(i + 1)}`);
    for (let o = 0; o < outputs; o++) square(1, o, x(o, outputs), low, counts[o] / most, counts[o]);
    context.textAlign = "left";
    write("input", 0, 8, 12, "soft");
  }

  function drawMap(colour) {
    const wide = map.clientWidth, inner = shown.outputs - 2 * shown.cut, context = fit(map, wide, wide), side = wide / Math.max(inner, 1);
    context.fillStyle = colour("fake");
    for (let row = 0; row < inner; row++) {
      for (let column = 0; column < inner; column++) {
        const share = (shown.counts[row + shown.cut] * shown.counts[column + shown.cut]) / (shown.most * shown.most);
        context.globalAlpha = 0.06 + 0.85 * share;
        const [left, up] = [Math.round(column * side), Math.round(row * side)];
        context.fillRect(left, up, Math.round((column + 1) * side) - left, Math.round((row + 1) * side) - up);
      }
    }
    context.globalAlpha = 1;
  }

  function draw() {
    if (!shown || !canvas.clientWidth) return;
    const style = getComputedStyle(root), colour = (name) => style.getPropertyValue(`--gw-${name}`);
    drawRows(colour, style.fontFamily);
    drawMap(colour);
  }

  // What the chosen cell writes, or what it is the sum of.
  function told() {
    if (!chosen) return ASK;
    const [row, index] = chosen, { inputs, outputs, cut, counts } = shown;
    const terms = [];
    for (let other = 0; other < (row ? inputs : outputs); other++) {
      const through = row ? weights(index, other) : weights(other, index);
      const factor = through.map((k) => `w${gwDigits(k)}`).join(" + ");
      if (!through.length || !(row || kept(other))) continue;
      terms.push(row ? `${through.length > 1 ? `(${factor})` : factor}·x${gwDigits(other + 1)}` : other - cut + 1);
    }
    const name = `x${gwDigits(index + 1)}`, cells = terms.length > 1 ? `cells ${terms[0]} to ${terms.at(-1)}` : `cell ${terms[0]}`;
    if (!row) return terms.length ? `${name} writes into output ${cells}.` : `Nothing of ${name} is kept.`;
    if (!kept(index)) return "This cell is cut off by the padding.";
    return `Output cell ${index - cut + 1} = ${terms.join(" + ") || "0"}: ${counts[index]} write${counts[index] === 1 ? "" : "s"}.`;
  }

  function choose(next) {
    if (String(next) === String(chosen)) return;
    chosen = next;
    gwText(formula, shown ? told() : "");
    draw();
  }

  function point(event) {
    if (!shown) return;
    const box = canvas.getBoundingClientRect(), across = event.clientX - box.left, down = event.clientY - box.top;
    const { cell, x, top, low } = layout();
    const row = down < top + 1.6 * cell ? 0 : down > low - 0.6 * cell ? 1 : -1;
    const count = row ? shown.outputs : shown.inputs, index = Math.floor((across - x(0, count)) / cell);
    choose(row >= 0 && index >= 0 && index < count ? [row, index] : null);
  }

  canvas.addEventListener("pointermove", point);
  canvas.addEventListener("pointerdown", point);
  canvas.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") choose(null); });
  canvas.addEventListener("blur", () => choose(null));
  canvas.addEventListener("keydown", (event) => {
    if (!shown || !["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "Escape"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "Escape") { choose(null); return; }
    const [row, index] = chosen ?? [0, event.key === "ArrowLeft" ? 1 : -1];
    const next = event.key === "ArrowUp" ? 0 : event.key === "ArrowDown" ? 1 : row;
    const count = next ? shown.outputs : shown.inputs;
    const moved = { Home: 0, End: count - 1 }[event.key] ?? index + (event.key === "ArrowRight") - (event.key === "ArrowLeft");
    choose([next, Math.min(count - 1, Math.max(0, moved))]);
  });

  function prepare(meta, buffers) {
    const taps = gwBytes(buffers[0]), each = meta.inputs * meta.weights;
    return () => {
      const counts = Array.from({ length: meta.outputs }, (_, o) => taps.subarray(o * each, (o + 1) * each).reduce((a, b) => a + b, 0));
      shown = { ...meta, taps, counts };
      shown.most = Math.max(1, ...counts.filter((_, o) => kept(o)));
      chosen = null;
      examples.forEach((button, index) => gwSet(button, "aria-pressed", index === meta.example));
      gwText(caption, `output: how often each cell is written${meta.cut ? "; dashed: cut off by the padding" : ""}`);
      gwText(words, meta.words);
      gwText(formula, ASK);
      gwSet(canvas, "aria-label", `Who writes where. ${meta.words}`);
      gwSet(map, "aria-label", `How often each cell is written, in two dimensions. ${meta.words}`);
      draw();
    };
  }

  gwFollow(view, root, draw);
  return { prepare };
});
