// Pictures that the page draws by itself while a hand moves them, at the display's rate. The kernel is told where the hand
// is, and has the last word: when nobody holds anything, what it says is shown.

// gwLocal(view, spec, grid, onmove) -> { node, heard, marks, move, hold, free, drawing }; onmove(values): the sliders'
// values of what is shown. Without spec.engine, which says what there is to be drawn with, it does nothing. spec.alone: no
// kernel can draw instead.
function gwLocal(view, spec, grid, onmove) {
  const { root, ask } = view;
  const BUDGET = 13, WIDE = 45; // ms of drawing at once: while a hand moves, and while it rests
  const SAME = 1e-5; // what rounding makes of z here and in the kernel changes no pixel
  const node = gwEl("div", { class: "gw-muted gw-drawn-by", role: "status", hidden: !spec.engine });
  const holders = new Set();
  let session = null, latents = null, sheet = null, state = null, bookmarks = [];
  let place = null, known = null, drawn = null, turns = null, turn = 0, cost = 0, working = null, gone = false, begun = false;

  const closed = new Promise((_, reject) => view.onclose(() => {
    gone = true;
    session?.close();
    reject(new Error("closed"));
  }));
  closed.catch(() => {});

  function say(engine, text) {
    root.dataset.engine = engine;
    gwText(node, text);
  }

  // Loading. Parts of files are asked for one after the other, so that what a hand asks for goes in between.

  async function file(name) {
    const parts = [];
    for (let at = 0, total = 1; at < total;) {
      const reply = await Promise.race([ask({ do: "part", file: name, at }, { key: `part:${name}` }), closed]);
      if (!reply?.buffers?.length) throw new Error("a file did not come");
      parts.push(gwBytes(reply.buffers[0]));
      at += parts.at(-1).byteLength;
      total = reply.total;
    }
    return new Uint8Array(await new Blob(parts).arrayBuffer());
  }

  async function load() {
    let opened = null;
    try {
      const lacks = gwEngineLacks();
      if (lacks) return refuse(lacks);
      const directions = await ask({ do: "vectors" });
      const vectors = [null, ...(directions?.buffers ?? []).map(gwFloats)].slice(0, spec.groups.length);
      latents = gwLatents({ count: spec.count, size: spec.size, vectors });
      opened = await (await gwEngine(file)).open(spec.engine.key, () => file("model"));
      const first = gone ? null : await opened.run(feeds(known.z.subarray(0, spec.size), 1));
      if (gone) return opened.close();
      if (String(first.dims.slice(1)) !== String([sheet.h, sheet.w, sheet.c])) throw new Error("its pictures have another size here");
      session = opened;
      drawn = new Float32Array(known.z.length).fill(NaN);
      turns = new Float64Array(spec.count);
      say("page", "The generator runs in this page");
      show(known);
      await ask({ do: "engine", by: "page" });
    } catch (error) {
      opened?.close();
      refuse("it does not run in this page", error.message);
    }
  }

  function refuse(reason, details = "") {
    if (gone) return;
    session?.close();
    session = null;
    say("kernel", `${spec.alone ? "The picture stays as it is" : "The generator runs in the kernel"}: ${reason}`);
    node.title = details;
    ask({ do: "engine", by: "kernel" });
  }

  // Drawing

  function feeds(z, n) {
    const fixed = Object.entries(spec.engine.inputs).map(([name, value]) => [name, "int64", new BigInt64Array(n).fill(BigInt(value)), [n]]);
    return [["z", "float32", z, [n, spec.size]], ...fixed];
  }

  function stale() {
    const found = [];
    for (let n = 0; n < spec.count; n++) {
      for (let i = n * spec.size; i < (n + 1) * spec.size; i++) {
        if (!(Math.abs(place.z[i] - drawn[i]) <= SAME)) {
          found.push(n);
          break;
        }
      }
    }
    return found;
  }

  // As many of many pictures as there is time for, those first that have waited longest.
  function choose(waiting) {
    const room = cost ? Math.max(1, Math.floor((holders.size ? BUDGET : WIDE) / cost)) : 1;
    return waiting.length <= room ? waiting : waiting.sort((a, b) => turns[a] - turns[b]).slice(0, room);
  }

  async function draw(chosen) {
    const z = new Float32Array(chosen.length * spec.size);
    chosen.forEach((n, k) => z.set(place.z.subarray(n * spec.size, (n + 1) * spec.size), k * spec.size));
    const { data, dims, took } = await session.run(feeds(z.slice(), chosen.length));
    cost = cost ? 0.7 * cost + (0.3 * took) / chosen.length : took / chosen.length;
    const [count, h, w, c] = dims;
    const paint = await grid.prepare({ ...sheet, count, h, w, c, fmt: "raw", tiles: chosen }, data);
    if (gone) return;
    paint();
    turn++;
    chosen.forEach((n, k) => {
      drawn.set(z.subarray(k * spec.size, (k + 1) * spec.size), n * spec.size);
      turns[n] = turn;
    });
    root.dataset.drawn = turn;
  }

  async function work() {
    try {
      // No waiting for the next frame in between: a picture that comes just after one would cost a whole frame.
      for (let waiting; session && !gone && (waiting = stale()).length;) await draw(choose(waiting));
    } catch (error) {
      refuse("it has stopped in this page", error.message);
    }
  }

  // One drawer at a time. Where nothing is stale it is done before this returns, so `working` is cleared afterwards.
  function start() {
    if (!session || working || gone) return;
    working = work().then(() => {
      working = null;
      if (session && !gone && stale().length) start();
    });
  }

  function show(next) {
    place = next;
    start();
    if (latents) onmove(latents.values(place, state.selected));
  }

  // What the kernel says: where the pictures are, and the state of everything else. Resolves when it is shown.
  async function heard(meta, buffers) {
    sheet = { total: meta.total, columns: meta.columns, w: meta.w ?? sheet?.w, h: meta.h ?? sheet?.h, c: meta.c ?? sheet?.c };
    const z = gwFloats(buffers[0]);
    known = { z, wide: buffers[1] ? gwFloats(buffers[1]) : z, psi: meta.state.psi };
    state = meta.state;
    if (!begun) {
      begun = true;
      say("kernel", "The generator is being loaded into this page");
      load();
    }
    if (!session) return;
    if (!holders.size) show(known);
    while (working) await working;
  }

  // What a hand does: the same requests that the kernel gets. False if it is for the kernel to carry out.
  const moves = {
    move: ({ values }) => latents.moved(place, values, state.locked, state.selected),
    truncate: ({ psi }) => latents.truncated(place, psi),
    path: ({ a, b, t }) => bookmarks[a] && bookmarks[b] && latents.walked(bookmarks[a], bookmarks[b], t),
  };

  function move(request) {
    const next = session && place && moves[request.do]?.(request);
    if (next) show(next);
    return Boolean(next);
  }

  function free(holder) {
    if (holders.delete(holder) && !holders.size && session && known) show(known);
  }

  return {
    node, heard, move, free,
    hold: (holder) => holders.add(holder),
    marks: (buffers) => { bookmarks = buffers.map(gwFloats); },
    drawing: () => Boolean(session),
  };
}
