// ImageGrid: the grid and nothing else.
export default gwView((view) => {
  const { model, body } = view;
  const grid = gwTiles(view, {
    label: (count) => (count === 1 ? model.get("label") : `${count} ${model.get("label")}`),
    maxWidth: model.get("width"),
    onpick: model.get("selectable") ? (index) => { model.set("selected", index); model.save_changes(); } : undefined,
  });
  view.root.style.width = `${model.get("width")}px`; // in a row with others it would shrink to nothing
  view.root.style.setProperty("--gw-accent", "var(--gw-ink)");
  grid.node.classList.add("gw-left");
  body.append(grid.node);
  const follow = () => grid.select(model.get("selected"));
  model.on("change:selected", follow);
  view.onclose(() => model.off("change:selected", follow));
  follow();
  return { prepare: (meta, buffers) => grid.prepare(meta, buffers[0]) };
});
