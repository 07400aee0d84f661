// A page of named sliders out of many. gwSliders(view, { groups, shown, span }, onlock) -> { node, update }.
// They ask for { do: "move", values: [[group, index, value]] }; onlock(group, index, on).

const GW_OPEN = "M5.5 7V5a2.5 2.5 0 0 1 4.8-1M4 7h8v6H4z";
const GW_LOCKED = "M5.5 7V5a2.5 2.5 0 0 1 5 0v2M4 7h8v6H4z";
const GW_LEFT = "M10 3 5 8l5 5";
const GW_RIGHT = "M6 3l5 5-5 5";

function gwSliders(view, { groups, shown, span }, onlock) {
  const list = gwEl("div", { class: "gw-sliders", role: "group" });
  const range = gwEl("span", { class: "gw-muted gw-grow", "aria-live": "polite" });
  const back = gwButton("Sliders before these", () => turn(-1), { icon: GW_LEFT });
  const on = gwButton("Sliders after these", () => turn(1), { icon: GW_RIGHT });
  const find = gwControl("input", {
    type: "search", class: "gw-input gw-find", placeholder: "find", "aria-label": "Find a slider by name",
    oninput: () => { start = 0; build(); },
  });
  const tabs = groups.map((group, index) =>
    gwButton(group.title, () => { current = index; start = 0; find.value = ""; build(); }));
  const switcher = groups.length > 1 ? gwEl("div", { class: "gw-row gw-tabs", role: "group", "aria-label": "Which sliders" }, ...tabs) : null;
  const pager = gwEl("div", { class: "gw-row gw-pager" }, range, find, back, on);
  const node = gwEl("div", { class: "gw-stack" }, switcher, list, pager);
  let current = groups.length - 1, start = 0, rows = [], high = 0, values = [], locked = new Set();

  const matching = () => {
    const wanted = find.value.trim().toLowerCase();
    const all = groups[current].names.map((name, index) => ({ name, index }));
    return wanted ? all.filter(({ name }) => name.toLowerCase().includes(wanted)) : all;
  };

  function turn(pages) {
    start = Math.max(0, start + pages * shown);
    build();
  }

  function build() {
    const all = matching(), total = groups[current].names.length;
    start = Math.min(start, Math.max(0, all.length - 1));
    start -= start % shown;
    high = rows[0]?.node.offsetHeight || high;
    rows = all.slice(start, start + shown).map(({ name, index }) => row(current, index, name));
    list.replaceChildren(...rows.map((item) => item.node));
    // With fewer rows what stands below stays where it was, under the pointer that turns the pages.
    list.style.minHeight = rows.length < Math.min(shown, total) ? `${high * Math.min(shown, total)}px` : "";
    list.setAttribute("aria-label", groups[current].title);
    tabs.forEach((tab, index) => tab.setAttribute("aria-pressed", index === current));
    pager.hidden = total <= shown;
    gwSet(back, "aria-disabled", start === 0);
    gwSet(on, "aria-disabled", start + shown >= all.length);
    const last = Math.min(start + shown, all.length);
    range.textContent = all.length ? `${start + 1}–${last} of ${all.length}` : "nothing found";
    refresh();
  }

  function row(group, index, name) {
    const payload = (value) => ({ do: "move", values: [[group, index, value]] });
    const hand = gwHand(view, `move:${group}.${index}`, payload, refresh);
    const number = gwEl("span", { class: "gw-number", "aria-hidden": "true" });
    const say = (value) => {
      gwText(number, gwSigned(value));
      gwSet(slider, "aria-valuetext", gwSigned(value));
    };
    const slider = hand.watch(gwRange(name, {
      min: -span, max: span, step: span / 60,
      oninput: (value) => { say(value); hand.moved(value); },
    }));
    const lock = gwButton(`Lock ${name}`, () => onlock(group, index, lock.getAttribute("aria-pressed") !== "true"), {
      icon: GW_OPEN, title: "Lock: Randomise leaves this one alone",
    });
    lock.classList.add("gw-lock");
    const title = gwEl("span", { class: "gw-name", title: name, "aria-hidden": "true" }, name);
    return { node: gwEl("div", { class: "gw-slider" }, title, slider, number, lock), group, index, slider, lock, say, hand };
  }

  function refresh() {
    for (const { group, index, slider, lock, say, hand } of rows) {
      const value = values[group]?.[index] ?? 0;
      if (!hand.held()) {
        gwSetRange(slider, value);
        say(value);
      }
      const shut = locked.has(`${group}:${index}`);
      if (lock.getAttribute("aria-pressed") !== String(shut)) {
        lock.setAttribute("aria-pressed", shut);
        lock.replaceChildren(gwIcon(shut ? GW_LOCKED : GW_OPEN));
      }
    }
  }

  build();
  return {
    node,
    update(nextValues, nextLocked) {
      values = nextValues ?? values;
      locked = new Set(nextLocked.map((key) => key.join(":")));
      refresh();
    },
  };
}

// 0.50, −1.25: always two decimals and a real minus sign.
function gwSigned(value) {
  const text = Math.abs(value).toFixed(2);
  return value < 0 && text !== "0.00" ? `−${text}` : text;
}
