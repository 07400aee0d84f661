// SoundExplorer: the sound as wave and spectrogram, sliders that change it, a way from A to B, and a game.

export default gwView((view) => {
  const { model, root, body, ask, onclose } = view;
  const spec = model.get("spec"), rate = model.get("rate");
  root.classList.add("gw-sound");
  const audio = gwAudio(root);
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  let sound = null, log = true, auto = true, loop = false, turn = 0, walking = null;

  const canvas = gwEl("canvas", { class: "gw-sound-canvas", role: "img" });
  const head = gwEl("div", { class: "gw-sound-head", hidden: true, "aria-hidden": "true" });
  const words = gwEl("div", { class: "gw-muted gw-sound-words", role: "status" });
  const play = gwButton("Play", () => (audio.playing() ? audio.stop() : listen()), { class: "gw-button gw-primary gw-sound-play" });
  const press = (label, title, on, change) => {
    const button = gwButton(label, () => { on = !on; gwSet(button, "aria-pressed", on); change(on); }, { title, "aria-pressed": String(on) });
    return button;
  };
  const volume = gwRange("volume", { min: 0, max: 1, step: 0.02, value: 0.7, oninput: audio.volume });
  const transport = gwEl("div", { class: "gw-row" }, play,
    press("Loop", "Play it over and over", false, (on) => { loop = on; audio.loop(on); }),
    press("Play on release", "Play the sound whenever a slider is let go", true, (on) => { auto = on; }),
    press("Octaves", "Equal steps for octaves, as one hears, or for Hz", true, (on) => { log = on; draw(); }),
    gwEl("label", { class: "gw-sound-volume" }, gwEl("span", { class: "gw-label", "aria-hidden": "true" }, "Volume"), volume));

  const sliders = gwSliders(view, spec, (group, index, on) => ask({ do: "lock", slider: [group, index], on }, { key: `lock:${group}.${index}` }));
  const go = (button, what) => { if (button.getAttribute("aria-disabled") !== "true") change({ do: what }); };
  const undo = gwButton("Undo", () => go(undo, "undo")), redo = gwButton("Redo", () => go(redo, "redo"));
  const buttons = gwEl("div", { class: "gw-row gw-buttons" },
    gwButton("Randomise", () => change({ do: "randomise" }), { primary: true }), undo, redo,
    gwButton("Reset", () => change({ do: "reset" })), gwButton("Save WAV", () => ask({ do: "wav" }).then(gwSave)));

  let t = 0;
  const hand = gwHand(view, "path", (value) => ({ do: "path", t: value }), () => gwSetRange(scrub, t));
  const scrub = hand.watch(gwRange("from A to B", { min: 0, max: 1, step: 0.02, value: 0, oninput: hand.moved }));
  const way = gwButton("Hear the way", walk);
  const path = gwCard("From A to B", "Two places of the latent space, and what lies between them.",
    gwEl("div", { class: "gw-row gw-one-line" }, gwEl("b", {}, "A"), scrub, gwEl("b", {}, "B")),
    gwEl("div", { class: "gw-row" }, way,
      gwButton("Set A here", () => ask({ do: "mark", end: "A" })), gwButton("Set B here", () => ask({ do: "mark", end: "B" }))));
  const game = model.get("game") ? gwSoundGame(view, audio, rate, () => log) : null;

  body.append(gwEl("div", { class: "gw-sound-board" },
    gwEl("div", { class: "gw-stack" }, gwEl("div", { class: "gw-sound-picture" }, canvas, head), words, transport),
    gwEl("div", { class: "gw-stack" }, sliders.node, buttons)),
  gwEl("div", { class: "gw-tools" }, path, game?.node));

  function listen() {
    if (!sound) return;
    audio.play(sound.wave, rate, { loop, onend: rest });
    gwText(play, "Stop");
    follow();
  }

  const rest = () => { if (!audio.playing()) { gwText(play, "Play"); head.hidden = true; } };

  function follow() {
    const own = ++turn;
    const move = () => {
      if (own !== turn || !audio.playing()) { if (own === turn) head.hidden = true; return; }
      if (walking) step();
      else if (!still) { head.hidden = false; head.style.left = `${100 * audio.place()}%`; }
      requestAnimationFrame(move);
    };
    move();
  }

  // Does what a person wants; plays the result once it is here. The gesture itself wakes the audio.
  let wish = 0;
  async function change(request) {
    if (auto) audio.wake();
    const own = ++wish;
    await ask(request, { key: request.do });
    await view.painted();
    if (auto && own === wish) { walking = null; listen(); }
  }

  // A slider that was let go, or moved by a key. Keys that are held down play once they rest.
  let resting = 0;
  body.addEventListener("change", (event) => {
    if (!event.target.matches(".gw-sliders .gw-range, .gw-range[aria-label='from A to B']") || !auto) return;
    audio.wake();
    clearTimeout(resting);
    resting = setTimeout(() => change({ do: "settled" }), 120);
  });

  async function walk() {
    audio.wake();
    const reply = await ask({ do: "way" });
    if (!reply?.count) return;
    const own = { count: reply.count, at: -1, gesture: Math.random().toString(36).slice(2) };
    walking = own;
    wish++;
    // A walk that was cut short by the next one ends after that has begun.
    audio.play(gwFloats(reply.buffers[0]), rate, { onend: () => { if (walking === own) walking = null; rest(); } });
    gwText(play, "Stop");
    follow();
  }

  function step() {
    const at = Math.min(walking.count - 1, Math.floor(audio.place() * walking.count));
    head.hidden = true;
    if (at === walking.at) return;
    walking.at = at;
    ask({ do: "path", t: at / (walking.count - 1), gesture: walking.gesture }, { key: "path" });
  }

  const lowest = 50;
  function draw() {
    if (!sound) return;
    const dpr = window.devicePixelRatio || 1, width = Math.round(canvas.clientWidth * dpr), height = Math.round(canvas.clientHeight * dpr);
    if (!width) return;
    if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
    const context = canvas.getContext("2d"), style = getComputedStyle(root), rgb = gwRgb(style, "fake");
    const middle = Math.round(0.34 * height), gap = Math.round(6 * dpr), top = middle + gap, tall = height - top, most = rate / 2;
    context.clearRect(0, 0, width, height);
    gwDrawWave(context, sound.wave, [0, 0, width, middle], `rgb(${rgb})`);
    const curve = (share) => (log ? (lowest / most) * (most / lowest) ** share : share);
    gwDrawSpectrum(context, sound, [0, top, width, tall], rgb, curve);
    const ticks = log ? [100, 300, 1000, 3000, 10000] : [0.25, 0.5, 0.75].map((share) => share * most);
    context.font = `${11 * dpr}px ${style.fontFamily}`;
    for (const hertz of ticks.filter((each) => each < 0.9 * most)) {
      const share = log ? Math.log(hertz / lowest) / Math.log(most / lowest) : hertz / most, y = top + (1 - share) * tall;
      context.fillStyle = style.getPropertyValue("--gw-line");
      context.fillRect(0, y, 6 * dpr, 1);
      context.fillStyle = style.getPropertyValue("--gw-soft");
      context.fillText(hertz < 1000 ? `${hertz} Hz` : `${hertz / 1000} kHz`, 9 * dpr, y + 4 * dpr);
    }
  }

  function prepare(meta, buffers) {
    const values = spec.groups.map((_, index) => gwFloats(buffers[index]));
    const wave = gwFloats(buffers[spec.groups.length]), levels = gwBytes(buffers[spec.groups.length + 1]);
    return () => {
      sound = { wave, levels, bins: meta.bins, frames: meta.frames };
      const { state } = meta;
      gwText(words, state.words);
      gwSet(canvas, "aria-label", `wave and spectrogram of a sound: ${state.words}`);
      sliders.update(values, state.locked);
      gwSet(undo, "aria-disabled", !state.undo); // a disabled one would lose the focus
      gwSet(redo, "aria-disabled", !state.redo);
      t = state.t;
      if (!hand.held()) gwSetRange(scrub, t);
      draw();
    };
  }

  gwFollow(view, canvas, draw);
  onclose(() => { clearTimeout(resting); turn++; audio.close(); });
  return { prepare };
});

