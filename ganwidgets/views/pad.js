// A square in which one point moves two sliders. gwPad({ groups, span }, onmove) -> { node, update }.
// onmove(values, draft, gesture) as in sliders.js.

function gwPad({ groups, span }, onmove) {
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
  let values = [], spot = [0, 0], held = false, gesture = 0, timer = 0;

  const keys = () => [across.select.value, up.select.value].map((key) => key.split(":").map(Number));
  const clamp = (value) => Math.min(span, Math.max(-span, value));

  function send(draft) {
    const [x, y] = keys();
    const both = [[...x, spot[0]], [...y, spot[1]]];
    onmove(across.select.value === up.select.value ? both.slice(0, 1) : both, draft, `pad:${gesture}`);
  }

  function show() {
    point.style.left = `${50 + (50 * clamp(spot[0])) / span}%`;
    point.style.top = `${50 - (50 * clamp(spot[1])) / span}%`;
    const [x, y] = [across, up].map(({ select }) => select.selectedOptions[0]?.textContent ?? "");
    area.setAttribute("aria-label", `pad: ${x} across, ${y} up`);
    area.setAttribute("aria-valuenow", spot[0].toFixed(2));
    area.setAttribute("aria-valuetext", `${x} ${gwSigned(spot[0])}, ${y} ${gwSigned(spot[1])}`);
  }

  function refresh() {
    if (!held && !timer) spot = keys().map(([group, index]) => values[group]?.[index] ?? 0);
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

  // A draft for every movement; what rests is drawn in full.
  function moved() {
    show();
    send(true);
    clearTimeout(timer);
    timer = setTimeout(rest, 120);
  }

  function rest() {
    clearTimeout(timer);
    if (timer) send(false);
    timer = 0;
  }

  area.addEventListener("pointerdown", (event) => {
    held = true;
    gesture++;
    area.setPointerCapture(event.pointerId);
    follow(event);
  });
  area.addEventListener("pointermove", (event) => { if (held) follow(event); });
  for (const end of ["pointerup", "pointercancel"]) area.addEventListener(end, () => {
    held = false;
    rest();
  });
  area.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!step) return;
    event.preventDefault();
    if (!timer) gesture++;
    spot = spot.map((value, k) => clamp(value + (step[k] * span) / 30));
    moved();
  });

  show();
  return { node, update(next) { values = next; refresh(); } };
}
