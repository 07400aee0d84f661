// Put into the page of a slider measurement. After every animation frame it reads from the pixels which slider value
// each picture shows, and keeps a record of what changed when, and of where the slider stood. Times are in ms.
(() => {
  const BITS = 8, THRESHOLD = 120;
  const sides = {
    ours: explorer(":not([data-engine])"),
    page: explorer("[data-engine=page]"),
    interact: peer("interact", "img"),
    ipympl: peer("ipympl", "canvas"),
    png: peer("png", "img"),
    jpeg: peer("jpeg", "img"),
  };

  function explorer(which) {
    return {
      gap: (n) => (n > 16 ? 2 : 4),
      picture: () => document.querySelector(`.gw-explorer${which} canvas`),
      handle: () => document.querySelector(`.gw-explorer${which} .gw-sliders input[type=range]`),
      value: (handle) => Number(handle.value),
    };
  }

  function peer(name, picture) {
    return {
      gap: () => 0,
      picture: () => document.querySelector(`.bench-${name} ${picture}`),
      handle: () => document.querySelector(`.bench-${name} .noUi-handle`),
      // The handle's aria-valuenow has one decimal only.
      value: () => Number(document.querySelector(`.bench-${name} .widget-readout`).textContent.replace("−", "-")),
    };
  }
  const strip = document.createElement("canvas");
  const context = strip.getContext("2d", { willReadFrequently: true });
  let side = null, n = 0, columns = 1, box = null, record = null, seen = null, frame = 0, onsettled = null;

  const size = (picture) => [picture.naturalWidth ?? picture.width, picture.naturalHeight ?? picture.height];

  // The part of the picture that is neither white nor transparent: matplotlib leaves a margin.
  function bounds(picture) {
    const [width, height] = size(picture);
    strip.width = width;
    strip.height = height;
    context.clearRect(0, 0, width, height);
    context.drawImage(picture, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    let left = width, right = -1, top = height, bottom = -1;
    for (let y = 0, at = 0; y < height; y++) for (let x = 0; x < width; x++, at += 4) {
      if (data[at + 3] < 128 || Math.min(data[at], data[at + 1], data[at + 2]) > 250) continue;
      left = Math.min(left, x); right = Math.max(right, x);
      top = Math.min(top, y); bottom = Math.max(bottom, y);
    }
    const w = right - left + 1, h = bottom - top + 1, gap = columns === 1 ? 0 : sides[side].gap(n);
    return { left, top, tw: (w - gap * (columns - 1)) / columns, th: (h - gap * (columns - 1)) / columns, gap, width, height };
  }

  // One row of pixels out of each row of pictures, gathered on the strip: -1 for a picture without a readable code.
  function read(picture) {
    const [width, height] = size(picture);
    if (!box || box.width !== width || box.height !== height) box = bounds(picture);
    if (strip.width !== width || strip.height !== columns) {
      strip.width = width;
      strip.height = columns;
    }
    for (let row = 0; row < columns; row++) {
      const y = Math.floor(box.top + row * (box.th + box.gap) + box.th * 4 / 64);
      context.drawImage(picture, 0, y, width, 1, 0, row, width, 1);
    }
    const { data } = context.getImageData(0, 0, width, columns);
    const codes = [];
    for (let i = 0; i < n; i++) {
      const row = Math.floor(i / columns), start = box.left + (i % columns) * (box.tw + box.gap);
      let code = 0, ones = 0;
      for (let k = 0; k < BITS; k++) {
        const x = Math.floor(start + (k + 0.5) * box.tw / BITS);
        const bit = data[4 * (row * width + x) + 1] > THRESHOLD ? 1 : 0;
        ones += bit;
        if (k < BITS - 1) code |= bit << k;
      }
      codes.push(ones % 2 ? code : -1);
    }
    return codes;
  }

  const hand = () => Math.round((sides[side].value(sides[side].handle()) + 3) / 0.05);

  function sample() {
    if (!record) return;
    const now = performance.now();
    note_hand(now);
    look(now);
    settle(now);
  }

  function look(now) {
    const picture = sides[side].picture();
    if (!picture || picture.complete === false || size(picture)[0] === 0) return;
    if (picture instanceof HTMLImageElement && seen === picture.src) return;
    seen = picture.src;
    const codes = read(picture);
    const last = record.frames.at(-1)?.[1];
    if (!last || codes.some((code, i) => code !== last[i])) record.frames.push([now, codes]);
  }

  function note_hand(now) {
    const code = hand();
    if (record.hand.at(-1)?.[1] !== code) record.hand.push([now, code]);
  }

  function settle(now) {
    if (!onsettled) return;
    const wanted = hand(), codes = record.frames.at(-1)?.[1] ?? [];
    const done = now >= onsettled.least && codes.length && codes.every((code) => code === wanted);
    if (!done && now < onsettled.most) return;
    onsettled.resolve(Boolean(done));
    onsettled = null;
  }

  // A task after the frame's own callbacks, so that what they painted is seen in the same frame.
  const channel = new MessageChannel();
  channel.port1.onmessage = sample;
  function tick() {
    channel.port2.postMessage(0);
    frame = requestAnimationFrame(tick);
  }

  for (const kind of ["keydown", "pointerup"]) window.addEventListener(kind, (event) => {
    if (record) record[kind].push(event.timeStamp);
  }, { capture: true });
  // The slider has moved by the time that this task runs.
  for (const kind of ["keydown", "pointermove", "input"]) window.addEventListener(kind, (event) => {
    if (record) setTimeout(() => { if (record) note_hand(event.timeStamp); });
  }, { capture: true });

  window.bench = {
    start(name, count) {
      side = name; n = count; columns = Math.round(Math.sqrt(count)); box = null; seen = null;
      record = { frames: [], hand: [], keydown: [], pointerup: [] };
      frame = requestAnimationFrame(tick);
    },
    stop() {
      cancelAnimationFrame(frame);
      const made = record;
      record = null;
      return made;
    },
    focus: () => sides[side].handle().focus(),
    scroll: () => sides[side].handle().scrollIntoView({ block: "center" }),
    // Where to take hold of the slider, and how far it can be dragged.
    grip() {
      const handle = sides[side].handle();
      const native = handle.tagName === "INPUT";
      const track = (native ? handle : handle.closest(".noUi-target")).getBoundingClientRect();
      return { left: track.left, right: track.right, y: (track.top + track.bottom) / 2, native };
    },
    hand,
    there: (name) => Boolean(sides[name].picture() && sides[name].handle()),
    shown: () => record?.frames.at(-1) ?? null,
    // Resolves once every picture shows the slider's value, but not before `least` ms; false after `most`.
    settled: (least, most) => new Promise((resolve) => {
      const now = performance.now();
      onsettled = { resolve, least: now + least, most: now + most };
    }),
  };
})();
