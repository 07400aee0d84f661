// Reading off a picture: the pointer over it, or an unseen slider for the keys, chooses one of its parts.
// gwReading(surface, { label, at, say, onread, onpick }) -> { input, index, resize, refresh }
// at(x, y): the part under the pointer, shares of the surface's box, -1 for none; say(index): what it shows, in words;
// onread(index, words): the part that is read has changed, -1 for none; onpick(index): it was clicked, or Enter pressed.

function gwReading(surface, { label, at, say, onread, onpick }) {
  const input = gwControl("input", {
    type: "range", class: "gw-unseen gw-reading", "aria-label": label, min: 0, max: 0, step: 1, disabled: true,
  });
  input.value = 0;
  let index = -1, count = 0;

  function read(next) {
    index = next >= 0 && next < count ? next : -1;
    if (Number(input.value) !== index + 1) input.value = index + 1;
    refresh();
  }

  function refresh() {
    const words = index < 0 ? "" : say(index);
    gwSet(input, "aria-valuetext", words || "nothing chosen");
    onread(index, words);
  }

  function under(event) {
    const box = surface.getBoundingClientRect();
    return at((event.clientX - box.left) / (box.width || 1), (event.clientY - box.top) / (box.height || 1));
  }

  // With the pointer gone, what the keys chose is read again.
  let kept = -1;
  surface.addEventListener("pointermove", (event) => read(under(event)));
  surface.addEventListener("pointerleave", () => read(kept));
  surface.addEventListener("click", (event) => { if (onpick) onpick(under(event)); else read(under(event)); });
  input.addEventListener("input", () => read(kept = Number(input.value) - 1));
  input.addEventListener("blur", () => read(kept = -1));
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") read(kept = -1);
    else if (event.key === "Enter" && onpick) onpick(index);
    else return;
    event.preventDefault();
  });

  // As many parts as there are now.
  function resize(parts) {
    if (parts === count) return;
    count = parts;
    input.max = parts;
    input.disabled = parts === 0;
    if (index >= parts) kept = index = -1;
    input.value = index + 1;
  }

  return { input, resize, refresh, index: () => index };
}
