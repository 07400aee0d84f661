// Settings with names. While a hand is on one, what the kernel says of it is older than the hand.

const gwShort = (value) => String(value < 100 ? Number(value.toPrecision(2)) : Math.round(value));

function gwSlide({ label, low, high, step, log }, send) {
  // Powers of ten above `low`, so that the track is filled from its low end.
  const place = (value) => (log ? Math.log10(Math.max(value, low) / low) : value);
  // Two digits will do on the way, but the ends are what they are.
  const ends = (at) => (at < 1e-6 ? low : at > place(high) - 1e-6 ? high : Number((low * 10 ** at).toPrecision(2)));
  const amount = (at) => (log ? ends(at) : at);
  const decimals = Math.min(3, (String(Number(step.toPrecision(6))).split(".")[1] ?? "").length);
  const words = (value) => (log ? gwShort(value) : value.toFixed(decimals));
  const number = gwEl("output", { class: "gw-number" });
  const say = (value) => { gwText(number, words(value)); gwSet(range, "aria-valuetext", words(value)); };
  const range = gwRange(label, {
    // A hair less, or rounding would put the last step beyond the end.
    min: place(low), max: place(high), step: log ? (place(high) - 1e-9) / 60 : step,
    oninput: (at) => { say(amount(at)); send(amount(at)); },
  });
  const node = gwEl("div", { class: "gw-setting gw-setting-slide" }, gwEl("span", { class: "gw-label" }, label), range, number);
  return { node, focus: range, show(value) { gwSetRange(range, place(value)); say(value); } };
}

function gwChoice({ label, options }, send) {
  const { node, select } = gwSelect(label, options.map((text, index) => [index, text]), (value) => send(Number(value)));
  select.setAttribute("aria-label", label);
  node.classList.add("gw-setting", "gw-setting-choice");
  return { node, focus: select, show(index) { select.selectedIndex = index; } };
}

function gwTickBox({ label, colour }, send) {
  const box = gwControl("input", { type: "checkbox", class: "gw-tick", onchange: () => send(box.checked) });
  const swatch = colour ? gwEl("span", { class: "gw-tick-swatch", style: `background: var(--gw-${colour})`, "aria-hidden": "true" }) : null;
  return { node: gwEl("label", { class: "gw-setting gw-setting-tick" }, box, swatch, label), focus: box, show(on) { box.checked = on; } };
}

function gwPush({ label, title }, send) {
  const node = gwButton(label, () => send(null), { title: title || null });
  return { node: gwEl("div", { class: "gw-setting" }, node), focus: node, show() {} };
}

const GW_SETTINGS = { slide: gwSlide, choice: gwChoice, tick: gwTickBox, push: gwPush };

export default gwView(({ model, root, body, ask }) => {
  root.classList.add("gw-controls");
  const settings = new Map(model.get("spec").map((spec) => {
    const setting = { open: 0, last: undefined };
    async function send(value) {
      setting.open++;
      await ask({ do: spec.name, value }, { key: spec.name });
      if (!--setting.open) setting.show(setting.last);
    }
    return [spec.name, Object.assign(setting, GW_SETTINGS[spec.kind](spec, send))];
  }));
  const group = gwEl("div", { class: "gw-settings", role: "group", "aria-label": model.get("label") });
  // Sliders and choices stand in columns; ticks and buttons that follow each other share a line.
  for (const { kind, name } of model.get("spec")) {
    const small = ["tick", "push"].includes(kind), last = group.lastElementChild;
    const line = small && last?.matches(".gw-settings-small") ? last : group;
    const { node } = settings.get(name);
    if (small && line === group) group.append(gwEl("div", { class: "gw-settings-small" }, node));
    else line.append(node);
  }
  body.append(group);

  function prepare(meta) {
    return () => {
      for (const [name, setting] of settings) {
        setting.last = meta.values[name];
        setting.node.hidden = meta.hidden.includes(name);
        if (!setting.open) setting.show(setting.last);
      }
    };
  }
  return { prepare };
});
