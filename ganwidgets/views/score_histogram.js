// Two stepped areas in a stretched SVG; the means stand above it, each in a row of its own so that they never collide.

export default gwView(({ model, root, body }) => {
  root.classList.add("gw-scores");
  const labels = model.get("labels"), waiting = model.get("placeholder");
  const shape = (kind, colour) => gwEl("path", {
    class: kind, style: `--gw-own: var(--gw-${colour})`, "vector-effect": "non-scaling-stroke",
  });
  const colours = ["real", "fake"];
  const areas = colours.map((colour) => shape("gw-scores-area", colour));
  const outlines = colours.map((colour) => shape("gw-scores-optimal", colour));
  const marks = colours.map((colour) => shape("gw-scores-mark", colour));
  const half = shape("gw-scores-half", "soft"), band = shape("gw-scores-band", "ink");
  half.setAttribute("d", "M500 0V1000");
  const svg = gwEl("svg", { viewBox: "0 0 1000 1000", preserveAspectRatio: "none", role: "img", "aria-label": waiting },
    band, half, ...areas, ...outlines, ...marks);
  const rows = colours.map((colour, i) => {
    const value = gwEl("b");
    const words = gwEl("span", { class: "gw-scores-mean", hidden: true, style: `--gw-own: var(--gw-${colour})` }, `mean ${labels[i]} `, value);
    return { row: gwEl("div", { class: "gw-scores-row" }, words), words, value };
  });
  const overlap = gwEl("b", {}, "–"), verdict = gwEl("span", { class: "gw-muted" });
  const note = gwEl("div", { class: "gw-scores-note gw-muted" }, waiting);
  const plot = gwEl("div", { class: "gw-scores-plot gw-readable", style: `height: ${model.get("chart_height")}px` }, svg);
  let shares = [], said = waiting;

  const percent = (share) => `${(100 * share).toFixed(share && share < 0.1 ? 1 : 0)} %`;
  const reading = gwReading(plot, {
    label: "Read off one bar",
    at: (x) => Math.min(shares[0]?.length - 1, Math.max(0, Math.floor(x * shares[0]?.length))),
    say(i) {
      const bins = shares[0].length, [real, fake, ...best] = shares.map((each) => percent(each[i]));
      return `${(i / bins).toFixed(2)} to ${((i + 1) / bins).toFixed(2)}: ${labels[0]} ${real}, ${labels[1]} ${fake}`
        + (best.length ? ` (D*: ${best[0]}, ${best[1]})` : "");
    },
    onread(i, words) {
      const bins = shares[0]?.length;
      band.setAttribute("d", i < 0 ? "" : `M${(1000 * i) / bins} 0H${(1000 * (i + 1)) / bins}V1000H${(1000 * i) / bins}Z`);
      gwText(note, words || said);
    },
  });

  body.append(
    gwEl("div", { class: "gw-scores-head" },
      gwEl("span", { title: "The area that both histograms share: 1 if D can't tell them apart, 0 if it always can" },
        gwEl("span", { class: "gw-label" }, "overlap "), overlap), verdict),
    ...rows.map(({ row }) => row), reading.input, plot,
    gwEl("div", { class: "gw-scores-axis" },
      gwEl("span", {}, "0 fake"), gwEl("span", {}, "½"), gwEl("span", {}, "real 1")), note);

  function steps(shares, top) {
    let path = "M0 1000";
    shares.forEach((share, i) => {
      path += `V${(1000 * (1 - Math.min(1, share / top))).toFixed(1)}H${(1000 * (i + 1) / shares.length).toFixed(1)}`;
    });
    return `${path}V1000`;
  }

  function prepare(meta, buffers) {
    const arrays = buffers.map(gwFloats);
    return () => {
      shares = arrays;
      const told = [];
      colours.forEach((_, i) => {
        const mean = meta.means[i];
        areas[i].setAttribute("d", steps(shares[i], meta.top));
        outlines[i].setAttribute("d", shares[i + 2] ? steps(shares[i + 2], meta.top) : "");
        marks[i].setAttribute("d", `M${1000 * mean} 0V1000`);
        rows[i].words.hidden = false;
        gwText(rows[i].value, mean.toFixed(2));
        rows[i].words.style.setProperty("--gw-at", mean);
        told.push(`mean ${labels[i]} ${mean.toFixed(2)}`);
      });
      gwText(overlap, meta.overlap.toFixed(2));
      gwText(verdict, meta.verdict);
      said = meta.note;
      const words = [...told, `overlap ${meta.overlap.toFixed(2)}`, ...(meta.verdict ? [meta.verdict] : [])];
      gwSet(svg, "aria-label", words.join(", "));
      root.dataset.overlap = meta.overlap.toFixed(4);
      reading.resize(shares[0].length);
      reading.refresh();
    };
  }
  return { prepare };
});
