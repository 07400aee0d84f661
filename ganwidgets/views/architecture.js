// Networks as rows of blocks. A block is a radio button: click it, or go there with the arrow keys, to open its layer.

export default gwView((view) => {
  const { model, root, body, ask } = view;
  root.classList.add("gw-arch");
  const { parts } = model.get("spec");
  const blocks = [];
  let chosen = 0, held = 0, what = "";

  function column(block, colour) {
    const index = blocks.length;
    const thumb = gwEl("canvas", { class: "gw-arch-thumb", width: 1, height: 1 });
    const node = gwControl("button", {
      type: "button", class: "gw-arch-layer", role: "radio", "aria-checked": "false", "aria-label": block.name, title: block.name,
      tabindex: "-1", onclick: () => choose(index), style: `--gw-part: var(--gw-${colour})`,
    },
    gwEl("span", { class: "gw-arch-room" },
      gwEl("span", { class: "gw-arch-block", style: `--gw-wide: ${block.width}; --gw-high: ${block.height}` })),
    thumb,
    gwEl("span", { class: "gw-arch-label" }, ...block.label.map((line) => gwEl("span", {}, line))),
    gwEl("span", { class: "gw-arch-shares" }, gwEl("span", { class: "gw-arch-share", style: `--gw-share: ${block.share}` })),
    gwEl("span", { class: "gw-arch-percent gw-muted" }, block.percent));
    blocks.push({ node, thumb });
    return node;
  }

  const groups = parts.map(({ title, colour, blocks: specs }) => gwEl("div", {
    class: "gw-arch-part", style: `--gw-count: ${specs.length}`,
  },
  gwEl("div", { class: "gw-arch-title" }, gwEl("span", { class: "gw-arch-dot", style: `background: var(--gw-${colour})` }), title),
  gwEl("div", { class: "gw-arch-row" }, ...specs.map((spec) => column(spec, colour)))));
  const result = gwTiles(view, { label: () => what, maxWidth: 96 });
  const verdict = gwEl("div", { class: "gw-arch-verdict" });
  const middle = gwEl("div", { class: "gw-arch-result" }, result.node, verdict);
  const strip = gwEl("div", { class: "gw-arch-strip", role: "radiogroup", "aria-label": "Layers, from z to D's verdict", onkeydown: keyed },
    groups[0], middle, ...groups.slice(1));
  const legend = gwEl("div", { class: "gw-muted gw-arch-legend" },
    "Click a layer to look inside. Height: side of the maps. Width: channels. Picture: the most active channel. Grey bar: share of the network's parameters.");

  const title = gwEl("div", { class: "gw-arch-name", role: "status" });
  const facts = gwEl("div", { class: "gw-arch-facts" });
  const words = gwEl("div", { class: "gw-muted" });
  const maps = gwTiles(view, { label: () => `Activations. ${words.textContent}`, maxWidth: 404 });
  body.append(strip, legend, title, gwEl("div", { class: "gw-arch-open" },
    gwEl("div", { class: "gw-stack" }, maps.node, words), facts));

  function mark() {
    blocks.forEach(({ node }, index) => {
      gwSet(node, "aria-checked", index === chosen);
      node.tabIndex = index === chosen ? 0 : -1;
    });
  }

  function choose(index) {
    chosen = index;
    mark();
    held++;
    ask({ do: "choose", index }, { key: "choose" }).then(() => { held--; });
  }

  function keyed(event) {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, Home: -blocks.length, End: blocks.length }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    choose(Math.min(blocks.length - 1, Math.max(0, chosen + step)));
    blocks[chosen].node.focus();
  }

  function drawThumbs(sizes, bytes) {
    let start = 0;
    sizes.forEach(([w, h], index) => {
      const { thumb } = blocks[index];
      if (thumb.width !== w) thumb.width = w;
      if (thumb.height !== h) thumb.height = h;
      thumb.getContext("2d").putImageData(gwPixels(bytes.subarray(start, start + 3 * w * h), 0, { w, h, c: 3 }), 0, 0);
      start += 3 * w * h;
    });
  }

  async function prepare(meta, buffers) {
    const drawMaps = await maps.prepare(meta.sheet, buffers[0]);
    const drawResult = meta.result ? await result.prepare(meta.result, buffers[2]) : null;
    const bytes = gwBytes(buffers[1]);
    return () => {
      // While the hand goes on, the kernel's choice is older than the hand's.
      if (!held) { chosen = meta.chosen; mark(); }
      gwText(title, meta.title);
      gwText(words, meta.words);
      gwText(verdict, meta.verdict);
      what = meta.what;
      facts.replaceChildren(...meta.facts.map(([term, text]) => gwEl("div", { class: "gw-arch-fact" }, gwEl("span", { class: "gw-muted" }, term), gwEl("span", {}, text))));
      middle.hidden = !meta.result && !meta.verdict;
      result.node.hidden = !meta.result;
      drawThumbs(meta.thumbs, bytes);
      maps.node.style.maxWidth = meta.sheet.w === 1 ? "240px" : ""; // single numbers need no more
      drawMaps();
      if (drawResult) drawResult();
    };
  }

  mark();
  return { prepare };
});
