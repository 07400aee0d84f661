// A table of pictures with one chosen, and the pictures of a frame by their place.

// Decodes a frame's pictures: { draw(canvases) }, where `canvases` maps a place to its canvas. A picture is enlarged by a
// whole number of times to at least the width that it has on the page; the style sheet fits it in.
async function gwPlaced(meta, buffer) {
  if (!meta.places.length) return { draw: () => {} };
  const bytes = gwBytes(buffer);
  const bitmap = meta.fmt === "raw" ? null : await createImageBitmap(new Blob([bytes], { type: meta.fmt }));
  const own = document.createElement("canvas");
  own.width = meta.w;
  own.height = meta.h;

  function paint(canvas, k) {
    const one = own.getContext("2d");
    one.clearRect(0, 0, meta.w, meta.h);
    if (bitmap) {
      const x = (k % meta.cols) * meta.pw, y = Math.floor(k / meta.cols) * meta.ph;
      one.drawImage(bitmap, x, y, meta.w, meta.h, 0, 0, meta.w, meta.h);
    } else one.putImageData(gwPixels(bytes, k, meta), 0, 0);
    const wanted = Number(canvas.dataset.side) * (window.devicePixelRatio || 1);
    const factor = Math.max(1, Math.min(16, Math.ceil(wanted / meta.w)));
    canvas.width = factor * meta.w; // clears it too
    canvas.height = factor * meta.h;
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(own, 0, 0, canvas.width, canvas.height);
  }

  function draw(canvases) {
    meta.places.forEach((place, k) => { if (canvases.has(place)) paint(canvases.get(place), k); });
    if (bitmap) bitmap.close();
  }
  return { draw };
}

// A canvas for one place, at most `side` CSS pixels wide. Without a label it is for the eyes only: its button has the name.
function gwPlace(canvases, place, side, label) {
  const named = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  const canvas = gwEl("canvas", { class: "gw-place", "data-side": side, style: `max-width: ${side}px`, width: 1, height: 1, ...named });
  canvases.set(place, canvas);
  return canvas;
}

// gwMatrix(canvases, options) -> { node, choose(row, column) }. options: label; rows and columns: how many; side: of a picture in CSS
// pixels; heads: the width of the first column; rowHead(r), columnHead(c): nodes; corner: a node; cell(r, c): its accessible name; onpick(r, c). One cell takes the
// focus; the arrow keys go to its neighbours and choose them.
function gwMatrix(canvases, { label, rows, columns, side, heads, rowHead, columnHead, corner, cell, onpick }) {
  const node = gwEl("div", { class: "gw-matrix", role: "grid", "aria-label": label });
  node.style.gridTemplateColumns = `${heads} repeat(${columns}, minmax(0, ${side + 6}px))`;
  const head = (role, content) => gwEl("div", { class: "gw-matrix-head", role }, content);
  const cells = [];
  let chosen = [0, 0];

  function button(r, c) {
    return gwControl("button", {
      type: "button", class: "gw-matrix-cell", role: "gridcell", tabindex: "-1", "aria-label": cell(r, c), "aria-selected": "false",
      onclick: () => pick(r, c),
    }, gwPlace(canvases, `cell${r},${c}`, side));
  }

  const line = (...children) => gwEl("div", { class: "gw-matrix-row", role: "row" }, ...children);
  node.append(line(head("presentation", corner), ...Array.from({ length: columns }, (_, c) => head("columnheader", columnHead(c)))));
  for (let r = 0; r < rows; r++) {
    cells.push(Array.from({ length: columns }, (_, c) => button(r, c)));
    node.append(line(head("rowheader", rowHead(r)), ...cells[r]));
  }

  function choose(row, column) {
    cells[chosen[0]]?.[chosen[1]]?.setAttribute("tabindex", "-1");
    cells[chosen[0]]?.[chosen[1]]?.setAttribute("aria-selected", "false");
    chosen = [row, column];
    const there = cells[row]?.[column] ?? cells[0][0];
    there.setAttribute("tabindex", "0");
    there.setAttribute("aria-selected", String(there === cells[row]?.[column]));
  }

  function pick(row, column) {
    choose(row, column);
    onpick(row, column);
  }

  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  node.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const at = cells.flat().indexOf(document.activeElement);
    const from = at < 0 ? chosen : [Math.floor(at / columns), at % columns];
    const [row, column] = [from[0] + step[0], from[1] + step[1]];
    if (!cells[row]?.[column]) return;
    cells[row][column].focus();
    pick(row, column);
  });
  choose(0, 0);
  return { node, choose };
}
