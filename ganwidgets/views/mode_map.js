// Samples and modes on one canvas: a mode that holds nothing gets a thick dashed ring, whatever its size.

export default gwView((view) => {
  const { model, root, body } = view;
  root.classList.add("gw-modes");
  const canvas = gwEl("canvas", { class: "gw-modes-canvas", role: "img", "aria-label": "modes in the plane" });
  const surface = gwEl("div", { class: "gw-readable gw-modes-space", style: `max-width: ${model.get("width")}px` }, canvas);
  const words = gwEl("div", { class: "gw-modes-words gw-muted" });
  const key = (kind, text) => gwEl("span", {}, gwEl("i", { class: `gw-modes-key ${kind}`, "aria-hidden": "true" }), text);
  const legend = gwEl("div", { class: "gw-row gw-modes-legend gw-muted" }, key("gw-on", "on a mode (within 3σ)"),
    key("gw-off", "on none"), key("gw-empty", "mode with no sample"));
  let shown = null, said = "";

  function place(x, y) {
    const [left, right, bottom, top] = shown.extent, side = canvas.width;
    return [((x - left) / (right - left)) * side, ((top - y) / (top - bottom)) * side];
  }

  // The nearest mode, if the pointer is near it: 24 CSS pixels, or inside the ring.
  function nearest(x, y) {
    if (!shown || x < 0 || y < 0 || x > 1 || y > 1) return -1;
    const side = canvas.width, unit = side / (canvas.clientWidth || side);
    let best = -1, least = Math.max(24 * unit, (shown.radius / (shown.extent[1] - shown.extent[0])) * side);
    for (let i = 0; i < shown.counts.length; i++) {
      const [a, b] = place(shown.modes[2 * i], shown.modes[2 * i + 1]), distance = Math.hypot(a - x * side, b - y * side);
      if (distance < least) [best, least] = [i, distance];
    }
    return best;
  }

  const percent = (share) => `${(100 * share).toFixed(share && share < 0.1 ? 1 : 0)} %`;
  const reading = gwReading(surface, {
    label: "Read off one mode",
    at: nearest,
    say(i) {
      const count = shown.counts[i], modes = shown.counts.length;
      if (!shown.total) return `mode ${i + 1} of ${modes}`;
      return `mode ${i + 1} of ${modes}: ${count ? `${count.toLocaleString("en")} samples, ${percent(count / shown.total)}` : "no sample"}`
        + `; an even share is ${percent(1 / modes)}`;
    },
    onread(i, text) {
      gwText(words, text || said);
      draw();
    },
  });
  body.append(reading.input, surface, words, legend);

  function ring(context, x, y, radius, colour, width, dash = []) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.setLineDash(dash);
    context.beginPath();
    context.arc(x, y, radius, 0, 7);
    context.stroke();
    context.setLineDash([]);
  }

  function drawDots(context, colour, opacity, radius, wanted) {
    const { points, on } = shown;
    context.globalAlpha = opacity;
    context.fillStyle = colour;
    // In one go, so that many upon each other get no darker than the rings.
    context.beginPath();
    for (let i = 0; i < on.length; i++) {
      if (on[i] >= 0 !== wanted) continue;
      const [x, y] = place(points[2 * i], points[2 * i + 1]);
      context.moveTo(x + radius, y);
      context.arc(x, y, radius, 0, 7);
    }
    context.fill();
    context.globalAlpha = 1;
  }

  function drawLabel(context, x, y, text, bold, colour, unit) {
    context.font = `${bold ? "bold 13" : "11"}px ${getComputedStyle(root).fontFamily}`.replace(/(\d+)px/, (_, size) => `${size * unit}px`);
    context.textAlign = "center";
    context.lineWidth = 3 * unit;
    context.lineJoin = "round";
    context.strokeStyle = colour("paper");
    context.fillStyle = colour(bold ? "ink" : "soft");
    context.strokeText(text, x, y);
    context.fillText(text, x, y);
  }

  function draw() {
    if (!shown) return;
    const ratio = window.devicePixelRatio || 1, side = Math.round(canvas.clientWidth * ratio);
    if (!side) return;
    if (canvas.width !== side) canvas.width = canvas.height = side;
    const context = canvas.getContext("2d"), style = getComputedStyle(root);
    const colour = (name) => style.getPropertyValue(`--gw-${name}`);
    const { modes, counts, total, labelled } = shown, dot = Math.max(1.3 * ratio, side / 300);
    const radius = (shown.radius / (shown.extent[1] - shown.extent[0])) * side, halo = Math.max(radius + 3 * ratio, 9 * ratio);
    context.clearRect(0, 0, side, side);
    drawDots(context, colour("soft"), 0.5, 0.85 * dot, false);
    drawDots(context, colour("fake"), 0.75, dot, true);
    for (let i = 0; i < counts.length; i++) {
      const [x, y] = place(modes[2 * i], modes[2 * i + 1]), empty = total > 0 && !counts[i], chosen = i === reading.index();
      ring(context, x, y, radius, colour("real"), 1.4 * ratio);
      if (empty) ring(context, x, y, halo, colour("ink"), 2.5 * ratio, [4 * ratio, 3 * ratio]);
      if (chosen) ring(context, x, y, halo + 4 * ratio, colour("focus"), 2 * ratio);
      if (total && (labelled || chosen)) {
        drawLabel(context, x, y + halo + (chosen ? 18 : 13) * ratio, empty ? "0" : percent(counts[i] / total), empty || chosen, colour, ratio);
      }
    }
  }

  function prepare(meta, buffers) {
    const [modes, counts, points, on] = buffers.map(gwFloats);
    return () => {
      shown = { ...meta, modes, counts, points, on };
      said = meta.words;
      reading.resize(counts.length);
      legend.hidden = !meta.total;
      gwSet(canvas, "aria-label", `${counts.length} modes in the plane. ${said}`);
      reading.refresh();
    };
  }

  gwFollow(view, root, draw);
  return { prepare };
});
