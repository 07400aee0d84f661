// What goes with sliders and is not needed at first: truncation, bookmarks and the path between two, saving, sharing.
// Each returns { node, … }; `view.ask` sends a request to the kernel.

const GW_CROSS = "M4 4l8 8M12 4l-8 8";

function gwCard(title, explanation, ...children) {
  return gwEl("section", { class: "gw-card gw-stack", "aria-label": title },
    gwEl("h4", { class: "gw-title" }, title), explanation ? gwEl("p", { class: "gw-muted gw-says" }, explanation) : null, ...children);
}

function gwTruncation(view) {
  let value = 1;
  const number = gwEl("span", { class: "gw-number", "aria-hidden": "true" });
  const hand = gwHand(view, "truncate", (psi) => ({ do: "truncate", psi }), refresh);
  const slider = hand.watch(gwRange("truncation ψ", {
    min: 0, max: 1, step: 0.02, value: 1,
    oninput: (psi) => { gwText(number, psi.toFixed(2)); hand.moved(psi); },
  }));
  const node = gwCard("Truncation ψ", "1 is z as drawn; towards 0 every z moves to the centre: more typical, less varied.",
    gwEl("div", { class: "gw-row gw-one-line" }, slider, number));
  function refresh() {
    if (hand.held()) return;
    gwSetRange(slider, value);
    gwText(number, value.toFixed(2));
  }
  return { node, update(psi) { value = psi; refresh(); } };
}

// Whoever takes a slider, see `view.taken` in hand.js, or goes elsewhere ends the walk: `stop`.
function gwBookmarks(view) {
  const { root, ask, onclose, local, painted } = view;
  const strip = gwEl("div", { class: "gw-row gw-strip" });
  const ends = ["A", "B"].map((name) => gwSelect(name, [], () => {}));
  const hand = gwHand(view, "path", (t) => ({ do: "path", ...between(), t }));
  const scrub = hand.watch(gwRange("path from A to B", {
    min: 0, max: 1, step: 0.01, oninput: hand.moved,
  }));
  const play = gwButton("Play", () => (playing ? stop() : start()), { "aria-pressed": "false" });
  const gif = gwButton("Save GIF", () => ask({ do: "gif", ...between() }).then(gwSave));
  const path = gwEl("div", { class: "gw-stack", hidden: true },
    gwEl("div", { class: "gw-row" }, ends[0].node, ends[1].node), scrub, gwEl("div", { class: "gw-row" }, play, gif));
  const hint = gwEl("p", { class: "gw-muted gw-says" });
  const mark = gwButton("Bookmark this", () => { stop(); ask({ do: "bookmark" }); });
  const node = gwCard("Bookmarks and path", null, gwEl("div", { class: "gw-row" }, mark), strip, hint, path);
  let playing = false, walk = "", urls = [], count = 0;

  const between = () => ({ a: Number(ends[0].select.value), b: Number(ends[1].select.value) });
  const at = (t, draft) => ({ do: "path", ...between(), t, draft, gesture: walk });
  const tell = gwTeller((request) => ask(request, { key: "path" }));

  // There and back in six seconds; a slow kernel gets fewer steps, never more of them at once.
  async function start() {
    playing = true;
    walk = Math.random().toString(36).slice(2);
    play.textContent = "Stop";
    play.setAttribute("aria-pressed", "true");
    local.hold(play);
    const begun = performance.now() - 3000 * Number(scrub.value);
    while (playing) {
      const phase = ((performance.now() - begun) / 3000) % 2;
      scrub.value = phase < 1 ? phase : 2 - phase;
      gwFill(scrub);
      const request = at(Number(scrub.value), true);
      if (local.move(request)) tell.soon(request);
      else if ((await ask(request))?.rough === undefined) stop(); // it has failed, or there is no kernel
      await new Promise(requestAnimationFrame);
    }
  }

  function stop() {
    if (!playing) return;
    playing = false;
    play.textContent = "Play";
    play.setAttribute("aria-pressed", "false");
    tell.forget();
    const done = count > 1 ? ask(at(Number(scrub.value), false)) : Promise.resolve();
    done.then(painted).then(() => { if (!playing) local.free(play); });
  }

  function thumb(buffer, number) {
    const url = URL.createObjectURL(new Blob([gwBytes(buffer)], { type: "image/png" }));
    urls.push(url);
    const picture = gwEl("img", { src: url, alt: "", class: "gw-thumb-picture" });
    const goto = gwControl("button", {
      type: "button", class: "gw-thumb", "aria-label": `Go to bookmark ${number + 1}`, title: `Go to bookmark ${number + 1}`,
      onclick: () => { stop(); ask({ do: "goto", number }); },
    }, picture, gwEl("span", { class: "gw-muted" }, `${number + 1}`));
    const drop = gwButton(`Remove bookmark ${number + 1}`, () => { stop(); ask({ do: "forget", number }); }, { icon: GW_CROSS });
    drop.classList.add("gw-drop");
    return gwEl("div", { class: "gw-marked" }, goto, drop);
  }

  function hear(content, buffers) {
    if (content.kind !== "bookmarks") return;
    urls.forEach((url) => URL.revokeObjectURL(url));
    urls = [];
    const grown = content.count > count, focused = strip.contains(root.getRootNode().activeElement);
    count = content.count;
    strip.replaceChildren(...buffers.slice(0, count).map(thumb));
    const options = Array.from({ length: count }, (_, k) => [k, `${k + 1}`]);
    ends.forEach(({ select }) => gwOptions(select, options));
    if (grown && count > 1) {
      ends[0].select.value = count - 2;
      ends[1].select.value = count - 1;
    }
    if (focused) mark.focus();
    if (count < 2) stop();
    path.hidden = count < 2;
    hint.hidden = count >= 2;
    hint.textContent = count ? "Bookmark a second place to walk between the two." : "Bookmark places you like, and come back with a click.";
  }

  hear({ kind: "bookmarks", count: 0 }, []);
  view.taken = stop;
  onclose(() => { playing = false; urls.forEach((url) => URL.revokeObjectURL(url)); });
  return { node, hear, stop };
}

