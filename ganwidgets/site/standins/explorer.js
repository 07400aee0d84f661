// In place of a LatentExplorer: it keeps z, and the page draws by itself, see local.js.

function gwStandIn({ leaf, buffers, send, file, root }) {
  const { spec } = leaf, { count, size } = spec;
  const [z, wide, pictures, ...vectors] = buffers;
  const latents = gwLatents({ count, size, vectors: [null, ...vectors.map(gwFloats)].slice(0, spec.groups.length) });
  const start = { z: gwFloats(z), wide: gwFloats(wide), psi: leaf.psi };
  const history = gwHistory(start);
  let live = start, locked = leaf.locked, selected = leaf.selected, bookmarks = [];

  function tell(sheet = { count: 0, partial: true }, pixels = []) {
    const values = latents.values(live, selected);
    const state = { psi: live.psi, selected, locked, ...history.steps() };
    const meta = { kind: "frame", seq: 0, total: count, columns: leaf.columns, state, values: values.length, place: 2, ...sheet };
    send(meta, [...values, live.z, live.wide, ...pixels]);
  }

  function go(place, { gesture = null, draft = false } = {}) {
    live = place;
    history.record(place, gesture);
    tell();
    return draft ? { rough: false } : undefined;
  }

  function back(step) {
    history[step]();
    live = history.present();
    tell();
  }

  const plain = (numbers) => ({ z: numbers, wide: numbers, psi: 1 });
  const rows = () => (selected < 0 ? [0, count] : [selected, selected + 1]);

  function randomise() {
    const [first, last] = rows(), fresh = live.wide.slice();
    fresh.set(gwDraw((last - first) * size, leaf.prior), first * size);
    const held = latents.held(live.wide, fresh, locked);
    go(live.psi === 1 ? plain(held) : latents.truncated({ wide: held }, live.psi));
  }

  function steer(asked) {
    const place = latents.moved(live, asked.values, locked, selected);
    if (!place) throw new Error("this slider cannot move: the locked ones hold it");
    return go(place, asked);
  }

  const canvas = () => root.querySelector(".gw-tiles canvas");
  const png = (drawing) => new Promise((resolve) => drawing.toBlob(async (blob) => resolve(new Uint8Array(await blob.arrayBuffer()))));

  async function bookmark() {
    const small = document.createElement("canvas"), { width, height } = canvas();
    const scale = 96 / Math.max(width, height);
    [small.width, small.height] = [width * scale, height * scale];
    small.getContext("2d").drawImage(canvas(), 0, 0, small.width, small.height);
    bookmarks.push({ place: live, picture: await png(small) });
    tellBookmarks();
    return { number: bookmarks.length - 1 };
  }

  function tellBookmarks() {
    const bytes = [...bookmarks.map(({ picture }) => picture), ...bookmarks.map(({ place }) => place.z)];
    send({ kind: "bookmarks", count: bookmarks.length }, bytes);
  }

  function paste(text) {
    const numbers = (text.match(/[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?/gi) ?? []).map(Number);
    const [first, last] = rows();
    if (numbers.length === count * size) go(plain(Float32Array.from(numbers)));
    else if (numbers.length === (last - first) * size) {
      const next = live.z.slice();
      next.set(numbers, first * size);
      go(plain(next));
    } else throw new Error(`got ${numbers.length} numbers; allowed is ${(last - first) * size}`);
  }

  function numbers() {
    const [first, last] = rows();
    const lines = Array.from({ length: last - first }, (_, n) => `[${[...live.z.subarray((first + n) * size, (first + n + 1) * size)].join(", ")}]`);
    return lines.length === 1 ? lines[0] : `[${lines.join(",\n ")}]`;
  }

  const only = (what) => () => { throw new Error(`${what} is made by the kernel: open this notebook in JupyterLab`); };

  const requests = {
    move: steer,
    truncate: (asked) => go(latents.truncated(live, asked.psi), asked),
    path: (asked) => go(latents.walked(bookmarks[asked.a].place.z, bookmarks[asked.b].place.z, asked.t), asked),
    lock({ slider, on }) {
      locked = [...locked.filter((key) => String(key) !== String(slider)), ...(on ? [slider] : [])];
      tell();
    },
    select({ index }) {
      selected = count === 1 ? -1 : index;
      tell();
    },
    randomise, bookmark,
    reset: () => go(start),
    undo: () => back("undo"),
    redo: () => back("redo"),
    goto: ({ number }) => go(bookmarks[number].place),
    forget({ number }) {
      bookmarks.splice(number, 1);
      tellBookmarks();
    },
    png: async () => ({ name: "pictures.png", type: "image/png", buffers: [await png(canvas())] }),
    gif: only("A GIF"),
    code: () => ({ text: `import numpy as np\n\nz = np.array([${numbers()}], dtype=np.float32).reshape(-1, ${size})\nimages = render(z)\n` }),
    numbers: () => ({ text: numbers() }),
    paste: ({ text }) => paste(text),
    vectors: () => ({ buffers: vectors }),
    part: async (asked) => {
      const bytes = await file(asked.file);
      return { total: bytes.length, buffers: [bytes.subarray(asked.at)] };
    },
    engine() {},
  };
  return { open: () => tell(leaf.sheet, [pictures]), requests };
}
