// Brings the widgets of a page without a kernel to life. Every element of the class gw-leaf names its view and what the
// widget left; both are scripts beside this one, since a page that is opened as a file may load scripts and nothing else.
// They are loaded when the element comes into sight, big files when something is drawn.

(() => {
  const here = new URL(".", document.currentScript.src).href;
  const brought = new Map(), coming = new Map();

  // A script calls ganwidgetsPage.bring(name, what) with the name it was asked for by.
  function load(name) {
    if (!coming.has(name)) {
      coming.set(name, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = `${here}${name}.js`;
        script.onload = () => resolve(brought.get(name));
        script.onerror = () => reject(new Error(`${name}.js is not beside this page`));
        document.head.append(script);
      }));
    }
    return coming.get(name);
  }

  const bytes = async (text) => new Uint8Array(await (await fetch(`data:application/octet-stream;base64,${text}`)).arrayBuffer());

  async function file(leaf, name) {
    return bytes(await load(`files/${leaf.models?.[name] ?? name}`));
  }

  // The page's side of a widget, as anywidget gives it to a view.
  function gwModel(leaf, hearers) {
    const model = {
      get: (name) => leaf[name],
      set() {}, save_changes() {},
      on: (event, hearer) => { if (event === "msg:custom") hearers.add(hearer); },
      off: (event, hearer) => hearers.delete(hearer),
    };
    return model;
  }

  async function answer(standIn, send, { id, payload }) {
    let reply;
    send({ kind: "begun", id }); // else the view would ask again after a second
    try {
      const act = standIn.requests[payload.do];
      if (!act) throw new Error(`this needs a kernel: open the notebook in JupyterLab (${payload.do})`);
      reply = await act(payload);
      send({ kind: "error", text: "", details: "" });
    } catch (error) {
      send({ kind: "error", text: error.message, details: "" });
    }
    const { buffers = [], ...said } = reply ?? {};
    send({ kind: "done", id, reply: said }, buffers);
  }

  async function wake(root) {
    const [make, leaf] = await Promise.all([load(`views/${root.dataset.view}`), load(`leaves/${root.dataset.leaf}`)]);
    const { view, gwStandIn } = make();
    const hearers = new Set(), model = gwModel(leaf, hearers);
    const buffers = await Promise.all((leaf.buffers ?? []).map(bytes));
    const send = (content, out = []) => hearers.forEach((hearer) => hearer(content, out));
    const living = document.createElement("div");
    const standIn = gwStandIn({ leaf, buffers, send, file: (name) => file(leaf, name), root: living });
    model.send = (content) => {
      if (content.kind === "open") standIn.open();
      else if (content.kind === "request") answer(standIn, send, content);
    };
    view.render({ model, el: living });
    root.replaceChildren(living);
    root.dataset.alive = "true";
  }

  function look() {
    const seen = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        seen.unobserve(target);
        wake(target).catch((error) => { target.title = `Only a picture: ${error.message}`; });
      }
    }, { rootMargin: "200px" });
    for (const root of document.querySelectorAll(".gw-leaf")) seen.observe(root);
  }

  // The views read JupyterLab's mark of a dark theme.
  function shade() {
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    const mark = () => {
      const theme = document.body.dataset.theme ?? "auto";
      document.documentElement.dataset.jpThemeLight = String(theme === "light" || (theme === "auto" && !dark.matches));
    };
    new MutationObserver(mark).observe(document.body, { attributes: true, attributeFilter: ["data-theme"] });
    dark.addEventListener("change", mark);
    mark();
  }

  window.ganwidgetsPage = { bring: (name, what) => brought.set(name, what) };
  document.addEventListener("DOMContentLoaded", () => { shade(); look(); });
})();
