// A square in which one point moves two sliders. gwPad(view, { groups, span }) -> { node, update }.

function gwPad(view, { groups, span }) {
  // Directions before latents: they are what one wants to lay out.
  const options = groups.map((group, g) => group.names.map((name, index) => [`${g}:${index}`, name])).reverse().flat();
  const across = gwSelect("Across", options, () => refresh());
  const up = gwSelect("Up", options, () => refresh());
  up.select.value = options[Math.min(1, options.length - 1)][0];
  const point = gwEl("div", { class: "gw-point" });
  const area = gwControl("div", {
    class: "gw-pad", role: "slider", tabindex: "0", "aria-valuemin": -span, "aria-valuemax": span,
  }, gwEl("div", { class: "gw-cross" }), point);
  const node = gwEl("div", { class: "gw-stack" }, area, gwEl("div", { class: "gw-row" }, across.node, up.node));
  const hand = gwHand(view, "pad", payload, refresh);
  let values = [], spot = [0, 0];

  const keys = () => [across.select.value, up.select.value].map((key) => key.split(":").map(Number));
  const clamp = (value) => Math.min(span, Math.max(-span, value));

  function payload() {
    const [x, y] = keys();
    const both = [[...x, spot[0]], [...y, spot[1]]];
    return { do: "move", values: across.select.value === up.select.value ? both.slice(0, 1) : both };
  }

  function show() {
    point.style.left = `${50 + (50 * clamp(spot[0])) / span}%`;
    point.style.top = `${50 - (50 * clamp(spot[1])) / span}%`;
    const [x, y] = [across, up].map(({ select }) => select.selectedOptions[0]?.textContent ?? "");
    gwSet(area, "aria-label", `pad: ${x} across, ${y} up`);
    gwSet(area, "aria-valuenow", spot[0].toFixed(2));
    gwSet(area, "aria-valuetext", `${x} ${gwSigned(spot[0])}, ${y} ${gwSigned(spot[1])}`);
  }

  function refresh() {
    if (!hand.held()) spot = keys().map(([group, index]) => values[group]?.[index] ?? 0);
    show();
  }

  function follow(event) {
    const box = area.getBoundingClientRect();
    spot = [
      clamp((2 * (event.clientX - box.left) / box.width - 1) * span),
      clamp((1 - 2 * (event.clientY - box.top) / box.height) * span),
    ];
    moved();
  }

  function moved() {
    show();
    hand.moved();
  }

  hand.watch(area);
  area.addEventListener("pointerdown", (event) => {
    area.setPointerCapture(event.pointerId);
    follow(event);
  });
  area.addEventListener("pointermove", (event) => { if (area.hasPointerCapture(event.pointerId)) follow(event); });
  area.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!step) return;
    event.preventDefault();
    spot = spot.map((value, k) => clamp(value + (step[k] * span) / 30));
    moved();
  });

  show();
  return { node, update(next) { values = next; refresh(); } };
}
