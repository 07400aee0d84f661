// A generator in the page: bytes of an ONNX model in, a function from arrays to arrays out. Nothing here knows of a kernel
// or of widgets. ONNX Runtime Web runs in a worker, so that the page stays free; there is one for the whole page.

// Why this page cannot run one, in words for a learner; "" if it can.
function gwEngineLacks() {
  const needed = { WebAssembly: "WebAssembly", Worker: "workers", DecompressionStream: "decompression" };
  const missing = Object.keys(needed).find((name) => typeof window[name] === "undefined");
  return missing ? `this page has no ${needed[missing]}` : "";
}

// What runs in the worker. It does one thing after the other, as the runtime demands.
function gwEngineWorker() {
  const sessions = new Map();
  let ort = null, queue = Promise.resolve();

  const jobs = {
    async start({ script, wasm }) {
      ort = await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
      const unpacked = new Blob([wasm]).stream().pipeThrough(new DecompressionStream("gzip"));
      ort.env.wasm.numThreads = 1;
      ort.env.wasm.wasmBinary = await new Response(unpacked).arrayBuffer();
    },
    async open({ key, model }) {
      const options = { executionProviders: ["wasm"], logSeverityLevel: 3 };
      if (!sessions.has(key)) sessions.set(key, await ort.InferenceSession.create(model, options));
    },
    async close({ key }) {
      const session = sessions.get(key);
      sessions.delete(key);
      if (session) await session.release();
    },
    async run({ key, feeds }) {
      const tensors = feeds.map(([name, type, data, dims]) => [name, new ort.Tensor(type, data, dims)]);
      const began = performance.now();
      const made = Object.values(await sessions.get(key).run(Object.fromEntries(tensors)))[0];
      return { data: made.data, dims: made.dims, took: performance.now() - began };
    },
  };

  onmessage = ({ data: { id, job, given } }) => {
    queue = queue.then(async () => {
      try {
        const answer = await jobs[job](given);
        postMessage({ id, answer }, answer?.data ? [answer.data.buffer] : []);
      } catch (error) {
        postMessage({ id, error: String(error?.message ?? error) });
      }
    });
  };
}

// Starts the worker with the runtime's two files: its script and the gzipped wasm, as bytes.
async function gwEngineStart(script, wasm) {
  const source = new Blob([`(${gwEngineWorker})()`], { type: "text/javascript" });
  const url = URL.createObjectURL(source);
  const worker = new Worker(url); // not a module: Chromium starts none of those on a page that was opened as a file
  const waiting = new Map();
  let count = 0, broken = null;

  worker.onmessage = ({ data: { id, answer, error } }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) resolve(answer);
    else reject(new Error(error));
  };
  worker.onerror = (event) => {
    event.preventDefault();
    broken = new Error(event.message || "the worker has stopped");
    for (const { reject } of waiting.values()) reject(broken);
    waiting.clear();
  };

  function ask(job, given, transfer = []) {
    return new Promise((resolve, reject) => {
      if (broken) return reject(broken);
      waiting.set(++count, { resolve, reject });
      worker.postMessage({ id: count, job, given }, transfer);
    });
  }

  try {
    await ask("start", { script, wasm });
  } catch (error) {
    worker.terminate();
    throw error;
  } finally {
    URL.revokeObjectURL(url);
  }
  const models = new Map();

  // The session of a model, shared by all who give the same key. fetch(): a promise of the model's bytes, if it is the
  // first. run([[name, type, typed array, dims]]) -> { data, dims, took in ms }.
  async function open(key, fetch) {
    for (;;) {
      const mine = !models.has(key);
      if (mine) models.set(key, { users: 0, ready: fetch().then((model) => ask("open", { key, model })) });
      const model = models.get(key);
      model.users++;
      try {
        await model.ready;
        return { run: (feeds) => ask("run", { key, feeds }), close: once(() => leave(key, model)) };
      } catch (error) {
        if (models.get(key) === model) models.delete(key);
        if (mine) throw error; // else the one that was to fetch it may only have been closed
      }
    }
  }

  function leave(key, model) {
    if (--model.users || models.get(key) !== model) return;
    models.delete(key);
    ask("close", { key }).catch(() => {});
  }

  const once = (act) => () => { act?.(); act = null; };

  return { open };
}

// The page's one engine. fetch(name): a promise of the bytes of a runtime file; only the first to come has to fetch. If
// that one fails, such as by being closed, the next one tries.
async function gwEngine(fetch) {
  for (;;) {
    const shared = window.gwSharedEngine;
    if (!shared) break;
    try {
      return await shared;
    } catch {
      if (window.gwSharedEngine === shared) delete window.gwSharedEngine;
    }
  }
  const own = (async () => gwEngineStart(await fetch("script"), await fetch("wasm")))();
  window.gwSharedEngine = own;
  try {
    return await own;
  } catch (error) {
    if (window.gwSharedEngine === own) delete window.gwSharedEngine;
    throw error;
  }
}
