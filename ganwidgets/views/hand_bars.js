// Bars that can be bent by hand: draw with the pointer, or choose a bar with ← → and move it with ↑ ↓.

export default gwView((view) => {
  const { model, root, body, ask, painted } = view;
  root.classList.add("gw-hand-bars");
  const canvas = gwControl("canvas", {
    class: "gw-hand-canvas", role: "application", tabindex: "0", style: `height: ${model.get("chart_height")}px`,
    title: "Draw with the pointer, or use the arrow keys", "aria-label": "",
  });
  const labels = model.get("labels"), [first, second, third] = labels, COLOURS = ["real", "fake", "discriminator"];
  const numbers = labels.map(() => gwEl("b"));
  const keys = labels.map((label, k) => gwEl("span", { class: "gw-hand-key", style: `color: var(--gw-${COLOURS[k]})` }, `${label} `, numbers[k]));
  const tick = (place, text) => gwEl("span", { class: `gw-hand-tick gw-hand-${place}`, "aria-hidden": "true" }, text);
  const top = tick("top", ""), where = gwEl("span", { class: "gw-muted" }, `drag ${second}, or bend it with the arrow keys`);
  body.append(
    gwEl("div", { class: "gw-hand-frame" }, canvas, top, tick("bottom", "0"),
      ...[["top", "1"], ["middle", "½"], ["bottom", "0"]].map(([place, text]) => tick(`${place} gw-hand-line`, text))),
    gwEl("div", { class: "gw-row" }, ...keys, where));
  // What a stroke has pulled lies over what the kernel says until the hand has let go and all is answered; so long the
  // axis stays, too.
  let shown = null, chosen = null, pulled = new Map(), axis = 1, down = false, open = 0, last = null;
  const within = (number, high) => Math.min(high, Math.max(0, number));

  // As the kernel will say: a stroke that asks for more than there is gets its shape, not its height.
  function share(index) {
    if (!pulled.has(index)) return shown.second[index];
    return pulled.get(index) / Math.max(1, [...pulled.values()].reduce((sum, each) => sum + each));
  }

  function draw() {
    if (!shown) return;
    tell();
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
    const bar = (amount, index, name) => {
      const tall = within(amount / axis, 1) * height;
      context.fillStyle = context.strokeStyle = colour(name);
      context.globalAlpha = 0.42;
      context.fillRect(index * step + ratio, height - tall, step - 2 * ratio, tall);
      context.globalAlpha = 1;
      context.lineWidth = (name === "fake" && index === chosen ? 3 : 1.4) * ratio;
      context.strokeRect(index * step + ratio, height - tall, step - 2 * ratio, tall);
    };
    shown.first.forEach((amount, index) => bar(amount, index, "real"));
    shown.second.forEach((_, index) => bar(share(index), index, "fake"));
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

  // The axis and the numbers of the chosen place.
  function tell() {
    gwText(top, String(Number(axis.toPrecision(2))));
    if (chosen === null) {
      gwSet(canvas, "aria-label", `${first} and ${second} over ${shown.count} places`);
      return;
    }
    const told = [shown.first[chosen].toFixed(3), share(chosen).toFixed(3), shown.line[chosen].toFixed(2)];
    told.forEach((text, k) => gwText(numbers[k], text));
    gwText(where, `place ${chosen + 1} of ${shown.count}`);
    gwSet(canvas, "aria-label", `${second} at place ${chosen + 1} of ${shown.count}: ${told[1]}, ${first} ${told[0]}, ${third} ${told[2]}`);
  }

  async function bend() {
    open++;
    draw();
    await ask({ do: "bend", bars: [...pulled] }, { key: "bend" });
    await painted();
    open--;
    settle();
  }

  function settle() {
    if (!down && !open) {
      pulled.clear();
      axis = shown.top;
    }
    draw();
  }

  // A quick stroke leaves no bar out: those between two places of the pointer lie on a line.
  function follow(event) {
    const box = canvas.getBoundingClientRect();
    const index = within(Math.floor(((event.clientX - box.left) / box.width) * shown.count), shown.count - 1);
    const level = axis * within(1 - (event.clientY - box.top) / box.height, 1);
    const [from, before] = last ?? [index, level], way = Math.sign(index - from);
    for (let at = from; at !== index; at += way) pulled.set(at, before + ((level - before) * (at - from)) / (index - from));
    pulled.set(index, level);
    last = [index, level];
    chosen = index;
    bend();
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (!shown || event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    down = true;
    last = null;
    follow(event);
  });
  canvas.addEventListener("pointermove", (event) => { if (down) follow(event); });
  canvas.addEventListener("lostpointercapture", () => { down = false; settle(); });
  canvas.addEventListener("keydown", (event) => {
    if (!shown || !event.key.startsWith("Arrow")) return;
    event.preventDefault();
    const across = (event.key === "ArrowRight") - (event.key === "ArrowLeft");
    chosen = chosen === null ? 0 : within(chosen + across, shown.count - 1);
    if (across) draw();
    else {
      pulled.set(chosen, within(share(chosen) + (event.key === "ArrowUp" ? 0.05 : -0.05) * axis, 1));
      bend();
    }
  });

  function prepare(meta, buffers) {
    const [a, b, c] = buffers.map(gwFloats);
    return () => {
      shown = { ...meta, first: a, second: b, line: c };
      settle();
    };
  }

  gwFollow(view, root, draw);
  return { prepare };
});