function gwShare({ root }, ask, { size, count }) {
  const said = gwEl("span", { class: "gw-muted", role: "status" });
  const box = gwControl("textarea", {
    class: "gw-input gw-box", rows: 3, spellcheck: "false", "aria-label": "z as numbers",
    placeholder: `Paste ${size} number${size > 1 ? "s" : ""} ${count > 1 ? "for a selected picture, or as many for each" : "here"}`,
  });

  async function copy(what) {
    const { text } = (await ask({ do: what })) ?? {};
    if (text === undefined) return;
    box.value = text;
    try {
      await navigator.clipboard.writeText(text);
      said.textContent = "Copied.";
    } catch {
      box.select();
      said.textContent = "Press Ctrl+C to copy.";
    }
  }

  async function paste() {
    await ask({ do: "paste", text: box.value });
    root.querySelector(":scope > .gw-notice:not([hidden])")?.scrollIntoView({ block: "nearest" }); // far up on a phone
  }

  const use = gwButton("Use these", paste);
  const node = gwCard("Save and share", null,
    gwEl("div", { class: "gw-row" },
      gwButton("Save PNG", () => ask({ do: "png" }).then(gwSave)),
      gwButton("Copy z", () => copy("numbers")), gwButton("Copy code", () => copy("code"))),
    box, gwEl("div", { class: "gw-row" }, use, said));
  return { node };
}

// Hands a file that the kernel made to the browser as a download.
function gwSave(reply) {
  if (!reply?.buffers?.length) return;
  const url = URL.createObjectURL(new Blob([gwBytes(reply.buffers[0])], { type: reply.type }));
  const link = gwEl("a", { href: url, download: reply.name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
