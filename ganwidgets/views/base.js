// Shared by every view; put in front of the view's own script. Plain functions with the prefix gw, no imports.

// Colab gives Uint8Array, JupyterLab DataView: one kind of bytes for both.
function gwBytes(buffer) {
  return new Uint8Array(buffer.buffer ?? buffer, buffer.byteOffset ?? 0, buffer.byteLength);
}

// Copies where the offset is odd: a Float32Array must start at a multiple of four.
function gwFloats(buffer) {
  return new Float32Array(gwBytes(buffer).slice().buffer);
}

// gwEl("div", { class: "gw-row", onclick: f, hidden: true }, "text", child): attributes, listeners and children.
// Text is always set as text, so nothing that comes from the kernel can be markup.
function gwEl(tag, attributes = {}, ...children) {
  const svg = tag === "svg" || tag === "path";
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// An element that takes the focus. JupyterLab and Notebook 7 would swallow its keys without the attribute,
// which has to stand on the focusable element itself.
function gwControl(tag, attributes = {}, ...children) {
  return gwEl(tag, { "data-lm-suppress-shortcuts": "true", ...attributes }, ...children);
}

// A push button. `label` is its text, unless `icon` (an SVG path of a 16 × 16 box) is drawn in its place.
function gwButton(label, onclick, { icon, title, primary, ...attributes } = {}) {
  const kind = icon ? "gw-icon-button" : primary ? "gw-button gw-primary" : "gw-button";
  const face = icon ? gwIcon(icon) : label;
  return gwControl("button", {
    type: "button", class: kind, "aria-label": icon ? label : null, title: title ?? (icon ? label : null), onclick,
    ...attributes,
  }, face);
}

function gwIcon(path) {
  return gwEl("svg", { viewBox: "0 0 16 16", class: "gw-icon", "aria-hidden": "true" }, gwEl("path", { d: path }));
}

// Setting what is there already would cost the browser a layout: frames come often and change little.
function gwText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function gwSet(node, name, value) {
  if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

// A native slider. `oninput(value)` for every movement.
function gwRange(label, { min = 0, max = 1, step = 0.01, value = 0, oninput, ...attributes } = {}) {
  const input = gwControl("input", { type: "range", class: "gw-range", "aria-label": label, min, max, step, ...attributes });
  input.value = value;
  input.addEventListener("input", () => {
    gwFill(input);
    if (oninput) oninput(Number(input.value));
  });
  gwFill(input);
  return input;
}

// Sets a slider from the kernel's side; nothing is reported back. A value outside widens the range until one lies inside
// again. One that is outside by rounding only (float32, and the mean of many pictures) is at the end.
function gwSetRange(input, value) {
  const rounding = 1e-3;
  for (const [end, sign, round] of [["max", 1, Math.ceil], ["min", -1, Math.floor]]) {
    const own = input.dataset[end] ?? input[end];
    if (sign * (value - own) <= rounding) {
      if (input[end] !== own) input[end] = own;
      delete input.dataset[end];
    } else {
      input.dataset[end] = own;
      if (sign * (value - input[end]) > rounding) input[end] = round(value);
    }
  }
  input.value = value;
  gwFill(input);
}

// Where the thumb stands and where zero is, for the coloured part of the track.
function gwFill(input) {
  const low = Number(input.min), span = Number(input.max) - low || 1;
  const at = (value) => Math.min(1, Math.max(0, (value - low) / span));
  const zero = at(0), here = at(Number(input.value));
  const ends = { "--gw-from": Math.min(zero, here), "--gw-to": Math.max(zero, here) };
  for (const [name, end] of Object.entries(ends)) {
    if (input.style.getPropertyValue(name) !== String(end)) input.style.setProperty(name, end);
  }
}

// A native select with a visible label. `options`: [value, text] pairs.
function gwSelect(label, options, onchange, attributes = {}) {
  const select = gwControl("select", { class: "gw-select", onchange: () => onchange(select.value), ...attributes });
  gwOptions(select, options);
  return { node: gwEl("label", { class: "gw-field" }, gwEl("span", { class: "gw-label" }, label), select), select };
}

function gwOptions(select, options) {
  const chosen = select.value;
  select.replaceChildren(...options.map(([value, text]) => gwEl("option", { value }, text)));
  if (options.some(([value]) => String(value) === chosen)) select.value = chosen;
}

// Whether the page comes from the kernel's own machine, where bytes cost next to nothing.
const GW_NEAR = ["localhost", "127.0.0.1", "[::1]"].includes(window.location.hostname);

// Page to kernel: one request on its way; while it is, a newer one with the same key takes the older one's place.
// ask(payload, { key, merge, buffers }) -> promise of the reply (undefined where a newer request took its place).
function gwRequests(model, onbusy, onlost) {
  const page = Math.random().toString(36).slice(2, 10);
  const waiting = new Map();
  let count = 0, current = null, timer = 0, patience = 1000, stopped = false;

  function next() {
    clearTimeout(timer);
    if (stopped || current || waiting.size === 0) return;
    const [key, item] = waiting.entries().next().value;
    waiting.delete(key);
    current = { ...item, id: item.id ?? `${page}:${++count}` };
    onbusy(true);
    try {
      model.send({ kind: "request", id: current.id, near: GW_NEAR, payload: item.payload }, undefined, item.buffers);
    } catch { // another kernel, or none
      waiting.clear();
      current.resolve(undefined);
      current = null;
      onbusy(false);
      onlost();
      return;
    }
    timer = setTimeout(give_up, patience);
  }

  // Nobody has answered: the kernel is busy with a cell, or gone. Ask again with what is newest, ever more rarely.
  // The same question keeps its id, and the kernel answers an id once.
  function give_up() {
    patience = Math.min(2 * patience, 30000);
    const lost = current;
    current = null;
    if (lost && waiting.has(lost.key)) lost.resolve(undefined);
    else if (lost) waiting.set(lost.key, lost);
    next();
  }

  function ask(payload, { key = payload.do ?? "", merge, buffers } = {}) {
    return new Promise((resolve) => {
      const older = waiting.get(key);
      if (older) older.resolve(undefined);
      const merged = older && merge ? merge(older.payload, payload) : payload;
      waiting.set(key, { key, payload: merged, buffers, resolve });
      next();
    });
  }

  // While a slow request is being carried out nothing else is sent, however long it takes.
  function hear(content, buffers) {
    if (!current || content.id !== current.id) return;
    clearTimeout(timer);
    if (content.kind === "begun") {
      timer = setTimeout(give_up, 120000);
      return;
    }
    const finished = current;
    current = null;
    patience = 1000;
    onbusy(waiting.size > 0);
    finished.resolve({ ...content.reply, buffers });
    next();
  }

  return { ask, hear, stop() { stopped = true; clearTimeout(timer); waiting.clear(); }, idle: () => !current && waiting.size === 0 };
}

// Kernel to page: prepares the newest frame, paints it, and only then, where asked to, acknowledges it. Frames that the
// page has asked for (seq 0) are painted at once, others on the next animation frame, so that a hidden page slows them
// down.
// prepare(meta, buffers) -> (promise of) a function that draws. Frames with meta.partial paint over the one before;
// any other one takes the place of those that are still waiting.
function gwFrames(model, root, prepare) {
  let waiting = [], busy = false, stopped = false, painted = 0, working = Promise.resolve();

  async function work() {
    busy = true;
    while (waiting.length && !stopped) {
      const frames = waiting;
      const seq = Math.max(...frames.map(({ meta }) => meta.seq)), asked = frames.some(({ meta }) => meta.ask);
      waiting = [];
      try {
        const draws = await Promise.all(frames.map(({ meta, buffers }) => prepare(meta, buffers)));
        if (seq) await new Promise(requestAnimationFrame);
        for (const draw of draws) if (!stopped && draw) draw();
        root.dataset.painted = ++painted;
      } finally {
        if (!stopped && asked) model.send({ kind: "painted", seq });
      }
    }
    busy = false;
  }

  return {
    hear(meta, buffers) {
      const all = [meta, ...waiting.map((frame) => frame.meta)];
      const seq = Math.max(...all.map((each) => each.seq)), ask = all.some((each) => each.ask);
      waiting = [...(meta.partial ? waiting : []), { meta: { ...meta, seq, ask }, buffers }];
      if (!busy) working = work().catch((error) => { busy = false; console.error(error); });
    },
    done: () => working, // every frame that has come so far is painted
    stop() { stopped = true; },
  };
}

// Draws again when `node` has another size or the page another theme. JupyterLab marks its body, others the document.
function gwFollow(view, node, redraw) {
  const sized = new ResizeObserver(() => redraw());
  sized.observe(node);
  // While JupyterLab changes its theme nothing has a size.
  const themed = new MutationObserver(() => requestAnimationFrame(() => redraw()));
  for (const marked of [document.documentElement, document.body]) themed.observe(marked, GW_MARKS);
  view.onclose(() => { sized.disconnect(); themed.disconnect(); });
}

// How pages say that they are dark: JupyterLab, Notebook 7 and Voilà; VS Code; marimo; Colab. A sheet could not tell:
// marimo shows a view in a shadow tree of its own, where the page's elements are out of its sight.
const GW_DARK = '[data-jp-theme-light="false"], .vscode-dark, .dark-theme, [theme="dark"]';
const GW_MARKS = { attributes: true, attributeFilter: ["data-jp-theme-light", "data-theme", "theme", "class"] };

function gwShade(root) {
  const page = [document.documentElement, document.body];
  const shade = () => root.classList.toggle("gw-dark", page.some((marked) => marked.matches(GW_DARK)));
  const themed = new MutationObserver(shade);
  for (const marked of page) themed.observe(marked, GW_MARKS);
  shade();
  return () => themed.disconnect();
}

// A view's script ends with: export default gwView((view) => ({ prepare, hear }));
// view: { model, root, body, ask, painted, onclose }. `prepare` as in gwFrames; `hear(content, buffers)` gets other
// messages; `painted()` resolves when the frames that have come are painted. The root's data-idle is "true" while no
// request of the page is unanswered and no frame unpainted.
function gwView(build) {
  function render({ model, el }) {
    const body = gwEl("div", { class: "gw-body" });
    const notice = gwEl("div", { class: "gw-notice", role: "alert", hidden: true });
    const trace = gwEl("pre", { class: "gw-notice-trace" });
    const details = gwEl("details", { class: "gw-notice-more", hidden: true }, gwControl("summary", {}, "Where it happened"), trace);
    const root = gwEl("div", { class: "gw-root", "data-painted": "0", "data-idle": "true" }, gwEl("div", { class: "gw-busy" }), body, notice, details);
    el.append(root);
    const closers = [gwShade(root)];
    let slow = 0;
    const requests = gwRequests(model, (busy) => {
      clearTimeout(slow);
      if (busy) {
        slow = setTimeout(() => { root.dataset.busy = "true"; }, 300);
        root.dataset.idle = "false";
      } else {
        if (root.dataset.busy) delete root.dataset.busy;
        frames.done().then(() => { if (requests.idle()) root.dataset.idle = "true"; });
      }
    }, () => show("The kernel that this widget belongs to is gone. Run its cell again."));
    const view = { model, root, body, ask: requests.ask, painted: () => frames.done(), onclose: (f) => closers.push(f) };
    const parts = build(view) ?? {};
    const frames = gwFrames(model, root, parts.prepare ?? (() => null));

    function show(text, more = "") {
      notice.textContent = text;
      notice.hidden = !text;
      trace.textContent = more;
      details.hidden = !more;
      details.open = false;
    }

    function hear(content, buffers) {
      if (content.kind === "frame") frames.hear(content, buffers);
      else if (content.kind === "begun" || content.kind === "done") requests.hear(content, buffers);
      else if (content.kind === "error") show(content.text, content.details);
      else if (content.kind === "ping") model.send({ kind: "here" });
      else if (parts.hear) parts.hear(content, buffers);
    }

    model.on("msg:custom", hear);
    model.send({ kind: "open", near: GW_NEAR });
    return () => {
      model.off("msg:custom", hear);
      clearTimeout(slow);
      frames.stop();
      requests.stop();
      for (const close of closers) close();
      try { model.send({ kind: "gone" }); } catch { /* the kernel went first */ }
    };
  }
  return { render };
}
