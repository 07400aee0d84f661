// Figures in large type, and a strip: time runs to the right, each row is a mode, blank where it held nothing.

export default gwView((view) => {
  const { model, root, body, ask } = view;
  root.classList.add("gw-past");
  const noun = model.get("noun"), nouns = model.get("nouns");
  const figures = gwEl("div", { class: "gw-row gw-past-figures" });
  const canvas = gwEl("canvas", { class: "gw-past-strip", role: "img", "aria-label": `${nouns} held over time` });
  const surface = gwEl("div", { class: "gw-readable gw-past-space" }, canvas);
  const rows = gwEl("div", { class: "gw-past-rows", "aria-hidden": "true" });
  const first = gwEl("span"), last = gwEl("span"), words = gwEl("div", { class: "gw-past-words gw-muted" });
  const back = gwButton("Back to the newest", () => ask({ do: "pick", value: null }, { key: "pick" }), { hidden: true });
  const frame = gwEl("div", { class: "gw-past-frame" }, rows);
  const part = gwEl("div", { hidden: true },
    gwEl("div", { class: "gw-label" }, `${nouns} held over time: one row each, blank where it holds nothing`),
    frame, gwEl("div", { class: "gw-past-axis" }, first, last), gwEl("div", { class: "gw-row gw-past-foot" }, words, back));
  body.append(figures, part);
  let past = null, cells = [], said = "";

  const when = (i) => Math.round(past.steps[i]).toLocaleString("en");
  const reading = gwReading(surface, {
    label: "Read off one moment; Enter shows it",
    at: (x) => (past ? Math.min(past.steps.length - 1, Math.max(0, Math.floor(x * past.steps.length))) : -1),
    say(i) {
      const count = past.names.length, empty = past.names.filter((_, k) => !past.held[i * count + k]);
      const held = Number(past.covered[i].toFixed(1));
      const none = empty.length ? `; none: ${empty.slice(0, 6).join(", ")}${empty.length > 6 ? " …" : ""}` : "";
      return `step ${when(i)}: ${held} of ${count} ${nouns} held${none}`;
    },
    onread(i, text) {
      gwText(words, text || said);
      draw();
    },
    onpick: (i) => { if (i >= 0) ask({ do: "pick", value: Math.round(past.steps[i]) }, { key: "pick" }); },
  });
  frame.append(reading.input, surface);

  function showFigures(list) {
    if (cells.length !== list.length) {
      cells = list.map(() => ({ label: gwEl("div", { class: "gw-label" }), value: gwEl("div", { class: "gw-past-value" }), note: gwEl("div", { class: "gw-past-note" }) }));
      figures.replaceChildren(...cells.map(({ label, value, note }) => gwEl("div", {}, label, value, note)));
    }
    list.forEach((texts, i) => ["label", "value", "note"].forEach((name, k) => gwText(cells[i][name], texts[k])));
  }

  // Every row's name where each has room for it, else none.
  function showRows(names, height) {
    const fit = names.length * 11 <= height && names.every((name) => name.length <= 3);
    if (rows.children.length === (fit ? names.length : 0)) return;
    rows.replaceChildren(...(fit ? names : []).map((name) => gwEl("span", {}, name)));
  }

  function draw() {
    if (!past || !past.steps.length) return;
    const ratio = window.devicePixelRatio || 1, width = Math.round(canvas.clientWidth * ratio);
    const height = Math.round(canvas.clientHeight * ratio), count = past.names.length, times = past.steps.length;
    if (!width) return;
    if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
    const context = canvas.getContext("2d"), style = getComputedStyle(root);
    const [red, green, blue] = gwRgb(style.getPropertyValue("--gw-fake"));
    const image = new ImageData(times, count);
    for (let t = 0; t < times; t++) {
      for (let k = 0, at = 4 * t; k < count; k++, at += 4 * times) {
        image.data[at] = red;
        image.data[at + 1] = green;
        image.data[at + 2] = blue;
        image.data[at + 3] = past.held[t * count + k];
      }
    }
    const small = document.createElement("canvas");
    small.width = times;
    small.height = count;
    small.getContext("2d").putImageData(image, 0, 0);
    context.clearRect(0, 0, width, height);
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, width, height);
    context.fillStyle = style.getPropertyValue("--gw-paper");
    for (let k = 1; k < count && height / count > 4 * ratio; k++) context.fillRect(0, Math.round((k * height) / count), width, ratio);
    const line = (i, name) => {
      context.strokeStyle = style.getPropertyValue(name);
      context.lineWidth = 2 * ratio;
      context.strokeRect((i * width) / times, ratio, Math.max(2 * ratio, width / times), height - 2 * ratio);
    };
    if (past.marked !== null) line(past.steps.reduce((best, step, i) => (Math.abs(step - past.marked) < Math.abs(past.steps[best] - past.marked) ? i : best), 0), "--gw-ink");
    if (reading.index() >= 0) line(reading.index(), "--gw-focus");
  }

  function prepare(meta, buffers) {
    const [steps, covered] = buffers.map((buffer, i) => (i < 2 ? gwFloats(buffer) : null)), held = gwBytes(buffers[2]);
    return () => {
      past = { ...meta, steps, covered, held };
      showFigures(meta.figures);
      part.hidden = steps.length < 2;
      const height = Math.min(130, Math.max(48, 12 * meta.names.length));
      canvas.style.height = `${height}px`;
      rows.style.height = `${height}px`;
      showRows(meta.names, height);
      gwText(first, steps.length ? `step ${when(0)}` : "");
      gwText(last, steps.length > 1 ? when(steps.length - 1) : "");
      said = meta.marked === null ? meta.words : `on show: step ${meta.marked.toLocaleString("en")}`;
      back.hidden = meta.marked === null || !model.get("way_back");
      gwSet(canvas, "aria-label", `${nouns} held over time. ${meta.figures.map(([label, value]) => `${label} ${value}`).join(", ")}`);
      reading.resize(steps.length);
      reading.refresh();
    };
  }

  gwFollow(view, root, draw);
  return { prepare };
});

// "#0072b2" as [0, 114, 178].
function gwRgb(hex) {
  const text = hex.trim().slice(1);
  return [0, 2, 4].map((at) => parseInt(text.slice(at, at + 2), 16));
}
