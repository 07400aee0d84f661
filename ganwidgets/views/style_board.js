// StyleBoard. spec: { sides: [4, 8, …], faces, label }. state: { row, column, b: [whether B gives the styles of that side],
// psi, noise: "on" | "off", locked: ["A", "B"], changes: [share of the change from A to B, or null], noiseChange,
// words, undo, redo }.
// Places: main, a, b, row0…, column0…, cell0,0…, flip0… (the picture with that switch the other way).

const GW_OPEN = "M5.5 7V5a2.5 2.5 0 0 1 4.8-1M4 7h8v6H4z";
const GW_LOCKED = "M5.5 7V5a2.5 2.5 0 0 1 5 0v2M4 7h8v6H4z";

export default gwView((view) => {
  const { model, root, body, ask } = view;
  const { sides, faces, label } = model.get("spec");
  const canvases = new Map();
  root.classList.add("gw-mixer");
  body.classList.add("gw-bench");

  const name = (who, index) => `${who}${index + 1}`;
  const matrix = gwMatrix(canvases, {
    label: "Mixing table: rows are A, columns are B", rows: faces, columns: faces, side: 64, heads: "minmax(0, 70px)",
    corner: gwEl("span", { class: "gw-mixer-corner", "aria-hidden": "true" }, "A ↓ B →"),
    rowHead: (r) => gwPlace(canvases, `row${r}`, 64, `${label} ${name("A", r)}`),
    columnHead: (c) => gwPlace(canvases, `column${c}`, 64, `${label} ${name("B", c)}`),
    cell: (r, c) => `${name("A", r)} with ${name("B", c)}`,
    onpick: (row, column) => ask({ do: "choose", row, column }, { key: "choose" }),
  });
  const table = gwEl("div", { class: "gw-bench-side" },
    gwEl("p", { class: "gw-muted gw-mixer-says" }, `Each ${label} in the table takes some styles from its row (A) and the others from its column (B). Click one.`), matrix.node);

  function parent(who) {
    const lock = gwButton(`Lock ${who}`, () => ask({ do: "lock", who, on: lock.getAttribute("aria-pressed") !== "true" }, { key: `lock:${who}` }), {
      icon: GW_OPEN, title: `Lock: Randomise leaves ${who} alone`, "aria-pressed": "false",
    });
    const words = gwEl("b", {}), picture = gwPlace(canvases, who.toLowerCase(), 88, `${who}`);
    const node = gwEl("div", { class: `gw-mixer-parent gw-mixer-${who.toLowerCase()}` }, picture, gwEl("div", { class: "gw-row gw-one-line" }, words, lock));
    return { node, words, picture, lock };
  }
  const parents = { A: parent("A"), B: parent("B") };
  const mixed = gwPlace(canvases, "main", 192, "the mix");
  const trio = gwEl("div", { class: "gw-mixer-trio" }, parents.A.node, mixed, parents.B.node);

  function bar() {
    const fill = gwEl("span", { class: "gw-mixer-fill" }), number = gwEl("span", { class: "gw-mixer-number gw-muted" });
    const node = gwEl("span", { class: "gw-mixer-bar", "aria-hidden": "true" }, fill);
    const show = (share) => {
      fill.style.width = `${100 * Math.min(1, share ?? 0)}%`;
      gwText(number, share === null ? "–" : share > 0 && share < 0.01 ? "< 1 %" : `${Math.round(100 * share)} %`);
    };
    return { node, number, show };
  }

  function choice(title, labels, onchoose) {
    const buttons = labels.map((text, index) => gwButton(text, () => onchoose(index), { "aria-label": `${title}: ${text}`, "aria-pressed": "false" }));
    const node = gwEl("div", { class: "gw-mixer-choice", role: "group", "aria-label": title }, ...buttons);
    return { node, choose: (chosen) => buttons.forEach((button, index) => gwSet(button, "aria-pressed", index === chosen)) };
  }

  const switches = sides.map((side, index) => {
    const title = `${side} px`;
    const pick = choice(title, ["A", "B"], (chosen) => ask({ do: "give", side, b: chosen === 1 }, { key: `give:${side}` }));
    pick.node.classList.add("gw-mixer-ab");
    const change = bar();
    const preview = gwControl("button", {
      type: "button", class: "gw-matrix-cell gw-mixer-preview", onclick: () => ask({ do: "flip", side }, { key: `flip:${side}` }),
    }, gwPlace(canvases, `flip${index}`, 40));
    const node = gwEl("div", { class: "gw-mixer-switch" }, gwEl("span", { class: "gw-mixer-side" }, title), pick.node, change.node, change.number, preview);
    return { node, title, pick, change, preview };
  });
  const noise = choice("noise", ["on", "off"], (chosen) => ask({ do: "noise", on: chosen === 0 }, { key: "noise" }));
  const noiseBar = bar();
  const redraw = gwButton("Redraw", () => ask({ do: "redraw" }), { title: "Other noise in every layer" });
  const heading = gwEl("div", { class: "gw-mixer-switch gw-mixer-heading gw-muted" },
    gwEl("span", {}, "layers"), gwEl("span", {}, "style of"), gwEl("span", { class: "gw-mixer-wide" }, "change if flipped (A to B: 100 %)"),
    gwEl("span", {}, "flipped"));
  const noiseRow = gwEl("div", { class: "gw-mixer-switch" }, gwEl("span", { class: "gw-mixer-side" }, "noise"), noise.node, noiseBar.node, noiseBar.number, redraw);

  const psiNumber = gwEl("span", { class: "gw-mixer-number gw-muted", "aria-hidden": "true" });
  let psi = 1;
  const say = (value) => { gwText(psiNumber, gwMinus(value)); gwSet(slider, "aria-valuetext", gwMinus(value)); };
  const follow = () => { if (!hand.held()) { gwSetRange(slider, psi); say(psi); } };
  const hand = gwHand(view, "truncate", (value) => ({ do: "truncate", psi: value }), follow);
  const slider = hand.watch(gwRange("truncation ψ", { min: -1, max: 1, step: 0.02, value: 1, oninput: (value) => { say(value); hand.moved(value); } }));
  const truncation = gwEl("div", { class: "gw-mixer-switch gw-mixer-psi", title: "1: as drawn. 0: the average. Below 0: its opposite." },
    gwEl("span", { class: "gw-mixer-side" }, "truncation ψ"), slider, psiNumber);

  const words = gwEl("p", { class: "gw-mixer-says", role: "status" });
  const undo = gwButton("Undo", () => ask({ do: "undo" })), redo = gwButton("Redo", () => ask({ do: "redo" }));
  const buttons = gwEl("div", { class: "gw-row gw-bench-buttons" },
    gwButton("Randomise", () => ask({ do: "randomise" }), { primary: true }), undo, redo, gwButton("Reset", () => ask({ do: "reset" })));
  body.append(table, gwEl("div", { class: "gw-bench-side" }, trio,
    gwEl("div", { class: "gw-mixer-switches" }, heading, ...switches.map(({ node }) => node), noiseRow, truncation), words, buttons));

  function update(state) {
    matrix.choose(state.row, state.column);
    for (let index = 0; index < faces; index++) {
      canvases.get(`row${index}`).classList.toggle("gw-mixer-a", index === state.row);
      canvases.get(`column${index}`).classList.toggle("gw-mixer-b", index === state.column);
    }
    for (const [who, index] of [["A", state.row], ["B", state.column]]) {
      const { words, picture, lock } = parents[who], shut = state.locked.includes(who);
      gwText(words, name(who, index));
      gwSet(picture, "aria-label", `${label} ${name(who, index)}`);
      if (lock.getAttribute("aria-pressed") !== String(shut)) {
        lock.setAttribute("aria-pressed", shut);
        lock.replaceChildren(gwIcon(shut ? GW_LOCKED : GW_OPEN));
      }
    }
    switches.forEach(({ title, pick, change, preview }, index) => {
      const other = state.b[index] ? "A" : "B";
      pick.choose(state.b[index] ? 1 : 0);
      change.show(state.changes[index]);
      gwSet(preview, "aria-label", `Flip ${title} to ${other}: changes ${change.number.textContent}`);
      gwSet(preview, "title", `with ${title} from ${other}`);
    });
    const b = sides.filter((_, index) => state.b[index]).map((side) => `${side} px`).join(", ");
    gwSet(mixed, "aria-label", `the mix: ${b ? `${b} from ${name("B", state.column)}, the rest` : "all"} from ${name("A", state.row)}`);
    noise.choose(state.noise === "on" ? 0 : 1);
    noiseBar.show(state.noiseChange);
    gwText(words, state.words);
    redraw.disabled = state.noise !== "on";
    psi = state.psi;
    follow();
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

// 0.50, −1.00: two decimals and a real minus sign.
function gwMinus(value) {
  return value.toFixed(2).replace("-", "−").replace("−0.00", "0.00");
}
