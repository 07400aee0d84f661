// Explorer: pictures, the sliders that move them, three buttons; the rest is folded away.
export default gwView((view) => {
  const { model, root, body, ask } = view;
  const spec = model.get("spec");
  const many = spec.count > 1;
  let state = { locked: [] };
  root.classList.add("gw-explorer");
  body.classList.add("gw-board");
  body.style.setProperty("--gw-picture", `${spec.count === 1 ? 320 : spec.count <= 16 ? 404 : 526}px`);

  const grid = gwTiles(view, {
    label: () => (many ? `${spec.count} ${spec.label}` : spec.label),
    maxWidth: spec.count === 1 ? 320 : spec.count <= 16 ? 404 : 526,
    onpick: many ? (index) => ask({ do: "select", index }) : undefined,
  });
  view.local = gwLocal(view, spec, grid, (values) => move(values, state.locked));
  const sliders = gwSliders(view, spec, (group, index, on) => ask({ do: "lock", slider: [group, index], on }, { key: `lock:${group}.${index}` }));

  function go(request) {
    bookmarks.stop();
    return ask(request);
  }

  const who = gwEl("span", { class: "gw-muted" });
  const all = gwButton("Move all", () => { grid.focus(); ask({ do: "select", index: -1 }); });
  const whom = many ? gwEl("div", { class: "gw-row gw-whom" }, who, all) : null;
  const undo = gwButton("Undo", () => go({ do: "undo" }));
  const redo = gwButton("Redo", () => go({ do: "redo" }));
  const buttons = gwEl("div", { class: "gw-row gw-buttons" },
    gwButton("Randomise", () => go({ do: "randomise" }), { primary: true }), undo, redo,
    gwButton("Reset", () => go({ do: "reset" })));

  const truncation = gwTruncation(view);
  const pad = gwPad(view, spec);
  const bookmarks = gwBookmarks(view);
  const padCard = gwCard("2-D pad", null, pad.node);
  padCard.hidden = spec.groups.length === 1 && spec.size === 1; // one slider has no second axis
  const more = gwEl("details", { class: "gw-more" },
    gwControl("summary", { class: "gw-summary" }, "More", gwEl("span", { class: "gw-muted gw-contents" }, `truncation, ${padCard.hidden ? "" : "2-D pad, "}bookmarks and path, save and share`)),
    gwEl("div", { class: "gw-tools" },
      gwEl("div", { class: "gw-column" }, truncation.node, bookmarks.node), padCard, gwShare(view, go, spec).node));

  body.append(
    gwEl("div", { class: "gw-picture gw-stack" }, grid.node, whom, view.local.node),
    gwEl("div", { class: "gw-side gw-stack" }, sliders.node, buttons),
  );
  root.append(more);

  function move(values, locked) {
    sliders.update(values, locked);
    pad.update(values);
  }

  function update(values, next) {
    state = next;
    if (!view.local.drawing()) move(values, state.locked);
    else sliders.update(null, state.locked);
    truncation.update(state.psi);
    // A button that is disabled would lose the focus, and with it the keys.
    gwSet(undo, "aria-disabled", !state.undo);
    gwSet(redo, "aria-disabled", !state.redo);
    grid.select(state.selected);
    const one = state.selected >= 0;
    gwText(who, one ? `The sliders move picture ${state.selected + 1}.` : `The sliders move all ${spec.count} and show their mean. Click one to move it alone.`);
    all.hidden = !one;
  }

  async function prepare(meta, buffers) {
    const values = spec.groups.map((_, index) => gwFloats(buffers[index]));
    const place = buffers.slice(meta.values, meta.values + meta.place);
    if (place.length) await view.local.heard(meta, place);
    const mine = view.local.drawing();
    const draw = meta.count && !mine ? await grid.prepare(meta, buffers.at(-1)) : null;
    return () => {
      if (draw) draw();
      update(values, meta.state);
    };
  }

  function hear(content, buffers) {
    if (content.kind !== "bookmarks") return;
    bookmarks.hear(content, buffers);
    view.local.marks(buffers.slice(content.count));
  }

  return { prepare, hear };
});
