// Bars that can be bent by hand: draw with the pointer, or choose a bar with ← → and move it with ↑ ↓.

export default gwView((view) => {
  const { model, root, body, ask } = view;
  root.classList.add("gw-hand-bars");
  const canvas = gwControl("canvas", {
    class: "gw-hand-canvas", role: "application", tabindex: "0", style: `height: ${model.get("chart_height")}px`,
    title: "Draw with the pointer, or use the arrow keys", "aria-label": "",
  });
  const key = (label, colour) => gwEl("span", { class: "gw-hand-key", style: `color: var(--gw-${colour})` }, label);
  const [first, second, third] = model.get("labels");
  body.append(canvas, gwEl("div", { class: "gw-row" }, key(first, "real"), key(second, "fake"), key(third, "discriminator"),
    gwEl("span", { class: "gw-muted" }, `drag ${second}, or bend it with the arrow keys`)));
  let shown = null, chosen = null, pulled = new Map(), open = 0;

  function draw() {
    if (!shown) return;
    const ratio = window.devicePixelRatio || 1, width = Math.round(canvas.clientWidth * ratio);
    const height = Math.round(canvas.clientHeight * ratio);
    if (!width) return;
    if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
    const context = canvas.getContext("2d"), style = getComputedStyle(root);
    const colour = (name) => style.getPropertyValue(`--gw-${name}`);
    const step = width / shown.count;
    context.clearRect(0, 0, width, height);
    context.setLineDash([4 * ratio, 4 * ratio]);
    context.strokeStyle = colour("line");
    context.beginPath();
    context.moveTo(0, height / 2);
    context.lineTo(width, height / 2);
    context.stroke();
    context.setLineDash([]);
    const bars = (array, name) => array.forEach((share, index) => {
      const tall = Math.min(1, share) * height;
      context.fillStyle = context.strokeStyle = colour(name);
      context.globalAlpha = 0.42;
      context.fillRect(index * step + ratio, height - tall, step - 2 * ratio, tall);
      context.globalAlpha = 1;
      context.lineWidth = (name === "fake" && index === chosen ? 3 : 1.4) * ratio;
      context.strokeRect(index * step + ratio, height - tall, step - 2 * ratio, tall);
    });
    bars(shown.first, "real");
    bars(shown.second, "fake");
    context.strokeStyle = context.fillStyle = colour("discriminator");
    context.lineWidth = 2 * ratio;
    context.beginPath();
    shown.line.forEach((value, index) => context.lineTo((index + 0.5) * step, (1 - value) * height));
    context.stroke();
    shown.line.forEach((value, index) => {
      context.beginPath();
      context.arc((index + 0.5) * step, (1 - value) * height, 3 * ratio, 0, 7);
      context.fill();
    });
  }

  // What the hand has pulled is kept until the kernel has answered, so that a quick stroke leaves no bar out.
  function pull(index, height) {
    const level = Math.min(1, Math.max(0, height));
    shown.second[index] = level;
    pulled.set(index, level);
    open++;
    ask({ do: "bend", bars: [...pulled] }, { key: "bend" }).then(() => { if (!--open) pulled.clear(); });
    draw();
  }

  let last = null;
  function follow(event) {
    const box = canvas.getBoundingClientRect();
    const index = Math.min(shown.count - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * shown.count)));
    const height = 1 - (event.clientY - box.top) / box.height;
    const from = last === null ? index : last, way = Math.sign(index - from);
    for (let at = from; at !== index; at += way) pull(at, height);
    pull(index, height);
    last = chosen = index;
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (!shown) return;
    canvas.setPointerCapture(event.pointerId);
    last = null;
    follow(event);
  });
  canvas.addEventListener("pointermove", (event) => { if (canvas.hasPointerCapture(event.pointerId)) follow(event); });
  canvas.addEventListener("keydown", (event) => {
    if (!shown || !event.key.startsWith("Arrow")) return;
    event.preventDefault();
    const across = (event.key === "ArrowRight") - (event.key === "ArrowLeft");
    chosen = Math.min(shown.count - 1, Math.max(0, (chosen ?? (across > 0 ? -1 : 1)) + across));
    if (across) draw();
    else pull(chosen, shown.second[chosen] + (event.key === "ArrowUp" ? 0.05 : -0.05));
    gwSet(canvas, "aria-label", `${second} at place ${chosen + 1} of ${shown.count}: ${(100 * shown.second[chosen]).toFixed(0)} % of the height`);
  });

  function prepare(meta, buffers) {
    const [a, b, c] = buffers.map(gwFloats);
    return () => {
      shown = { count: meta.count, first: a, second: b, line: c };
      for (const [index, level] of pulled) shown.second[index] = level;
      if (!canvas.getAttribute("aria-label")) canvas.setAttribute("aria-label", `${first} and ${second} over ${meta.count} places`);
      draw();
    };
  }

  gwFollow(view, root, draw);
  return { prepare };
});
