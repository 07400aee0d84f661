// In place of a StyleMixer. A row for the models is a w for each layer, one after the other; one model adds the layers' own
// noise, the other none. New w are taken from a pool that was mapped beforehand.

function gwStandIn(given) {
  const { leaf, buffers } = given, { sides, faces } = leaf.spec, { layers } = leaf;
  const [mean, pool] = buffers.slice(1).map(gwFloats), size = mean.length;
  const start = { ...leaf.start, w: Array.from({ length: 2 * faces }, (_, k) => k) };
  let locked = [], changes = leaf.changes, noiseChange = leaf.noiseChange, words = leaf.words;

  const model = (state) => (state.noisy ? "with noise" : "without noise");
  const at = (state, k) => {
    const w = pool.subarray(state.w[k] * size, (state.w[k] + 1) * size);
    return state.psi === 1 ? w : mean.map((centre, i) => centre + state.psi * (w[i] - centre));
  };

  function crossed(state, row, column, fromB) {
    const a = at(state, row), b = at(state, faces + column), numbers = new Float32Array(layers.length * size);
    layers.forEach((side, layer) => numbers.set(fromB.includes(side) ? b : a, layer * size));
    return numbers;
  }
  const pure = (state, k) => crossed({ ...state, w: [...Array(2 * faces)].map(() => state.w[k]) }, 0, 0, []);
  const flipped = (list, side) => (list.includes(side) ? list.filter((each) => each !== side) : [...list, side]);
  const main = (state) => crossed(state, state.row, state.column, state.fromB);

  function difference(a, b) {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += Math.abs(a[i] - b[i]);
    return sum / a.length;
  }

  function said() {
    if (noiseChange === null) return "A and B are the same picture: there is nothing to mix.";
    const order = sides.map((_, k) => k).sort((a, b) => changes[b] - changes[a]);
    const most = `In this pair the styles at ${sides[order[0]]} px matter most`;
    const least = sides.length > 1 ? `, those at ${sides[order.at(-1)]} px least.` : ".";
    return most + least + (noiseChange < 0.01 ? " Noise changes next to nothing." : "");
  }

  const table = gwTable(given, start, {
    model,
    first: (state) => ({ main: main(state), a: pure(state, state.row), b: pure(state, faces + state.column) }),
    rest(state) {
      const wanted = {};
      sides.forEach((side, k) => { wanted[`flip${k}`] = crossed(state, state.row, state.column, flipped(state.fromB, side)); });
      for (let k = 0; k < faces; k++) {
        wanted[`row${k}`] = pure(state, k);
        wanted[`column${k}`] = pure(state, faces + k);
        for (let c = 0; c < faces; c++) wanted[`cell${k},${c}`] = crossed(state, k, c, state.fromB);
      }
      return wanted;
    },
    async drawn(state, pictures, draw) {
      const whole = difference(pictures.get("a"), pictures.get("b")), here = pictures.get("main");
      const [other] = await draw([main(state)], model({ noisy: !state.noisy }));
      const share = (picture) => (whole ? difference(picture, here) / whole : null);
      changes = sides.map((_, k) => share(pictures.get(`flip${k}`)));
      noiseChange = share(other);
      words = said();
    },
    page: (state) => ({
      row: state.row, column: state.column, b: sides.map((side) => state.fromB.includes(side)), psi: state.psi,
      noise: state.noisy ? "on" : "off", locked, changes, noiseChange, words,
    }),
  });

  function randomise() {
    const state = table.state(), kept = { A: state.row, B: faces + state.column };
    const any = () => Math.floor(Math.random() * (pool.length / size));
    const w = state.w.map((old, k) => (locked.some((who) => kept[who] === k) ? old : any()));
    return table.go({ ...state, w });
  }

  const change = (settings) => table.go({ ...table.state(), ...settings });
  const requests = {
    ...table.requests,
    choose: ({ row, column }) => change({ row, column }),
    give({ side, b }) {
      const { fromB } = table.state();
      return fromB.includes(side) === b ? undefined : change({ fromB: flipped(fromB, side) });
    },
    flip: ({ side }) => change({ fromB: flipped(table.state().fromB, side) }),
    truncate: (asked) => table.moved({ ...table.state(), psi: asked.psi }, asked),
    noise: ({ on }) => change({ noisy: on }),
    redraw() { throw new Error("other noise is drawn by the kernel: open this notebook in JupyterLab"); },
    lock({ who, on }) {
      locked = [...locked.filter((each) => each !== who), ...(on ? [who] : [])];
      table.tell();
    },
    randomise,
  };
  return { open: table.open, requests };
}
