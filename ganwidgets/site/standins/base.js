// What takes the kernel's place on a page that has none. A view's own script stands before this one and is used as it is:
// a stand-in answers its requests and sends it frames, as the widget in the kernel would.
//
// Each stand-in is a function gwStandIn({ leaf, buffers, send, file, root }) -> { open(), requests: { name: (payload) => reply } }.
// leaf, buffers: what the widget left; send(content, buffers): to the view; file(name): a promise of the bytes of a file
// beside the page; root: the element with the view in it. A request that fails throws, and the view shows why.

// Undo and redo, as widgets/_history.py: steps of one gesture are undone together.
function gwHistory(present) {
  let past = [], future = [], gesture = null;

  return {
    present: () => present,
    record(state, named = null) {
      if (named === null || named !== gesture) past = [...past, present].slice(-200);
      [gesture, future, present] = [named, [], state];
    },
    undo() {
      if (past.length) [gesture, present] = [null, (future.push(present), past.pop())];
    },
    redo() {
      if (future.length) [gesture, present] = [null, (past.push(present), future.pop())];
    },
    steps: () => ({ undo: past.length > 0, redo: future.length > 0 }),
  };
}

// `count` numbers from the prior: normal by Box and Muller, or uniform in [-1, 1).
function gwDraw(count, prior = "normal") {
  const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  const uniform = () => 2 * Math.random() - 1;
  return Float32Array.from({ length: count }, prior === "uniform" ? uniform : normal);
}

const gwRaw = (count, { w, h, c }) => ({ count, w, h, c, fmt: "raw", cols: 1, pw: w, ph: h });

// A table of pictures whose state is one value that is never changed in place, as widgets/_bench.py. first(state) and
// rest(state): rows to be drawn, by place; the hand waits for the first only. model(state): the name of the file to draw
// with; page(state): what the view is told besides; drawn(state, pictures): called when all pictures are there.
function gwTable({ leaf, buffers, send, file }, start, { first, rest, page, model = () => "model", drawn = async () => {} }) {
  const history = gwHistory(start), sessions = new Map(), shown = new Map();
  const size = leaf.w * leaf.h * leaf.c;
  let live = start;
  leaf.places.forEach((place, k) => shown.set(place, gwBytes(buffers[0]).subarray(k * size, (k + 1) * size)));

  function session(name) {
    const lacks = gwEngineLacks();
    if (lacks) throw new Error(`the pictures stay as they are: ${lacks}`);
    const opened = async () => (await gwEngine(file)).open(leaf.models[name], () => file(name));
    if (!sessions.has(name)) sessions.set(name, opened());
    return sessions.get(name);
  }

  // Rows, all of one length, to pictures.
  async function draw(rows, name) {
    const flat = new Float32Array(rows.length * rows[0].length);
    rows.forEach((row, k) => flat.set(row, k * row.length));
    const { data } = await (await session(name)).run([["z", "float32", flat, [rows.length, rows[0].length]]]);
    return rows.map((_, k) => data.subarray(k * size, (k + 1) * size));
  }

  function tell(places) {
    const bytes = new Uint8Array(places.length * size);
    places.forEach((place, k) => bytes.set(shown.get(place), k * size));
    const state = { ...page(live), ...history.steps() };
    send({ kind: "frame", seq: 0, state, places, partial: true, ...gwRaw(places.length, leaf) }, places.length ? [bytes] : []);
  }

  async function paint(wanted) {
    const places = Object.keys(wanted);
    const pictures = await draw(Object.values(wanted), model(live));
    places.forEach((place, k) => shown.set(place, pictures[k]));
    tell(places);
  }

  // A hand that is still moving gets the first pictures; the rest follow when it lets go.
  async function go(state, { gesture = null, draft = false, rest: whole = true } = {}, commit = () => history.record(state, gesture)) {
    live = state;
    await paint(first(state));
    if (draft && !whole) return { rough: true };
    commit();
    await paint(rest(state));
    await drawn(state, shown, (rows, name) => draw(rows, name));
    tell([]);
    return draft ? { rough: false } : undefined;
  }

  const moved = (state, asked) => go(state, { gesture: asked.gesture, draft: Boolean(asked.draft), rest: !asked.draft || Boolean(asked.rest) });
  const back = (step) => () => {
    history[step]();
    return go(history.present(), {}, () => {});
  };
  return {
    go, moved, tell: () => tell([]), state: () => live, open: () => tell([...shown.keys()]),
    requests: { undo: back("undo"), redo: back("redo"), reset: () => go(start) },
  };
}
