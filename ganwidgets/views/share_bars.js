// Shares of classes: rows with a bar of the fakes and a tick at the real share, or for many classes cells on a canvas.

export default gwView((view) => {
  const { model, root, body, ask } = view;
  root.classList.add("gw-shares");
  const figure = gwEl("div", { role: "img", "aria-label": "no samples yet" });
  const surface = gwEl("div", { class: "gw-readable gw-shares-space" }, figure);
  const canvas = gwEl("canvas", { class: "gw-shares-cells" });
  const words = gwEl("div", { class: "gw-shares-words gw-muted" });
  const key = (kind, text) => gwEl("span", {}, gwEl("i", { class: `gw-shares-key ${kind}`, "aria-hidden": "true" }), text);
  const legend = gwEl("div", { class: "gw-row gw-shares-legend gw-muted", hidden: true });
  let shown = null, rows = [], said = "";

  const factors = model.get("factors");
  const choice = factors.length > 1
    ? gwSelect("Sort by", factors.map((name, i) => [i, name]), (value) => ask({ do: "factor", value: Number(value) }, { key: "factor" }))
    : null;

  const share = (i) => shown.counts[i] / (shown.total || 1);
  const missing = (i) => shown.total > 0 && !shown.counts[i] && shown.truth[i] > 0;
  const percent = (value) => `${(100 * value).toFixed(value && value < 0.1 ? 1 : 0)} %`;
  const columns = () => Math.max(1, Math.ceil(Math.sqrt(1.6 * shown.names.length)));

  const reading = gwReading(surface, {
    label: "Read off one class; Enter shows its pictures",
    at(x, y) {
      if (!shown || x < 0 || y < 0 || x > 1 || y > 1) return -1;
      const count = shown.names.length;
      if (shown.rows) return Math.min(count - 1, Math.floor(y * count));
      const across = columns(), down = Math.ceil(count / across);
      const index = Math.min(down - 1, Math.floor(y * down)) * across + Math.min(across - 1, Math.floor(x * across));
      return index < count ? index : -1;
    },
    say: (i) => `${shown.names[i]}: ${shown.total ? `${percent(share(i))} of the fakes` : "no samples yet"}, `
      + `${percent(shown.truth[i])} of the real ones`,
    onread(i, text) {
      gwText(words, text || said);
      rows.forEach(({ node }, k) => node.classList.toggle("gw-read", k === i));
      if (shown && !shown.rows) drawCells();
    },
    onpick: (i) => ask({ do: "pick", value: i < 0 || i === shown.chosen ? null : i }, { key: "pick" }),
  });
  if (choice) body.append(gwEl("div", { class: "gw-row gw-shares-head" }, choice.node));
  body.append(reading.input, surface, words, legend);

  function buildRows() {
    rows = shown.names.map((name) => {
      const bar = gwEl("div", { class: "gw-shares-bar" }), ghost = gwEl("div", { class: "gw-shares-ghost" });
      const tick = gwEl("div", { class: "gw-shares-tick" }), value = gwEl("span", { class: "gw-shares-value" });
      const node = gwEl("div", { class: "gw-shares-row" },
        gwEl("span", { class: "gw-shares-name", title: name }, name),
        gwEl("div", { class: "gw-shares-track" }, ghost, bar, tick), value);
      return { node, bar, ghost, tick, value };
    });
    figure.replaceChildren(...rows.map(({ node }) => node));
  }

  function drawRows() {
    const width = (value) => `${100 * Math.min(1, value / shown.top)}%`;
    rows.forEach(({ node, bar, ghost, tick, value }, i) => {
      bar.style.width = width(share(i));
      ghost.style.width = tick.style.left = width(shown.truth[i]);
      gwText(value, shown.total ? percent(share(i)) : "");
      node.classList.toggle("gw-missing", missing(i));
      node.classList.toggle("gw-chosen", i === shown.chosen);
    });
  }

  function drawCells() {
    const ratio = window.devicePixelRatio || 1, across = columns(), count = shown.names.length, down = Math.ceil(count / across);
    const width = Math.round(canvas.clientWidth * ratio), size = width / across;
    if (!width) return;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== Math.round(size * down)) canvas.height = Math.round(size * down);
    const context = canvas.getContext("2d"), style = getComputedStyle(root), gap = Math.max(0.5, size / 12);
    const colour = (name) => style.getPropertyValue(`--gw-${name}`);
    context.clearRect(0, 0, width, canvas.height);
    for (let i = 0; i < count; i++) {
      const x = (i % across) * size, y = Math.floor(i / across) * size;
      const box = [x + gap, y + gap, size - 2 * gap, size - 2 * gap];
      context.globalAlpha = 1;
      if (missing(i)) {
        context.fillStyle = colour("ink");
        const dot = Math.max(2, size / 4);
        context.fillRect(x + (size - dot) / 2, y + (size - dot) / 2, dot, dot);
      } else if (shown.counts[i]) {
        context.fillStyle = colour("fake");
        context.globalAlpha = 0.25 + 0.75 * Math.min(1, share(i) / (2 * shown.truth[i] || 1e-9));
        context.fillRect(...box);
      }
      if (i === reading.index() || i === shown.chosen) {
        context.globalAlpha = 1;
        context.strokeStyle = colour(i === shown.chosen ? "accent" : "focus");
        context.lineWidth = 2 * ratio;
        context.strokeRect(...box);
      }
    }
    context.globalAlpha = 1;
  }

  function redraw() {
    if (!shown) return;
    if (shown.rows) drawRows(); else drawCells();
  }

  function prepare(meta, buffers) {
    const [counts, truth] = buffers.map(gwFloats);
    return () => {
      const same = shown && shown.rows === meta.rows && shown.names.join("\n") === meta.names.join("\n");
      shown = { ...meta, counts, truth };
      if (!same) {
        if (meta.rows) buildRows(); else { rows = []; figure.replaceChildren(canvas); }
        figure.classList.toggle("gw-shares-rows", meta.rows);
        legend.replaceChildren(key("gw-fakes", meta.rows ? "fakes" : "fakes, stronger where more"),
          ...(meta.rows ? [key("gw-reals", "real share")] : []), key(meta.rows ? "gw-none" : "gw-spot", "missing"));
        legend.hidden = false;
      }
      said = meta.words;
      gwSet(figure, "aria-label", `shares of ${meta.names.length} classes. ${said}`);
      reading.resize(meta.names.length);
      redraw();
      reading.refresh();
    };
  }

  function follow() {
    if (choice) choice.select.value = model.get("factor");
  }

  gwFollow(view, root, redraw);
  model.on("change:factor", follow);
  view.onclose(() => model.off("change:factor", follow));
  follow();
  return { prepare };
});
