// Built anew only when the words have changed, so that a screen reader hears each thing once.

export default gwView(({ root, body }) => {
  root.classList.add("gw-notes");
  const sentence = gwEl("p", { class: "gw-notes-sentence" });
  const row = gwEl("div", { class: "gw-notes-parts" });
  body.append(sentence, row);
  let columns = [];

  function column() {
    const name = gwEl("div", { class: "gw-notes-name" }), quiet = gwEl("p", { class: "gw-muted" });
    const list = gwEl("div", { role: "status" });
    return { name, quiet, list, shown: "", node: gwEl("section", { class: "gw-notes-part" }, name, list, quiet) };
  }

  function written(note) {
    const head = gwEl("div", {}, gwEl("b", {}, note.title), gwEl("span", { class: "gw-muted" }, ` ${note.when}`));
    if (note.past) return gwEl("div", { class: "gw-note gw-note-past" }, head);
    const advice = gwEl("div", {}, gwEl("span", { class: "gw-muted" }, "What to try: "), note.advice);
    return gwEl("div", { class: note.grave ? "gw-note gw-note-grave" : "gw-note" }, head, gwEl("div", {}, note.evidence), advice);
  }

  function draw({ parts, sentence: words }) {
    gwText(sentence, words);
    sentence.hidden = !words;
    while (columns.length < parts.length) columns.push(column());
    columns.length = parts.length;
    if (row.children.length !== columns.length) row.replaceChildren(...columns.map(({ node }) => node));
    parts.forEach((part, i) => {
      const here = columns[i], text = JSON.stringify(part.notes);
      gwText(here.name, part.name);
      here.name.hidden = !part.name;
      gwText(here.quiet, part.quiet);
      if (text === here.shown) return;
      here.shown = text;
      here.list.replaceChildren(...part.notes.map(written));
    });
  }
  return { prepare: (meta) => () => draw(meta) };
});
