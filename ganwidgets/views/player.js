// Play, Pause and Step; what they show follows the kernel, so a button never claims what didn't happen.

export default gwView(({ model, root, body, ask }) => {
  root.classList.add("gw-player");
  let running = false, kept = [];
  const unit = model.get("unit");
  const press = () => { if (play.getAttribute("aria-disabled") !== "true") ask({ do: running ? "pause" : "play" }, { key: "run" }); };
  const play = gwButton("Play", press, { class: "gw-button gw-primary gw-player-play" });
  const steps = model.get("step_sizes").map((size) => gwButton(
    size === 1 ? "Step" : `Step ${size}`,
    () => ask({ do: "step", value: size }, { key: "step", merge: (a, b) => ({ ...b, value: a.value + b.value }) }),
    { title: size === 1 ? `One ${unit === "step" ? "training step" : unit}` : `${size} ${unit === "step" ? "training steps" : `${unit}s`}` },
  ));
  const extra = model.get("more").map(([name, label, title, past]) => ({ past, node: gwButton(label, () => ask({ do: name }, { key: name }), { title }) }));
  const [more, back] = [false, true].map((past) => extra.filter((one) => Boolean(one.past) === past).map(({ node }) => node));
  const pace = (speed) => [speed, speed === 0 ? "full speed" : `${speed} ${unit}${speed === 1 ? "" : "s"}/s`];
  const speeds = model.get("speeds").map(pace);
  const speed = speeds.length > 1 ? gwSelect("Speed", speeds, choose) : null;
  const status = gwEl("span", { class: "gw-player-status", role: "status" });
  const counter = gwEl("span", { class: "gw-player-counter gw-muted" });

  // While the kernel has not answered, what it shows is older than the hand.
  let scrubbing = 0, choosing = 0;
  async function choose(value) {
    choosing++;
    await ask({ do: "speed", value: Number(value) }, { key: "speed" });
    choosing--;
  }

  // One that Python has set need not be on the list.
  function showSpeed(value) {
    if (speed === null || choosing) return;
    if (!speeds.some(([known]) => known === value)) {
      speeds.push(pace(value));
      speed.select.append(gwEl("option", { value }, pace(value)[1]));
    }
    if (speed.select.value !== String(value)) speed.select.value = value;
  }

  async function scrub(index) {
    scrubbing++;
    await ask({ do: "scrub", value: kept[index] }, { key: "scrub" });
    scrubbing--;
  }

  const slider = gwRange("Go back to an earlier step", { step: 1, oninput: scrub });
  const where = gwEl("span", { class: "gw-muted gw-player-where" });
  const live = gwButton("Back to live", () => ask({ do: "scrub", value: null }, { key: "scrub" }));
  const history = gwEl("div", { class: "gw-player-history", hidden: !model.get("scrubber") }, gwEl("span", { class: "gw-muted" }, "History"), slider, where, live, ...back);
  const title = model.get("title");
  if (title) body.append(gwEl("div", { class: "gw-player-title" }, title));
  body.append(gwEl("div", { class: "gw-row" }, play, ...steps, ...more, speed?.node, gwEl("span", { class: "gw-player-end" }, status, counter)), history);

  function follow(meta) {
    kept = meta.kept;
    slider.disabled = kept.length < 2;
    slider.max = Math.max(1, kept.length - 1);
    const after = kept.findIndex((step) => step >= (meta.shown ?? Infinity));
    if (!scrubbing) gwSetRange(slider, after < 0 ? Math.max(0, kept.length - 1) : after);
    const words = meta.shown === null ? "live" : `step ${meta.shown.toLocaleString("en")}`;
    slider.setAttribute("aria-valuetext", words);
    where.textContent = words;
    const next = slider.disabled ? play : slider;
    for (const button of [live, ...back]) {
      if (meta.shown === null) gwPassFocus(button, next);
      button.disabled = meta.shown === null;
    }
    live.hidden = meta.recorded;
  }

  function draw(meta) {
    running = meta.running;
    play.textContent = running ? "Pause" : "Play";
    // At the end the focus goes on to the history; where there is none, Play keeps it.
    const next = slider.disabled || history.hidden ? play : slider;
    if (meta.finished) for (const button of [play, ...steps]) gwPassFocus(button, next);
    play.disabled = meta.finished && next !== play;
    gwSet(play, "aria-disabled", meta.finished);
    for (const button of steps) button.disabled = meta.finished;
    const state = meta.finished ? "Finished" : meta.note;
    if (status.textContent !== state) status.textContent = state;
    const rate = running && meta.rate > 0 ? ` · ${meta.rate < 10 ? meta.rate.toFixed(1) : Math.round(meta.rate)} ${unit}s/s` : "";
    counter.textContent = `step ${meta.steps.toLocaleString("en")}${rate}`;
    counter.hidden = !steps.length;
    root.dataset.running = running;
    root.dataset.steps = meta.steps;
    showSpeed(Number(meta.speed.toPrecision(3)));
    follow(meta);
  }
  return { prepare: (meta) => () => draw(meta) };
});