// Two sounds: which one is real? Nothing in the page knows before the kernel has heard the guess.
function gwSoundGame({ root, ask, ...view }, audio, rate, isLog) {
  const said = gwEl("p", { class: "gw-muted gw-says", role: "status" }, "One is from the data, one from the generator. Listen, then choose.");
  const next = gwButton("New pair", deal, { primary: true });
  let pair = null, open = false;
  const sides = [0, 1].map((side) => {
    const canvas = gwEl("canvas", { class: "gw-sound-small", role: "img", "aria-label": `spectrogram of sound ${side + 1}` });
    const hear = gwButton(`Play ${side + 1}`, () => pair && audio.play(pair.waves[side], rate), { disabled: true });
    const choose = gwButton(`${side + 1} is real`, () => guess(side), { disabled: true });
    return { canvas, hear, choose, kind: "soft", node: gwEl("div", { class: "gw-stack" }, canvas, gwEl("div", { class: "gw-row" }, hear, choose)) };
  });
  const pictures = gwEl("div", { class: "gw-sound-pair", hidden: true }, ...sides.map((side) => side.node));
  const node = gwCard("Which one is real?", null, said, pictures, gwEl("div", { class: "gw-row" }, next));

  async function deal() {
    audio.wake();
    const reply = await ask({ do: "pair" });
    if (!reply?.buffers) return;
    const [a, b, levels_a, levels_b] = reply.buffers;
    pair = { waves: [a, b].map(gwFloats), shapes: [levels_a, levels_b].map((each) => ({ levels: gwBytes(each), bins: reply.bins, frames: reply.frames })) };
    open = true;
    pictures.hidden = false;
    for (const side of sides) { side.kind = "soft"; side.hear.disabled = side.choose.disabled = false; }
    said.textContent = reply.words;
    draw();
    audio.play(pair.waves[0], rate);
    sides[0].hear.focus();
  }

  async function guess(side) {
    if (!open) return;
    const reply = await ask({ do: "guess", side });
    if (reply?.real === undefined) return;
    open = false;
    sides.forEach((each, index) => { each.kind = index === reply.real ? "real" : "fake"; each.choose.disabled = true; });
    said.textContent = reply.words;
    next.focus();
    draw();
  }

  function draw() {
    if (!pair) return;
    const dpr = window.devicePixelRatio || 1, style = getComputedStyle(root);
    sides.forEach(({ canvas, kind }, index) => {
      canvas.width = Math.round(canvas.clientWidth * dpr);
      canvas.height = Math.round(canvas.clientHeight * dpr);
      if (!canvas.width) return;
      const most = rate / 2, curve = (share) => (isLog() ? (50 / most) * (most / 50) ** share : share);
      gwDrawSpectrum(canvas.getContext("2d"), pair.shapes[index], [0, 0, canvas.width, canvas.height], gwRgb(style, kind), curve);
      const who = kind === "soft" ? "" : kind === "real" ? ": real" : ": generated";
      gwSet(canvas, "aria-label", `spectrogram of sound ${index + 1}${who}`);
    });
  }

  gwFollow(view, node, draw);
  return { node };
}
