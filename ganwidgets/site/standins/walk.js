// In place of a widget that only a kernel can drive: the pictures of a recorded run, to be scrubbed.
// leaf: { label, stops: [{ src, narrow?, caption }], start: the stop that is seen first }.

const WIDE = 560; // as in capture.py

const view = gwView((view) => {
  const { stops, start, label } = view.model.get("leaf");
  const picture = gwEl("img", { alt: label });
  const caption = gwEl("span", { class: "gw-muted gw-walk-caption", role: "status" });
  const slider = gwRange(`recorded run: ${label}`, { min: 0, max: stops.length - 1, step: 1, value: start, oninput: show });
  const slim = window.matchMedia("(max-width: 600px)");
  let ready = [];

  function load() {
    ready = stops.map(({ src, narrow }) => {
      const image = new Image();
      image.src = (slim.matches && narrow) || src;
      return image;
    });
    show(Number(slider.value));
  }

  function show(index) {
    picture.src = ready[index].src;
    gwText(caption, stops[index].caption);
    gwSet(slider, "aria-valuetext", stops[index].caption);
    view.root.dataset.painted = Number(view.root.dataset.painted) + 1;
  }

  const frame = gwEl("div", { class: "gw-picture" }, picture);
  picture.onload = () => frame.classList.toggle("gw-wide", picture.naturalWidth > WIDE);
  view.body.append(frame, gwEl("div", { class: "gw-row gw-one-line" }, slider, caption),
    gwEl("p", { class: "gw-muted" }, "A recorded run: drag to scrub. In JupyterLab this widget is live."));
  slim.addEventListener("change", load);
  load();
  return {};
});

function gwStandIn() {
  return { open() {}, requests: {} };
}
