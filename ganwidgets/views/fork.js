// "Try another way from here": a button, and behind it what to change, to which value, and Go.

export default gwView(({ root, body, ask }) => {
  root.classList.add("gw-fork");
  let at = 0, offers = [], shape = "";
  const toggle = gwButton("Try another way", () => open(panel.hidden), { "aria-expanded": "false", title: "Train again from the step on show, with another setting, and compare" });
  const back = gwButton("End the comparison", () => ask({ do: "back" }), { hidden: true });
  const note = gwEl("span", { class: "gw-muted", role: "status" });
  const what = gwSelect("Change", [], () => fill()), to = gwSelect("to", [], () => {});
  const now = gwEl("span", { class: "gw-muted" });
  const go = gwButton("Go", start, { primary: true });
  const panel = gwEl("div", { class: "gw-row gw-fork-panel", role: "group", "aria-label": "Another way", hidden: true }, what.node, now, to.node, go);
  body.append(gwEl("div", { class: "gw-row" }, toggle, back, note), panel);

  function open(wanted) {
    panel.hidden = !wanted;
    gwSet(toggle, "aria-expanded", wanted);
    if (wanted) what.select.focus();
  }

  function fill() {
    const offer = offers[Number(what.select.value)];
    gwText(now, offer ? `now ${offer.now},` : "");
    gwOptions(to.select, (offer?.options ?? []).map((words, i) => [i, words]));
  }

  function start() {
    ask({ do: "go", at, setting: Number(what.select.value), option: Number(to.select.value) });
    open(false);
    toggle.focus();
  }

  function draw(meta) {
    at = meta.at;
    offers = meta.offers;
    root.hidden = offers.length === 0 && !meta.note;
    gwText(toggle, `Try another way from ${at === null ? "here" : `step ${at.toLocaleString("en")}`}`);
    toggle.hidden = offers.length === 0;
    if (!meta.comparing) gwPassFocus(back, toggle);
    back.hidden = !meta.comparing;
    gwText(note, meta.note);
    const next = JSON.stringify(offers);
    if (next === shape) return;
    shape = next;
    gwOptions(what.select, offers.map(({ label }, i) => [i, label]));
    fill();
  }
  return { prepare: (meta) => () => draw(meta) };
});
