// ClassBoard. spec: { names, rows, across: whether classes lie side by side, shown: how many at once, groups, sliders, span,
// steps: of the way to another class, 0 where classes cannot be mixed, label }. state: { row, label, other, t, first: the first
// class on show, values: one list a group, locked, undo, redo }. Places: main, way0…, cell<row>,<column>.

export default gwView((view) => {
  const { model, root, body, ask } = view;
  const spec = model.get("spec"), { names, across, shown } = spec;
  const canvases = new Map();
  root.classList.add("gw-classes");
  root.classList.toggle("gw-classes-down", !across);
  body.classList.add("gw-bench");
  let state = { row: 0, label: 0, other: 0, t: 0, first: 0 };

  // Each text of a class follows the page of classes that is shown.
  const classHeads = Array.from({ length: shown }, () => gwEl("span", {}));
  const zHeads = Array.from({ length: spec.rows }, (_, r) => gwEl("span", {}, `z ${r + 1}`));
  const place = (r, c) => (across ? [r, c] : [c, r]); // which z, which of the shown classes
  const cellName = (r, c) => `z ${place(r, c)[0] + 1} as ${names[state.first + place(r, c)[1]] ?? ""}`;
  const matrix = gwMatrix(canvases, {
    label: across ? "Rows are z, columns are classes" : "Rows are classes, columns are z",
    rows: across ? spec.rows : shown, columns: across ? shown : spec.rows, side: across ? 44 : 52, heads: across ? "max-content" : "minmax(84px, max-content)", corner: gwEl("span", {}),
    rowHead: (r) => (across ? zHeads : classHeads)[r], columnHead: (c) => (across ? classHeads : zHeads)[c], cell: cellName,
    onpick: (r, c) => {
      const [row, column] = place(r, c);
      ask({ do: "pick", row, label: state.first + column }, { key: "pick" });
    },
  });
  const range = gwEl("span", { class: "gw-muted gw-grow", "aria-live": "polite" });
  const back = gwButton("Classes before these", () => ask({ do: "turn", by: -1 }), { icon: GW_LEFT });
  const on = gwButton("Classes after these", () => ask({ do: "turn", by: 1 }), { icon: GW_RIGHT });
  const pager = names.length > shown ? gwEl("div", { class: "gw-row" }, range, back, on) : null;
  const says = gwEl("p", { class: "gw-muted gw-classes-says" });
  const groups = { groups: spec.groups, shown: spec.sliders, span: spec.span };
  const sliders = gwSliders(view, groups, (group, index, on) => ask({ do: "lock", slider: [group, index], on }, { key: `lock:${group}.${index}` }));
  const undo = gwButton("Undo", () => ask({ do: "undo" })), redo = gwButton("Redo", () => ask({ do: "redo" }));
  const buttons = gwEl("div", { class: "gw-row gw-bench-buttons" },
    gwButton("Randomise", () => ask({ do: "randomise" }), { primary: true, title: "Another z for the chosen one" }), undo, redo,
    gwButton("Reset", () => ask({ do: "reset" })));

  const options = names.map((name, index) => [index, name]);
  const chosen = gwSelect("Class", options, (value) => ask({ do: "pick", row: state.row, label: Number(value) }, { key: "pick" }));
  const picture = gwPlace(canvases, "main", 224, "the chosen picture");
  const way = mixing();
  body.append(
    gwEl("div", { class: "gw-bench-side" }, says, matrix.node, pager, sliders.node, buttons),
    gwEl("div", { class: "gw-bench-side" }, chosen.node, picture, way.node),
  );

  function mixing() {
    if (!spec.steps) {
      const why = names.length > 1 ? "This generator has no in-between of two classes: it takes labels only." : "There is no other class to go to.";
      return { node: gwEl("p", { class: "gw-muted gw-classes-says" }, why), follow: () => {} };
    }
    const other = gwSelect("Towards", options, (value) => ask({ do: "towards", label: Number(value) }, { key: "towards" }));
    const hand = gwHand(view, "blend", (t) => ({ do: "blend", t }), () => follow());
    const number = gwEl("span", { class: "gw-number", "aria-hidden": "true" });
    const say = (t) => { gwText(number, `${Math.round(100 * t)} %`); gwSet(slider, "aria-valuetext", `${Math.round(100 * t)} %`); };
    const slider = hand.watch(gwRange("way to the other class", { min: 0, max: 1, step: 0.02, value: 0, oninput: (t) => { say(t); hand.moved(t); } }));
    const strip = gwEl("div", { class: "gw-classes-way" }, ...Array.from({ length: spec.steps }, (_, k) => {
      const t = k / (spec.steps - 1);
      return gwControl("button", {
        type: "button", class: "gw-matrix-cell", tabindex: "-1", "aria-label": `${Math.round(100 * t)} % of the way`,
        onclick: () => ask({ do: "blend", t }, { key: "blend" }),
      }, gwPlace(canvases, `way${k}`, 44));
    }));
    function follow() {
      if (other.select.value !== String(state.other)) other.select.value = state.other;
      if (hand.held()) return;
      gwSetRange(slider, state.t);
      say(state.t);
    }
    const node = gwEl("div", { class: "gw-stack", role: "group", "aria-label": "From one class to another" },
      other.node, strip, gwEl("div", { class: "gw-row gw-classes-line" }, slider, number));
    return { node, follow };
  }

  function update(next) {
    const turned = next.first !== state.first || !says.textContent;
    state = next;
    if (turned) {
      classHeads.forEach((head, k) => {
        const name = names[state.first + k] ?? "";
        gwText(head, name);
        gwSet(head, "title", name);
      });
      matrix.node.querySelectorAll("[role=gridcell]").forEach((cell, k) => {
        const r = Math.floor(k / (across ? shown : spec.rows)), c = k % (across ? shown : spec.rows);
        gwSet(cell, "aria-label", cellName(r, c));
        cell.style.visibility = state.first + place(r, c)[1] < names.length ? "" : "hidden";
      });
      gwText(range, `classes ${state.first + 1}–${Math.min(state.first + shown, names.length)} of ${names.length}`);
      gwSet(back, "aria-disabled", state.first === 0);
      gwSet(on, "aria-disabled", state.first + shown >= names.length);
    }
    matrix.choose(...place(state.row, state.label - state.first));
    zHeads.forEach((head, r) => head.classList.toggle("gw-classes-chosen", r === state.row));
    gwText(says, `One z, every class: ${across ? "a row" : "a column"} has the same z throughout. The sliders move z ${state.row + 1}, and all its classes with it.`);
    if (chosen.select.value !== String(state.label)) chosen.select.value = state.label;
    const blend = state.t > 0 ? `, ${Math.round(100 * state.t)} % of the way to ${names[state.other]}` : "";
    gwSet(picture, "aria-label", `${spec.label}: z ${state.row + 1} as ${names[state.label]}${blend}`);
    sliders.update(state.values, state.locked);
    way.follow();
    gwSet(undo, "aria-disabled", !state.undo); // a disabled one would lose the focus
    gwSet(redo, "aria-disabled", !state.redo);
  }

  async function prepare(meta, buffers) {
    const sheet = await gwPlaced(meta, buffers[0]);
    return () => {
      sheet.draw(canvases);
      update(meta.state);
    };
  }
  return { prepare };
});
