// From noise to loss: six small pictures with arrows between them. Grey arrows go forward; the coloured ones are the way
// back, lit while somebody learns along them.

const GW_EDGES = [
  ["z", "G"], ["G", "fake"], ["fake", "D"], ["real", "D"], ["D", "d_loss"], ["D", "g_loss"],
];
const GW_BACK = { d: [["d_loss", "D"]], g: [["g_loss", "D"], ["D", "fake"], ["fake", "G"]] };
const GW_NODES = {
  z: ["z", "random noise z"], G: ["G", "the generator G, as it bends a grid of z"], fake: ["G(z)", "fakes"],
  real: ["x", "real points"], D: ["D(x)", "the discriminator D"],
  d_loss: ["D's loss", "D's loss"], g_loss: ["G's loss", "G's loss"],
};

export default gwView((view) => {
  const { model, root, body, ask, onclose } = view;
  root.classList.add("gw-pipeline");
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  let arrays = null, telling = null, playing = false, timer = 0;

  const nodes = {};
  for (const [name, [label, title]] of Object.entries(GW_NODES)) {
    const picture = name.endsWith("loss") ? gwEl("b", { class: "gw-pipeline-number" }, "–") : gwEl("canvas", { "aria-hidden": "true" });
    const box = gwEl("div", { class: `gw-pipeline-node gw-pipeline-${name}`, title }, picture, gwEl("span", {}, label));
    nodes[name] = { box, picture };
  }
  const arrows = gwEl("svg", { class: "gw-pipeline-arrows", "aria-hidden": "true" });
  const diagram = gwEl("div", { class: "gw-pipeline-diagram", role: "img", "aria-label": "from noise to loss" },
    arrows, ...Object.values(nodes).map(({ box }) => box));

  const count = gwEl("span", { class: "gw-muted" }), title = gwEl("b"), text = gwEl("div", { class: "gw-pipeline-text" });
  const back = gwButton("Back", () => go(telling.number - 1)), next = gwButton("Next", () => go(telling.number + 1));
  const pause = gwButton("Play", toggle, { class: "gw-button gw-primary gw-pipeline-pause" });
  const leave = gwButton("Done", () => { run(false); ask({ do: "leave" }, { key: "part" }); });
  const walk = gwButton("Slow motion", begin, { title: "One training step, part by part" });
  const story = gwEl("div", { class: "gw-pipeline-story", role: "group", "aria-label": "One step, part by part", hidden: true },
    gwEl("div", { class: "gw-row" }, pause, back, next, leave, count),
    gwEl("div", { class: "gw-pipeline-words", role: "status" }, title, text));
  const begins = gwEl("div", { class: "gw-row" }, walk, gwEl("span", { class: "gw-muted" }, "one training step, part by part"));
  const inside = gwEl("div", { class: "gw-pipeline-inside" }, diagram, begins, story);
  const fold = gwControl("button", { type: "button", class: "gw-pipeline-fold", onclick: () => {
    model.set("unfolded", !model.get("unfolded"));
    model.save_changes();
  } }, gwIcon("M6 4l4 4-4 4"), "From noise to loss");
  body.append(fold, inside);

  function begin() {
    run(!still.matches);
    ask({ do: "walk" }, { key: "part" });
  }

  function go(number) {
    run(false);
    if (telling && number >= 0 && number < telling.count) ask({ do: "part", value: number }, { key: "part" });
  }

  function run(on) {
    playing = on;
    gwText(pause, on ? "Pause" : "Play");
    plan();
  }

  // At its end the story begins again.
  function toggle() {
    const over = telling && telling.number + 1 >= telling.count;
    run(!playing);
    if (playing && over) ask({ do: "part", value: 0 }, { key: "part" });
  }

  // The next part comes by itself while the story plays; each frame plans the one after it.
  function plan() {
    clearTimeout(timer);
    if (!playing || !telling) return;
    const last = telling.number + 1 >= telling.count;
    timer = setTimeout(() => {
      if (last) run(false);
      else ask({ do: "part", value: telling.number + 1 }, { key: "part" });
    }, 1000 * model.get("seconds"));
  }

  story.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (to) go(telling.number + to);
    else if (event.key === "Escape") leave.click();
    else return;
    event.preventDefault();
  });

  function follow() {
    const open = model.get("unfolded");
    gwSet(fold, "aria-expanded", open);
    inside.hidden = !open;
    if (open) draw();
  }

  function place(canvas, extent, x, y) {
    const [left, right, bottom, top] = extent;
    return [((x - left) / (right - left)) * canvas.width, ((top - y) / (top - bottom)) * canvas.height];
  }

  function cloud(canvas, points, extent, colour) {
    const context = canvas.getContext("2d"), size = canvas.width / 34;
    context.fillStyle = colour;
    context.globalAlpha = 0.75;
    for (let i = 0; i < points.length; i += 2) {
      const [x, y] = place(canvas, extent, points[i], points[i + 1]);
      context.fillRect(x - size / 2, y - size / 2, size, size);
    }
  }

  function grid(canvas, colour) {
    const context = canvas.getContext("2d"), { warp, lines, extent } = arrays;
    context.strokeStyle = colour;
    context.lineWidth = canvas.width / 90;
    context.beginPath();
    for (let i = 0; i < lines; i += 2) {
      for (const at of [(j) => 2 * (i * lines + j), (j) => 2 * (j * lines + i)]) {
        for (let j = 0; j < lines; j++) {
          const point = place(canvas, extent, warp[at(j)], warp[at(j) + 1]);
          if (j) context.lineTo(...point); else context.moveTo(...point);
        }
      }
    }
    context.stroke();
  }

  function field(canvas, style) {
    const { cells } = arrays, small = document.createElement("canvas"), image = new ImageData(cells, cells);
    small.width = small.height = cells;
    const [real, fake] = ["--gw-real", "--gw-fake"].map((name) => gwRgb(style.getPropertyValue(name)));
    arrays.field.forEach((value, i) => {
      const sure = value / 127.5 - 1, at = 4 * ((cells - 1 - Math.floor(i / cells)) * cells + (i % cells));
      (sure > 0 ? real : fake).forEach((part, channel) => { image.data[at + channel] = part; });
      image.data[at + 3] = 130 * Math.abs(sure);
    });
    small.getContext("2d").putImageData(image, 0, 0);
    canvas.getContext("2d").drawImage(small, 0, 0, canvas.width, canvas.height);
  }

  function draw() {
    if (!arrays || !model.get("unfolded") || !nodes.z.picture.clientWidth) return;
    const style = getComputedStyle(root), colour = (name) => style.getPropertyValue(`--gw-${name}`), painters = {
      z: (canvas) => cloud(canvas, arrays.z, [-3, 3, -3, 3], colour("ink")),
      G: (canvas) => grid(canvas, colour("fake")),
      fake: (canvas) => cloud(canvas, arrays.fake, arrays.extent, colour("fake")),
      real: (canvas) => cloud(canvas, arrays.real, arrays.extent, colour("real")),
      D: (canvas) => field(canvas, style),
    };
    for (const [name, paint] of Object.entries(painters)) {
      const canvas = nodes[name].picture, side = Math.round(canvas.clientWidth * (window.devicePixelRatio || 1));
      canvas.width = canvas.height = side;
      paint(canvas);
    }
    connect();
  }

  // The arrows run between the boxes, wherever these have come to lie.
  function connect() {
    const frame = diagram.getBoundingClientRect();
    const ends = (from, to, shift) => {
      const [a, b] = [from, to].map((name) => nodes[name].picture.getBoundingClientRect());
      const forward = a.left < b.left, y = (box) => box.top + box.height / 2 - frame.top + shift;
      const [x1, x2] = forward ? [a.right + 2, b.left - 3] : [a.left - 2, b.right + 3];
      // Into D from above and below, not all into one point.
      const lean = (box, other) => Math.max(box.top - frame.top + 6, Math.min(box.bottom - frame.top - 6, y(other)));
      const [y1, y2] = [from === "D" ? lean(a, b) : y(a), to === "D" ? lean(b, a) : y(b)];
      return [x1 - frame.left, y1, x2 - frame.left, y2];
    };
    const arrow = (edge, shift, kind) => {
      const [x1, y1, x2, y2] = ends(...edge, shift), length = Math.hypot(x2 - x1, y2 - y1) || 1;
      const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length], head = 4;
      const side = (s) => `${x2 - head * (ux + s * 0.7 * uy)} ${y2 - head * (uy - s * 0.7 * ux)}`;
      return gwEl("path", { class: kind, d: `M${x1} ${y1}L${x2} ${y2}M${side(1)}L${x2} ${y2}L${side(-1)}` });
    };
    const lit = Object.entries(GW_BACK).filter(([who]) => arrays.learning === who || arrays.learning === "both");
    arrows.setAttribute("viewBox", `0 0 ${frame.width} ${frame.height}`);
    arrows.replaceChildren(
      ...GW_EDGES.map((edge) => arrow(edge, lit.length ? -5 : 0, "gw-pipeline-edge")),
      ...lit.flatMap(([who, edges]) => edges.map((edge) => arrow(edge, 5, `gw-pipeline-back gw-pipeline-back-${who}`))));
  }

  function tell() {
    begins.hidden = Boolean(telling);
    if (!telling) gwPassFocus(story, walk);
    story.hidden = !telling;
    for (const [name, { box }] of Object.entries(nodes)) {
      box.classList.toggle("gw-pipeline-now", Boolean(telling?.nodes.includes(name)));
      box.classList.toggle("gw-pipeline-later", Boolean(telling && !telling.reached.includes(name)));
    }
    root.dataset.part = telling ? telling.number : "";
    if (!telling) return run(false);
    gwText(count, `step ${telling.step.toLocaleString("en")}, part ${telling.number + 1} of ${telling.count}`);
    gwText(title, telling.title);
    gwText(text, telling.text);
    // Not `disabled`, which would take the focus from a hand that presses on.
    gwSet(back, "aria-disabled", telling.number === 0);
    gwSet(next, "aria-disabled", telling.number + 1 >= telling.count);
    plan();
  }

  function prepare(meta, buffers) {
    const fieldBytes = gwBytes(buffers[0]), [z, warp, fake, real] = buffers.slice(1).map(gwFloats);
    return () => {
      const began = meta.telling && meta.telling.step !== telling?.step && gwHasFocus();
      arrays = { ...meta, field: fieldBytes, z, warp, fake, real };
      telling = meta.telling;
      for (const name of ["d_loss", "g_loss"]) gwText(nodes[name].picture, meta[name] === null ? "–" : meta[name].toFixed(2).replace("-", "−"));
      gwSet(diagram, "aria-label", telling ? `from noise to loss: ${telling.title}` : "from noise to loss");
      tell();
      draw();
      // A hand that began it, by this view's button or the player's, goes on here by keys; no one else loses the focus.
      if (began) {
        run(!still.matches);
        pause.focus({ preventScroll: true });
        root.scrollIntoView({ block: "nearest" });
      }
    };
  }

  gwFollow(view, inside, draw);
  model.on("change:unfolded", follow);
  onclose(() => { model.off("change:unfolded", follow); clearTimeout(timer); });
  follow();
  return { prepare };
});

// "#0072b2" as [0, 114, 178].
function gwRgb(hex) {
  const text = hex.trim().slice(1);
  return [0, 2, 4].map((at) => parseInt(text.slice(at, at + 2), 16));
}
