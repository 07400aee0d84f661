// Pictures through gwTiles, points on a canvas of their own; the first frame says which.

export default gwView((view) => {
  const { model, root, body } = view;
  root.classList.add("gw-samples");
  const size = model.get("width");
  const tiles = gwTiles(view, { label: (count) => `${count} ${model.get("label")}`, maxWidth: size });
  const canvas = gwEl("canvas", { class: "gw-samples-points", role: "img", style: `max-width: ${size}px` });
  const text = gwEl("div", { class: "gw-samples-text gw-muted", style: `max-width: ${size}px` }, model.get("placeholder"));
  const caption = gwEl("div", { class: "gw-samples-caption", hidden: true });
  body.append(caption, tiles.node, canvas, text);
  let points = null;

  function reveal(node) {
    for (const other of [tiles.node, canvas, text]) other.hidden = other !== node;
  }

  function drawPoints() {
    if (!points || canvas.hidden) return;
    const side = Math.round(canvas.clientWidth * (window.devicePixelRatio || 1));
    if (canvas.width !== side) canvas.width = canvas.height = side;
    const context = canvas.getContext("2d"), style = getComputedStyle(root);
    context.clearRect(0, 0, side, side);
    const scale = side / 2 / points.reach, radius = side / 220;
    const dots = (array, colour, opacity) => {
      context.globalAlpha = opacity;
      context.fillStyle = style.getPropertyValue(colour);
      for (let i = 0; i < array.length; i += 2) {
        context.beginPath();
        context.arc(side / 2 + array[i] * scale, side / 2 - array[i + 1] * scale, radius, 0, 7);
        context.fill();
      }
    };
    dots(points.real, "--gw-real", 0.35);
    dots(points.fake, "--gw-fake", 0.75);
  }

  async function prepare(meta, buffers) {
    if (meta.type === "text") return () => { text.textContent = meta.text; reveal(text); };
    if (meta.type === "points") {
      const [real, fake] = buffers.map(gwFloats);
      return () => {
        points = { real, fake, reach: meta.reach };
        reveal(canvas);
        canvas.setAttribute("aria-label", `${meta.total} ${model.get("label")}`);
        drawPoints();
      };
    }
    tiles.node.hidden = false; // it has to have a width before it is painted
    const draw = await tiles.prepare(meta, buffers[0]);
    return () => { reveal(tiles.node); draw(); };
  }

  function hear(content) {
    if (content.kind !== "caption") return;
    gwText(caption, content.text);
    caption.hidden = !content.text;
  }

  gwFollow(view, root, drawPoints);
  reveal(text);
  return { prepare, hear };
});
