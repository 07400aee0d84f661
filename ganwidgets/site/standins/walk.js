// In place of a widget that only a kernel can drive: the pictures of a recorded run, to be scrubbed.
// leaf: { label, stops: [{ src, caption }], start: the stop that is seen first }.

const view = gwView((view) => {
  const { stops, start, label } = view.model.get("leaf");
  const picture = gwEl("img", { class: "gw-walk-picture", alt: label });
  const caption = gwEl("span", { class: "gw-muted gw-walk-caption", role: "status" });
  const slider = gwRange(`recorded run: ${label}`, { min: 0, max: stops.length - 1, step: 1, value: start, oninput: show });
  const ready = stops.map(({ src }) => {
    const image = new Image();
    image.src = src;
    return image;
  });

  function show(index) {
    picture.src = ready[index].src;
    gwText(caption, stops[index].caption);
    gwSet(slider, "aria-valuetext", stops[index].caption);
    view.root.dataset.painted = Number(view.root.dataset.painted) + 1;
  }

  view.body.append(picture, gwEl("div", { class: "gw-row gw-one-line" }, slider, caption),
    gwEl("p", { class: "gw-muted" }, "A recorded run: drag to scrub. In JupyterLab this widget is live."));
  show(start);
  return {};
});

function gwStandIn() {
  return { open() {}, requests: {} };
}
