// Sounds in the page. gwAudio(root) -> { wake, play, stop, volume, place, playing }. Nothing is made before wake() or
// play(), which are called from a person's gesture. The root counts in data-played how often something was played.

function gwAudio(root) {
  let context = null, gain = null, source = null, loudness = 0.7, begun = 0, length = 1, played = 0;

  function wake() {
    if (!context) {
      context = new AudioContext();
      gain = context.createGain();
      gain.gain.value = loudness;
      gain.connect(context.destination);
    }
    if (context.state === "suspended") context.resume().then(tell, tell);
    tell();
  }

  const tell = () => { root.dataset.audio = context.state; };

  // onend(): it has ended by itself, or something else was played.
  function play(wave, rate, { loop = false, onend = () => {} } = {}) {
    stop();
    wake();
    const buffer = context.createBuffer(1, wave.length, rate);
    buffer.copyToChannel(wave, 0);
    const own = context.createBufferSource();
    own.buffer = buffer;
    own.loop = loop;
    own.connect(gain);
    own.onended = () => {
      if (source === own) { source = null; root.dataset.playing = "false"; }
      onend();
    };
    source = own;
    length = buffer.duration;
    begun = context.currentTime;
    own.start();
    root.dataset.played = ++played;
    root.dataset.playing = "true";
  }

  function stop() {
    const own = source;
    source = null;
    root.dataset.playing = "false";
    if (own) own.stop();
  }

  return {
    wake, play, stop,
    playing: () => source !== null,
    loop(on) { if (source) source.loop = on; },
    volume(share) { loudness = share; if (gain) gain.gain.value = share; },
    place: () => (source ? ((context.currentTime - begun) / length) % 1 : 0), // 0 to 1 of what plays
    close() { stop(); if (context) context.close(); },
  };
}

// "#0072b2" as [0, 114, 178].
function gwRgb(style, name) {
  const text = style.getPropertyValue(`--gw-${name}`).trim();
  if (!text.startsWith("#")) return [128, 128, 128];
  return [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
}

// A wave (length,) into a box: for every column of pixels from its least to its largest sample.
function gwDrawWave(context, wave, [left, top, width, height], colour) {
  context.fillStyle = colour;
  const middle = top + height / 2, columns = Math.max(1, Math.round(width));
  for (let x = 0; x < columns; x++) {
    const from = Math.floor((x * wave.length) / columns), to = Math.max(from + 1, Math.floor(((x + 1) * wave.length) / columns));
    let low = 1, high = -1;
    for (let i = from; i < to; i++) { low = Math.min(low, wave[i]); high = Math.max(high, wave[i]); }
    context.fillRect(left + x, middle - (high * height) / 2, 1, Math.max(1, ((high - low) * height) / 2));
  }
}

// How opaque a level is: what is soft is kept back, so that tones stand out.
const GW_SHADES = Uint8ClampedArray.from({ length: 256 }, (_, level) => 255 * (level / 255) ** 1.6);

// Levels (bins, frames) into a box, low frequencies below; `curve(share)`: the bin's share of all at a share of the height.
function gwDrawSpectrum(context, { levels, bins, frames }, [left, top, width, height], rgb, curve) {
  const rows = Math.max(1, Math.round(height / 2)), small = document.createElement("canvas");
  small.width = frames;
  small.height = rows;
  const image = new ImageData(frames, rows);
  for (let row = 0; row < rows; row++) {
    // Bin k lies at the frequency k + 1, so that it is drawn from k + ½ on.
    const bin = Math.max(0, Math.min(bins - 1, Math.floor(curve(1 - (row + 0.5) / rows) * bins - 0.5)));
    for (let frame = 0; frame < frames; frame++) image.data.set([...rgb, GW_SHADES[levels[bin * frames + frame]]], 4 * (row * frames + frame));
  }
  small.getContext("2d").putImageData(image, 0, 0);
  context.drawImage(small, left, top, width, height);
}
