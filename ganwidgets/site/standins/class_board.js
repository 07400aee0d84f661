// In place of a ClassExplorer. A row for the model is z and then the share of each class.

function gwStandIn(given) {
  const { leaf, buffers } = given, { names, rows, across, shown, steps } = leaf.spec;
  const size = leaf.z_dim, vectors = buffers.slice(2).map(gwFloats);
  const latents = gwLatents({ count: 1, size, vectors: [null, ...vectors].slice(0, leaf.spec.groups.length) });
  const start = { ...leaf.start, z: gwFloats(buffers[1]) };
  let first = leaf.start.first, locked = leaf.locked;

  const own = (z, row) => z.subarray(row * size, (row + 1) * size);
  const cell = (row, k) => (across ? `cell${row},${k}` : `cell${k},${row}`);
  const classes = () => names.slice(first, first + shown).map((_, k) => first + k);

  function line(z, row, shares) {
    const numbers = new Float32Array(size + names.length);
    numbers.set(own(z, row));
    for (const [label, share] of shares) numbers[size + label] += share;
    return numbers;
  }

  const way = (state, t) => line(state.z, state.row, [[state.label, 1 - t], [state.other, t]]);
  const whole = (state, row) => Object.fromEntries(classes().map((label, k) => [cell(row, k), line(state.z, row, [[label, 1]])]));

  const table = gwTable(given, start, {
    first(state) {
      if (state.label < first || state.label >= first + shown) first = state.label - (state.label % shown);
      return { main: way(state, state.t), ...whole(state, state.row) };
    },
    rest(state) {
      const cells = Object.assign({}, ...Array.from({ length: rows }, (_, row) => whole(state, row)));
      for (let k = 0; k < steps; k++) cells[`way${k}`] = way(state, k / (steps - 1));
      return cells;
    },
    page({ row, label, other, t, z }) {
      const values = latents.values({ z: own(z, row) }, 0).map((group) => [...group]);
      return { row, label, other, t, first, values, locked };
    },
  });

  function withRow(state, numbers) {
    const z = state.z.slice();
    z.set(numbers, state.row * size);
    return { ...state, z };
  }

  function slide(asked) {
    const state = table.state(), here = own(state.z, state.row);
    const place = latents.moved({ z: here, wide: here, psi: 1 }, asked.values, locked, 0);
    if (!place) throw new Error("this slider cannot move: the locked ones hold it");
    return table.moved(withRow(state, place.z), asked);
  }

  const requests = {
    ...table.requests,
    pick({ label, row }) {
      const state = table.state(), other = label === state.other ? state.label : state.other;
      return table.go({ ...state, row, label, other, t: 0 });
    },
    towards: (asked) => table.moved({ ...table.state(), other: asked.label }, asked),
    blend: (asked) => table.moved({ ...table.state(), t: asked.t }, asked),
    move: slide,
    lock({ slider, on }) {
      locked = [...locked.filter((key) => String(key) !== String(slider)), ...(on ? [slider] : [])];
      table.tell();
    },
    turn({ by }) {
      const last = names.length - 1 - ((names.length - 1) % shown);
      first = Math.min(last, Math.max(0, first + by * shown));
      return table.go(table.state(), {}, () => {});
    },
    randomise() {
      const state = table.state();
      return table.go(withRow(state, latents.held(own(state.z, state.row), gwDraw(size), locked)));
    },
  };
  return { open: table.open, requests };
}
