// A phase portrait on a canvas. The start is a handle: drag it, or move it with the arrow keys.

export default gwView((view) => {
  const { model, root, body, ask } = view;
  root.classList.add("gw-phase");
  const canvas = gwControl("canvas", {
    class: "gw-phase-canvas", role: "application", tabindex: "0", style: `max-width: ${model.get("width")}px`,
    title: "Drag, or use the arrow keys, to start elsewhere",
  });
  const words = gwEl("div", { class: "gw-phase-words gw-muted", role: "status" });
  body.append(canvas, words, gwEl("div", { class: "gw-muted" }, "Drag the green point to start elsewhere, or use the arrow keys."));
  let picture = null, start = null, held = 0;

  const place = (x, y) => {
    const half = canvas.width / 2;
    return [half + (x / picture.reach) * half, half - (y / picture.reach) * half];
  };

  function disc(context, x, y, radius, colour) {
    context.fillStyle = colour;
    context.beginPath();
    context.arc(...place(x, y), radius, 0, 7);
    context.fill();
  }

  function draw() {
    if (!picture) return;
    const side = Math.round(canvas.clientWidth * (window.devicePixelRatio || 1));
    if (!side) return;
    if (canvas.width !== side) canvas.width = canvas.height = side;
    const context = canvas.getContext("2d"), style = getComputedStyle(root), unit = side / 420;
    const colour = (name) => style.getPropertyValue(`--gw-${name}`);
    context.clearRect(0, 0, side, side);
    context.strokeStyle = colour("hair");
    context.lineWidth = unit;
    context.beginPath();
    context.moveTo(0, side / 2);
    context.lineTo(side, side / 2);
    context.moveTo(side / 2, 0);
    context.lineTo(side / 2, side);
    context.stroke();
    context.globalAlpha = 0.55;
    gwArrows(context, picture.arrows, place, colour("soft"), unit);
    context.globalAlpha = 1;
    const { path } = picture;
    context.strokeStyle = colour("fake");
    context.lineWidth = 1.8 * unit;
    context.beginPath();
    for (let i = 0; i < path.length; i += 2) {
      if (i) context.lineTo(...place(path[i], path[i + 1])); else context.moveTo(...place(path[i], path[i + 1]));
    }
    context.stroke();
    if (path.length) disc(context, path[path.length - 2], path[path.length - 1], 4 * unit, colour("fake"));
    if (start) disc(context, ...start, 7 * unit, colour("discriminator"));
    context.fillStyle = colour("soft");
    const size = Math.max(13 * unit, 11 * (window.devicePixelRatio || 1)); // legible on a narrow page, too
    context.font = `${size}px ${style.fontFamily}`;
    context.fillText(model.get("y_label"), side / 2 + 7 * unit, size + 2 * unit);
    context.textAlign = "right";
    context.fillText(model.get("x_label"), side - 5 * unit, side / 2 - 7 * unit);
    context.textAlign = "left";
  }

  function move(x, y) {
    const limit = (value) => Math.min(picture.reach, Math.max(-picture.reach, value));
    start = [limit(x), limit(y)];
    held++;
    ask({ do: "start", x: start[0], y: start[1] }, { key: "start" }).then(() => { held--; });
    draw();
  }

  function follow(event) {
    const box = canvas.getBoundingClientRect();
    move((2 * (event.clientX - box.left) / box.width - 1) * picture.reach,
      (1 - 2 * (event.clientY - box.top) / box.height) * picture.reach);
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (!picture) return;
    canvas.setPointerCapture(event.pointerId);
    follow(event);
  });
  canvas.addEventListener("pointermove", (event) => { if (canvas.hasPointerCapture(event.pointerId)) follow(event); });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!step || !start) return;
    event.preventDefault();
    move(...start.map((value, k) => value + (step[k] * picture.reach) / 20));
  });

  function prepare(meta, buffers) {
    const [arrows, path] = buffers.map(gwFloats);
    return () => {
      picture = { reach: meta.reach, arrows, path };
      // While the hand holds it, the kernel's start is older than the hand's.
      if (!held || !start) start = path.length ? [path[0], path[1]] : null;
      gwText(words, meta.words);
      gwSet(canvas, "aria-label", `Phase portrait of ${model.get("x_label")} and ${model.get("y_label")}. ${meta.words}`);
      draw();
    };
  }

  gwFollow(view, root, draw);
  return { prepare };
});
