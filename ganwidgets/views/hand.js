// A hand on a control that moves the pictures. A drag asks for drafts, and for what is left of the pictures once the hand
// rests or lets go; a key press asks for both in one request.
// gwHand(view, key, payload, onfree) -> { watch, moved, held }. `payload(value)`: what to ask for at that value.
// `view.taken()`, where there is one, is called when a gesture begins. While `held()`, frames must leave the control alone:
// the kernel's value is older than the hand's. It ends, and onfree() is called, when the last request of this control was
// answered and its picture painted. Where the page draws by itself, see local.js, the kernel is told of a drag five times a
// second, and of a key press once its picture is there: each word makes JupyterLab draw its busy signs.

function gwHand(view, key, payload, onfree = () => {}) {
  const { root, ask, painted, local } = view;
  const REST = 120, PAINTED = 40; // ms
  let down = false, open = 0, timer = 0, last = -Infinity, gesture = "";
  let newest = null, answered = true, rough = false, resting = true;
  const tell = gwTeller((request) => post(request));

  const held = () => down || open > 0 || tell.due();

  async function post(request) {
    open++;
    newest = request;
    answered = false;
    const reply = await ask(request, { key });
    if (request === newest) {
      answered = true;
      rough = Boolean(reply?.rough);
      if (resting) finish();
    }
    await painted();
    open--;
    free();
  }

  function free() {
    if (held()) return;
    local?.free(tell);
    onfree();
  }

  // A request that still waits on the page is sent with `rest`; one that has left says in its reply what it left over.
  function finish() {
    clearTimeout(timer);
    resting = true;
    const due = tell.forget();
    if (due) post({ ...due, rest: true });
    if (!newest) return;
    if (!answered) newest.rest = true;
    else if (rough) post({ ...newest, draft: false });
  }

  function moved(value) {
    const now = performance.now();
    if (!down && now - last > REST) begin();
    last = now;
    clearTimeout(timer);
    resting = !down;
    if (down) timer = setTimeout(finish, REST);
    local?.hold(tell);
    const request = { ...payload(value), draft: true, rest: resting, gesture };
    if (!local?.move(request)) return post(request);
    root.dataset.idle = "false";
    tell.soon(request, down ? undefined : PAINTED);
  }

  // Steps of one gesture are undone together, so those of an earlier one are told apart.
  function begin() {
    view.taken?.();
    const due = tell.forget();
    if (due) post(due);
    gesture = Math.random().toString(36).slice(2);
  }

  function hold(event) {
    if (event.button !== 0) return;
    down = true;
    begin();
  }

  function release() {
    if (!down) return;
    down = false;
    last = performance.now();
    finish();
    free();
  }

  // A key that is held down is a drag too, with its first press a step of the same gesture where they are close.
  function watch(control) {
    control.addEventListener("pointerdown", hold);
    control.addEventListener("keydown", (event) => { if (event.repeat) down = true; });
    for (const end of ["pointerup", "pointercancel", "keyup", "blur"]) control.addEventListener(end, release);
    return control;
  }

  return { watch, moved, held };
}

// Passes on the newest of many requests, `ms` after the first of them, by default five a second. forget() -> what was still to be told.
function gwTeller(tell) {
  let request = null, timer = 0;

  function now() {
    timer = 0;
    const due = request;
    request = null;
    if (due) tell(due);
  }

  return {
    soon(next, ms = 200) { request = next; timer ||= setTimeout(now, ms); },
    forget() {
      const due = request;
      request = null;
      clearTimeout(timer);
      timer = 0;
      return due;
    },
    due: () => Boolean(request),
  };
}
