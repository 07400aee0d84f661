// Lines in an SVG that is stretched over its box: the strokes keep their width, the theme's colours apply by themselves.

// Two decimals, more only where they would all be zero.
function gwNumber(value) {
  if (value === null || !Number.isFinite(value)) return "–";
  return gwMinus(value !== 0 && Math.abs(value) < 0.01 ? value.toPrecision(1) : value.toFixed(2));
}
const gwPlace = (value) => (Number.isInteger(value) ? value.toLocaleString("en") : gwTick(value));
const gwTick = (value) => gwMinus(String(Number(value.toPrecision(3))));
const gwMinus = (text) => text.replaceAll("-", "−");

function gwPolyline(x, y, box) {
  const [left, right, low, high] = box;
  const across = 1000 / (right - left || 1), up = 1000 / (high - low || 1);
  let path = "", pen = "M";
  for (let i = 0; i < x.length; i++) {
    if (!Number.isFinite(y[i])) { pen = "M"; continue; }
    const level = Math.min(high, Math.max(low, y[i]));
    path += `${pen}${((x[i] - left) * across).toFixed(1)} ${((high - level) * up).toFixed(1)}`;
    pen = "L";
  }
  return path;
}

export default gwView(({ model, root, body, ask }) => {
  const legend = gwEl("div", { class: "gw-lines-legend" });
  const svg = gwEl("svg", { viewBox: "0 0 1000 1000", preserveAspectRatio: "none", "aria-hidden": "true" });
  const plot = gwEl("div", { class: "gw-lines-plot", style: `height: ${model.get("chart_height")}px` }, svg);
  const top = gwEl("span", { class: "gw-lines-top" }), bottom = gwEl("span", { class: "gw-lines-bottom" });
  const first = gwEl("span"), last = gwEl("span");
  const figure = gwEl("div", { role: "img", "aria-label": model.get("title") },
    gwEl("div", { class: "gw-row gw-lines-head" }, gwEl("span", { class: "gw-label" }, model.get("title")), legend),
    gwEl("div", { class: "gw-lines-frame" }, plot, top, bottom),
    gwEl("div", { class: "gw-lines-steps" }, first, last));
  body.append(figure);
  root.classList.add("gw-lines");
  const reference = model.get("reference");

  let met = false, shape = "", nodes = [], mark = null, level = null, ends = [0, 1];

  // A handle of the mouse only: keys move the mark by the slider that such a chart stands beside.
  function drag(event) {
    if (event.type === "pointerdown") plot.setPointerCapture(event.pointerId);
    if (!plot.hasPointerCapture(event.pointerId)) return;
    const box = plot.getBoundingClientRect(), share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    ask({ do: "mark", at: ends[0] + share * (ends[1] - ends[0]) });
  }
  plot.classList.toggle("gw-lines-draggable", model.get("draggable"));
  if (model.get("draggable")) for (const kind of ["pointerdown", "pointermove"]) plot.addEventListener(kind, drag);

  // The elements stay from frame to frame as long as the lines are the same ones.
  function build(lines) {
    if (JSON.stringify(lines) === shape) return;
    shape = JSON.stringify(lines);
    const stroke = (colour, kind) => gwEl("path", {
      class: `gw-line ${kind}`, style: `stroke: var(--gw-${colour})`, "vector-effect": "non-scaling-stroke",
    });
    nodes = lines.map((line) => {
      const swatch = gwEl("span", { class: `gw-swatch ${line.dashed ? "gw-dashed" : ""}`, style: `color: var(--gw-${line.colour})` });
      const value = gwEl("b"), key = gwEl("span", { class: "gw-lines-key" }, swatch, `${line.label} `, value);
      const raw = line.raw ? stroke(line.colour, "gw-faint") : null;
      return { line, value, key, raw, path: stroke(line.colour, line.dashed ? "gw-dashed" : "") };
    });
    mark = stroke("ink", "gw-mark");
    level = stroke("soft", "gw-reference");
    svg.replaceChildren(level, ...nodes.flatMap(({ raw }) => raw ?? []), ...nodes.map(({ path }) => path), mark);
    legend.replaceChildren(...nodes.map(({ key }) => key));
  }

  function prepare(meta, buffers) {
    const [x, ...arrays] = buffers.map(gwFloats);
    const [left, right, low, high] = [...meta.x, ...meta.y];
    return () => {
      ends = meta.x;
      // No line to speak of yet. What stands here already stays, so that nothing below it jumps.
      figure.hidden = (x.length === 1 || x.length === 2) && (figure.hidden || !met);
      met = true;
      build(meta.lines);
      const words = [model.get("title")];
      nodes.forEach(({ line, value, raw, path }, i) => {
        path.setAttribute("d", gwPolyline(x, arrays.shift(), [left, right, low, high]));
        if (raw) raw.setAttribute("d", gwPolyline(x, arrays.shift(), [left, right, low, high]));
        value.textContent = gwNumber(meta.told[i]);
        words.push(`${line.label} ${gwNumber(meta.told[i])}`);
      });
      if (reference !== null) level.setAttribute("d", `M0 ${1000 * (high - reference) / (high - low || 1)}H1000`);
      mark.setAttribute("d", meta.marked === null ? "" : `M${1000 * (meta.marked - left) / (right - left || 1)} 0V1000`);
      [bottom.textContent, top.textContent] = meta.ends.map(gwTick);
      first.textContent = x.length ? `${model.get("x_label")} ${gwPlace(left)}` : "";
      last.textContent = x.length > 1 ? gwPlace(right) : "";
      figure.setAttribute("aria-label", words.join(", "));
    };
  }
  return { prepare };
});
