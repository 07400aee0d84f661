// Three axes and a triangle for each model; the same numbers as a table beside it.

export default gwView((view) => {
  const { root, body } = view;
  root.classList.add("gw-trilemma");
  const canvas = gwEl("canvas", { class: "gw-trilemma-canvas", role: "img" });
  const head = gwEl("tr"), rows = gwEl("tbody");
  const table = gwEl("table", { class: "gw-trilemma-table" }, gwEl("thead", {}, head), rows);
  const words = gwEl("p", { class: "gw-trilemma-words", role: "status" });
  body.append(gwEl("div", { class: "gw-trilemma-board" }, canvas, gwEl("div", { class: "gw-stack" }, gwEl("div", { class: "gw-trilemma-scroll" }, table), words)));
  let shown = null;
  const ways = [[0, -1], [0.866, 0.5], [-0.866, 0.5]];

  function draw() {
    if (!shown) return;
    const dpr = window.devicePixelRatio || 1, width = Math.round(canvas.clientWidth * dpr), height = Math.round(canvas.clientHeight * dpr);
    if (!width) return;
    if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
    const context = canvas.getContext("2d"), style = getComputedStyle(root), radius = Math.min(0.34 * width, 0.46 * height);
    const colour = (name) => style.getPropertyValue(`--gw-${name}`);
    const at = (axis, share) => [width / 2 + share * radius * ways[axis][0], 0.6 * height + share * radius * ways[axis][1]];
    const triangle = (shares) => {
      context.beginPath();
      shares.forEach((share, axis) => context.lineTo(...at(axis, share ?? 0)));
      context.closePath();
    };
    context.clearRect(0, 0, width, height);
    context.lineWidth = dpr;
    context.strokeStyle = colour("line");
    for (const share of [0.5, 1]) { triangle([share, share, share]); context.stroke(); }
    context.font = `${12 * dpr}px ${style.fontFamily}`;
    context.fillStyle = colour("ink");
    shown.axes.forEach((axis, index) => {
      context.beginPath();
      context.moveTo(...at(index, 0));
      context.lineTo(...at(index, 1));
      context.stroke();
      const [x, y] = at(index, index ? 1 : 1.1); // beyond the farthest dot
      context.textAlign = "center";
      context.fillText(axis, x, index ? y + 16 * dpr : y - 7 * dpr);
    });
    context.lineWidth = 2 * dpr;
    for (const model of shown.models) {
      context.fillStyle = context.strokeStyle = colour(model.colour);
      triangle(model.places);
      context.globalAlpha = 0.16;
      context.fill();
      context.globalAlpha = 1;
      context.stroke();
      model.places.forEach((share, axis) => {
        if (share === null) return;
        context.beginPath();
        context.arc(...at(axis, share), 3.5 * dpr, 0, 7);
        context.fill();
      });
    }
  }

  function prepare(meta) {
    return () => {
      shown = meta;
      head.replaceChildren(...meta.heads.map((text) => gwEl("th", { scope: "col" }, text)));
      rows.replaceChildren(...meta.models.map((model) => gwEl("tr", {},
        gwEl("th", { scope: "row" }, gwEl("span", { class: "gw-trilemma-swatch", style: `background: var(--gw-${model.colour})` }), model.name),
        ...model.cells.map((text) => gwEl("td", {}, text)))));
      gwText(words, meta.words);
      gwSet(canvas, "aria-label", `quality, coverage and speed of ${meta.models.map((model) => model.name).join(", ")}`);
      draw();
    };
  }

  gwFollow(view, canvas, draw);
  return { prepare };
});
