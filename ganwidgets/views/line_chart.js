// Lines in an SVG that is stretched over its box: the strokes keep their width, the theme's colours apply by themselves.

const gwNumber = (value) => (value === null || !Number.isFinite(value) ? "–" : value.toFixed(2));
const gwTick = (value) => String(Number(value.toPrecision(3)));

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

export default gwView(({ model, root, body }) => {
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

  function prepare(meta, buffers) {
    const arrays = buffers.map(gwFloats);
    const x = arrays.shift();
    const box = [...meta.x, ...meta.y];
    return () => {
      const paths = [], faint = [];
      const add = (list, d, colour, kind) => list.push(gwEl("path", {
        d, class: kind, style: `stroke: var(--gw-${colour})`, "vector-effect": "non-scaling-stroke",
      }));
      for (const line of meta.lines) {
        add(paths, gwPolyline(x, arrays.shift(), box), line.colour, line.dashed ? "gw-line gw-dashed" : "gw-line");
        if (line.raw) add(faint, gwPolyline(x, arrays.shift(), box), line.colour, "gw-line gw-faint");
      }
      const level = (value) => 1000 * (1 - (value - meta.y[0]) / (meta.y[1] - meta.y[0] || 1));
      if (reference !== null) add(faint, `M0 ${level(reference)}H1000`, "soft", "gw-line gw-reference");
      const at = 1000 * (meta.marked - meta.x[0]) / (meta.x[1] - meta.x[0] || 1);
      if (meta.marked !== null) add(paths, `M${at} 0V1000`, "ink", "gw-line gw-mark");
      svg.replaceChildren(...faint, ...paths);
      legend.replaceChildren(...meta.lines.map((line, i) => gwEl("span", { class: "gw-lines-key" },
        gwEl("span", { class: line.dashed ? "gw-swatch gw-dashed" : "gw-swatch", style: `color: var(--gw-${line.colour})` }),
        `${line.label} `, gwEl("b", {}, gwNumber(meta.ends[i])))));
      top.textContent = gwTick(meta.y[1]);
      bottom.textContent = gwTick(meta.y[0]);
      first.textContent = x.length ? `step ${meta.x[0].toLocaleString("en")}` : "";
      last.textContent = x.length > 1 ? meta.x[1].toLocaleString("en") : "";
      const words = meta.lines.map((line, i) => `${line.label} ${gwNumber(meta.ends[i])}`);
      figure.setAttribute("aria-label", [model.get("title"), ...words].join(", "));
    };
  }
  return { prepare };
});
