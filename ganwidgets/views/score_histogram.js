// Two stepped areas in a stretched SVG; the means stand above it, each in a row of its own so that they never collide.

export default gwView(({ model, root, body }) => {
  root.classList.add("gw-scores");
  const labels = model.get("labels");
  const shape = (kind, colour) => gwEl("path", {
    class: kind, style: `--gw-own: var(--gw-${colour})`, "vector-effect": "non-scaling-stroke",
  });
  const colours = ["real", "fake"];
  const areas = colours.map((colour) => shape("gw-scores-area", colour));
  const outlines = colours.map((colour) => shape("gw-scores-optimal", colour));
  const marks = colours.map((colour) => shape("gw-scores-mark", colour));
  const half = shape("gw-scores-half", "soft");
  half.setAttribute("d", "M500 0V1000");
  const svg = gwEl("svg", { viewBox: "0 0 1000 1000", preserveAspectRatio: "none", "aria-hidden": "true" },
    half, ...areas, ...outlines, ...marks);
  const rows = colours.map((colour, i) => {
    const value = gwEl("b");
    const words = gwEl("span", { class: "gw-scores-mean", hidden: true, style: `--gw-own: var(--gw-${colour})` }, `mean ${labels[i]} `, value);
    return { row: gwEl("div", { class: "gw-scores-row" }, words), words, value };
  });
  const overlap = gwEl("b", {}, "–"), note = gwEl("span", { class: "gw-label" });
  const figure = gwEl("div", { role: "img", "aria-label": "no scores yet" },
    gwEl("div", { class: "gw-row gw-scores-head" },
      gwEl("span", { title: "The area that both histograms share: 1 if D can't tell them apart, 0 if it always can" },
        gwEl("span", { class: "gw-label" }, "overlap "), overlap), note),
    ...rows.map(({ row }) => row),
    gwEl("div", { class: "gw-scores-plot", style: `height: ${model.get("chart_height")}px` }, svg),
    gwEl("div", { class: "gw-scores-axis" },
      gwEl("span", {}, "0 fake"), gwEl("span", {}, "½"), gwEl("span", {}, "real 1")));
  body.append(figure);

  function steps(shares, top) {
    let path = "M0 1000";
    shares.forEach((share, i) => {
      path += `V${(1000 * (1 - Math.min(1, share / top))).toFixed(1)}H${(1000 * (i + 1) / shares.length).toFixed(1)}`;
    });
    return `${path}V1000`;
  }

  function prepare(meta, buffers) {
    const shares = buffers.map(gwFloats);
    return () => {
      const said = [];
      colours.forEach((_, i) => {
        const mean = meta.means[i];
        areas[i].setAttribute("d", steps(shares[i], meta.top));
        outlines[i].setAttribute("d", shares[i + 2] ? steps(shares[i + 2], meta.top) : "");
        marks[i].setAttribute("d", `M${1000 * mean} 0V1000`);
        rows[i].words.hidden = false;
        rows[i].value.textContent = mean.toFixed(2);
        rows[i].words.style.setProperty("--gw-at", mean);
        said.push(`mean ${labels[i]} ${mean.toFixed(2)}`);
      });
      overlap.textContent = meta.overlap.toFixed(2);
      note.textContent = meta.note;
      figure.setAttribute("aria-label", `${said.join(", ")}, overlap ${meta.overlap.toFixed(2)}`);
      root.dataset.overlap = meta.overlap.toFixed(4);
    };
  }
  return { prepare };
});
