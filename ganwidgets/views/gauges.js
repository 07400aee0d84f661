// Cards of measures. The blue band is what other real samples get, the dot is now, the line is the way of the slider.

export default gwView((view) => {
  const { root, body } = view;
  root.classList.add("gw-gauges");
  const legend = gwEl("div", { class: "gw-row gw-gauges-legend gw-muted" },
    ...[["gw-gauge-band-key", "other real samples"], ["gw-gauge-few gw-gauge-few-key", "as few of them"], ["gw-gauge-dot-key", "the spoilt ones"]]
      .map(([kind, text]) => gwEl("span", { class: "gw-gauge-key" }, gwEl("span", { class: kind }), text)));
  const fewer = legend.children[1];
  const grid = gwEl("div", { class: "gw-gauges-grid" });
  body.append(legend, grid);
  let names = "", cards = [];

  function build(gauges) {
    const now = JSON.stringify(gauges.map((gauge) => gauge.name));
    if (now === names) return;
    names = now;
    cards = gauges.map((gauge) => {
      const value = gwEl("b", { class: "gw-gauge-value" }), verdict = gwEl("div", { class: "gw-gauge-verdict" });
      const shape = (kind, box) => gwEl("path", { class: kind, "vector-effect": "non-scaling-stroke", ...box });
      const band = shape("gw-gauge-band"), line = shape("gw-gauge-line"), base = shape("gw-gauge-base");
      const svg = gwEl("svg", { viewBox: "0 0 1000 1000", preserveAspectRatio: "none", "aria-hidden": "true" }, band, base, line);
      const dot = gwEl("span", { class: "gw-gauge-dot" }), few = gwEl("span", { class: "gw-gauge-few" });
      const ends = gwEl("div", { class: "gw-gauge-ends" }, gwEl("span"), gwEl("span"));
      const arrow = { lower: "↓ lower is better", higher: "↑ higher is better" }[gauge.better] ?? "";
      const node = gwEl("div", { class: "gw-gauge", role: "img" },
        gwEl("div", { class: "gw-gauge-head" }, gwEl("span", { class: "gw-gauge-name" }, gauge.name), value),
        gwEl("div", { class: "gw-muted gw-gauge-words" }, gwEl("span", { class: "gw-gauge-does" }, gauge.words), arrow ? gwEl("span", { class: "gw-gauge-arrow" }, arrow) : null),
        gwEl("div", { class: "gw-gauge-plot" }, svg, few, dot), ends, verdict);
      return { node, value, verdict, band, line, base, dot, few, ends };
    });
    grid.replaceChildren(...cards.map((card) => card.node));
  }

  function drawCard(card, gauge, way, places, values) {
    const up = (value) => 1000 * (gauge.top - value) / (gauge.top - gauge.bottom || 1);
    let path = "";
    places.forEach((place, i) => {
      if (Number.isFinite(values[i])) path += `${path ? "L" : "M"}${(1000 * place).toFixed(1)} ${up(values[i]).toFixed(1)}`;
    });
    gwSet(card.line, "d", path);
    gwSet(card.band, "d", gauge.low === null || gauge.high === null ? "" : `M0 ${up(gauge.low)}H1000V${up(gauge.high)}H0Z`);
    gwSet(card.base, "d", `M0 ${up(0)}H1000`);
    card.dot.hidden = gauge.value === null;
    card.dot.style.left = `${100 * way.now}%`;
    card.dot.style.top = `${up(gauge.value ?? 0) / 10}%`;
    card.few.hidden = gauge.few_low === null;
    card.few.style.left = `${100 * way.now}%`;
    card.few.style.top = `${up(gauge.few_high ?? 0) / 10}%`;
    card.few.style.bottom = `${100 - up(gauge.few_low ?? 0) / 10}%`;
    gwText(card.value, gauge.text);
    gwText(card.verdict, gauge.verdict);
    card.node.dataset.kind = gauge.kind;
    gwText(card.ends.firstChild, `${way.label} ${way.first}`);
    gwText(card.ends.lastChild, way.last);
    gwSet(card.node, "aria-label", `${gauge.name} ${gauge.text}: ${gauge.verdict}. Other real samples: ${gauge.real}.`);
  }

  function prepare(meta, buffers) {
    const [places, flat] = buffers.map(gwFloats), count = meta.way.count;
    return () => {
      build(meta.cards);
      fewer.hidden = meta.cards.every((gauge) => gauge.few_low === null);
      meta.cards.forEach((gauge, i) => drawCard(cards[i], gauge, meta.way, places, flat.subarray(i * count, (i + 1) * count)));
      root.dataset.measuring = meta.busy;
    };
  }
  return { prepare };
});
