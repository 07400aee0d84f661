// In place of SpotTheFake: the whole game, with the pictures and D's scores that the widget left.

function gwStandIn({ leaf, buffers, send }) {
  const size = leaf.w * leaf.h * leaf.c, [reals, fakes] = buffers.map(gwBytes), SIDES = ["left", "right"];
  const picture = (all, k) => all.subarray(k * size, (k + 1) * size);
  let rounds = leaf.pairs, at = 0, answered = [];

  const shuffled = (n) => {
    const order = Array.from({ length: n }, (_, k) => k);
    for (let k = n - 1; k > 0; k--) {
      const other = Math.floor(Math.random() * (k + 1));
      [order[k], order[other]] = [order[other], order[k]];
    }
    return order;
  };
  const right = (pair) => pair.guess === pair.side;
  const found = () => answered.filter(right).length;
  // D takes the one with the lower score for the fake; equal scores are half a hit.
  const hit = ({ real, fake }) => (leaf.real[real] === leaf.fake[fake] ? 0.5 : Number(leaf.fake[fake] < leaf.real[real]));
  const foundByD = () => answered.reduce((sum, pair) => sum + hit(pair), 0);

  // Wilson's interval, 95 %, as in spot_the_fake.py.
  function interval(hits, trials) {
    const z = 1.959964, rate = hits / trials, whole = 1 + (z * z) / trials;
    const centre = (rate + (z * z) / (2 * trials)) / whole;
    const half = (z / whole) * Math.sqrt((rate * (1 - rate)) / trials + (z * z) / (4 * trials * trials));
    return [Math.max(0, centre - half), Math.min(1, centre + half)];
  }

  function result() {
    const players = [["You", "ink", found()], ...(leaf.real ? [["D", "discriminator", foundByD()]] : [])];
    return players.map(([name, colour, hits]) => {
      const [low, high] = interval(hits, answered.length), percent = (share) => Math.round(100 * share);
      const words = `${hits} of ${answered.length}: ${percent(hits / answered.length)} % (95 % interval ${percent(low)} to ${percent(high)} %)`;
      return { name, colour, words, rate: hits / answered.length, low, high };
    });
  }

  function summary() {
    const [low, high] = interval(found(), answered.length), guessing = "Guessing gives 50 %, the line in the middle";
    if (low > 0.5) return `${guessing}: yours is more than luck.`;
    if (high < 0.5) return `${guessing}: you take the fakes for the real ones.`;
    return `${guessing}: with ${answered.length} pairs, yours could be luck.`;
  }

  function verdict(pair) {
    const words = `${right(pair) ? "Right" : "Wrong"}: the ${SIDES[pair.side]} one is the fake.`;
    if (!leaf.real) return words;
    return `${words} ${{ 0: "It fooled D.", 0.5: "D can’t tell.", 1: "D found it." }[hit(pair)]}`;
  }

  function captions(pair) {
    return [0, 1].map((side) => {
      const kind = side === pair.side ? "fake" : "real";
      return [kind, leaf.real ? `${kind} · D: ${(100 * leaf[kind][pair[kind]]).toFixed(0)} % real` : kind];
    });
  }

  function show() {
    const over = at >= rounds.length, pair = rounds[Math.min(at, rounds.length - 1)], told = pair.guess !== undefined && !over;
    const soFar = answered.length ? ` · found: you ${found()}${leaf.real ? `, D ${foundByD()}` : ""}` : "";
    const fooled = over ? answered.filter((each) => !right(each)).map((each) => picture(fakes, each.fake)) : [];
    const both = [picture(fakes, pair.fake), picture(reals, pair.real)];
    const sheets = (pair.side === 0 ? both : both.reverse()).map((pixels) => [{ ...gwRaw(1, leaf), total: 1, columns: 1 }, pixels]);
    if (fooled.length) {
      const all = new Uint8Array(fooled.length * size);
      fooled.forEach((pixels, k) => all.set(pixels, k * size));
      sheets.push([{ ...gwRaw(fooled.length, leaf), total: fooled.length, columns: Math.min(fooled.length, 8) }, all]);
    }
    send({
      kind: "frame", seq: 0, phase: over ? "over" : told ? "told" : "ask",
      question: over ? "Result" : leaf.question,
      progress: over ? `${found()} of ${answered.length} found` : `pair ${at + 1} of ${rounds.length}${soFar}`,
      marks: rounds.map((_, k) => (answered[k] ? right(answered[k]) : null)),
      words: told ? verdict(pair) : over ? summary() : "Click it, or press ← or →.",
      captions: told ? captions(pair) : null, chosen: told ? pair.guess : null, rows: over ? result() : [],
      gallery: over ? (fooled.length ? "These fakes fooled you:" : "No fake fooled you.") : "",
      sheets: sheets.map(([sheet]) => sheet),
    }, sheets.map(([, pixels]) => pixels));
  }

  const requests = {
    choose({ value }) {
      const pair = rounds[at];
      if (!pair || pair.guess !== undefined) return;
      pair.guess = value;
      answered.push(pair);
      show();
    },
    next() {
      if (rounds[at]?.guess === undefined) return;
      at++;
      show();
    },
    reset() {
      const [real, fake] = [reals.length / size, fakes.length / size].map(shuffled);
      rounds = rounds.map((_, k) => ({ real: real[k], fake: fake[k], side: Math.floor(2 * Math.random()) }));
      [at, answered] = [0, []];
      show();
    },
  };
  return { open: show, requests };
}
