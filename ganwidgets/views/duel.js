// meta: { phase: "ask" | "told" | "over", question, progress, marks: [true | false], words, captions: [[kind, text], …],
// chosen: 0 | 1 | null, rows: [{ name, colour, words, rate, low, high }], gallery: text, sheets }. Nothing in the page
// knows the answer before it is given: neither names nor sizes nor the order of what is sent.

export default gwView((view) => {
  const { root, body, ask } = view;
  root.classList.add("gw-duel");
  const sides = ["left", "right"];
  const question = gwEl("b", { class: "gw-duel-question" }), progress = gwEl("span", { class: "gw-muted" });
  const marks = gwEl("div", { class: "gw-duel-marks", "aria-hidden": "true" });
  const cards = sides.map((side, index) => {
    const picture = gwTiles(view, { label: () => `${side} picture`, maxWidth: 240 });
    const caption = gwEl("span", { class: "gw-duel-caption" });
    const button = gwControl("button", {
      type: "button", class: "gw-duel-card", "aria-label": `${side} picture`, onclick: () => choose(index),
    }, picture.node);
    return { picture, caption, button, node: gwEl("div", { class: "gw-duel-side" }, button, caption) };
  });
  const pair = gwControl("div", {
    class: "gw-duel-pair", role: "group", tabindex: "0", "aria-label": "Two pictures: choose with the left or right arrow key",
  }, ...cards.map((card) => card.node));
  const words = gwEl("span", { class: "gw-duel-words", role: "status" });
  const next = gwButton("Next", () => ask({ do: "next" }), { primary: true, title: "Enter" });
  const again = gwButton("Reset", () => ask({ do: "reset" }), { title: "New pairs" });
  const rows = gwEl("div", { class: "gw-duel-rows" });
  const gallery = gwTiles(view, { label: (count) => `${count} fakes that you took for real`, maxWidth: 492 });
  const galleryWords = gwEl("div", { class: "gw-muted" });
  body.append(gwEl("div", { class: "gw-row gw-duel-head" }, question, progress), marks, pair, rows,
    gwEl("div", { class: "gw-row gw-duel-foot" }, words, next, again), galleryWords, gallery.node);
  let phase = "ask";

  function choose(index) {
    if (phase === "ask") ask({ do: "choose", value: index });
  }

  root.addEventListener("keydown", (event) => {
    const index = ["ArrowLeft", "ArrowRight"].indexOf(event.key);
    if (index < 0 || phase !== "ask") return;
    event.preventDefault();
    event.stopPropagation();
    choose(index);
  });

  function resultRow(row) {
    const place = `--gw-low: ${row.low}; --gw-high: ${row.high}; --gw-rate: ${row.rate}; --gw-own: var(--gw-${row.colour})`;
    return gwEl("div", { class: "gw-duel-row" }, gwEl("b", {}, row.name), gwEl("span", {}, row.words),
      gwEl("div", { class: "gw-duel-scale", style: place, "aria-hidden": "true" },
        gwEl("span", { class: "gw-duel-interval" }), gwEl("span", { class: "gw-duel-dot" })));
  }

  function draw(meta) {
    const before = phase, focused = root.contains(document.activeElement);
    phase = meta.phase;
    root.dataset.phase = phase;
    question.textContent = meta.question;
    progress.textContent = meta.progress;
    marks.replaceChildren(...meta.marks.map((mark) => gwEl("span", { class: `gw-duel-mark gw-is-${mark}` })));
    words.textContent = meta.words;
    cards.forEach((card, index) => {
      const [kind, text] = meta.captions?.[index] ?? ["", ""];
      card.caption.textContent = text;
      card.caption.style.color = kind ? `var(--gw-${kind})` : "";
      card.button.style.setProperty("--gw-own", kind ? `var(--gw-${kind})` : "var(--gw-soft)");
      card.button.setAttribute("aria-label", text ? `${sides[index]} picture: ${text}` : `${sides[index]} picture`);
      card.button.dataset.chosen = meta.chosen === index;
      card.button.setAttribute("aria-disabled", phase !== "ask");
    });
    pair.hidden = phase === "over";
    next.hidden = phase !== "told";
    again.hidden = phase !== "over";
    rows.replaceChildren(...meta.rows.map(resultRow));
    galleryWords.textContent = meta.gallery;
    gallery.node.hidden = meta.sheets.length < 3;
    if (before !== phase && focused) ({ ask: pair, told: next, over: again })[phase].focus();
  }

  async function prepare(meta, buffers) {
    const painters = [...cards.map((card) => card.picture), gallery];
    gallery.node.hidden = meta.sheets.length < 3;
    const draws = await Promise.all(meta.sheets.map((sheet, i) => painters[i].prepare(sheet, buffers[i])));
    return () => { draw(meta); for (const paint of draws) paint(); };
  }
  return { prepare };
});
