// What a vendor's JavaScript SDK can do, written down as capabilities: the twin of witness.py.
//
//   capability("audio in, audio out", async (there) => { … });
//   await played();
//
// `node openai_node.mjs` tells what there is; with DEADAIR_THERE, a JSON object with `capability` and the fields of
// `there`, it plays that one. One line of JSON either way. tests/sdk/node.py gives each a process and a mock of its own.

const capabilities = [];

/**
 * Register what the SDK can do; it cannot if `play` throws.
 *
 * @param {string} name - as in Python, where it means the same
 * @param {(there: There) => Promise<void>} play
 * @param {object} [wish]
 * @param {string[]} [wish.transports] - of "ws" and "wss"
 * @param {object} [wish.settings] - of the mock
 * @param {number} [wish.limit_s] - after it, the process is ended
 */
export function capability(name, play, { transports = ["ws", "wss"], settings = {}, limit_s = 20 } = {}) {
  capabilities.push({ name, play, transports, settings, limit_s });
}

/** Where the mock is that this capability has for itself. */
class There {
  constructor({ url, control_url }) {
    this.url = url;
    this.controlUrl = control_url;
  }

  get httpUrl() {
    return this.url.replace(/^ws/, "http");
  }

  /** Order a trouble as the control port takes it: `await there.trouble({go_away: {…}}, {on: "live"})`. */
  async trouble(what, { on = "all", times = null } = {}) {
    return this.#asked("POST", "/trouble", { do: what, on, times });
  }

  async ledger() {
    return this.#asked("GET", "/ledger");
  }

  async #asked(method, path, body) {
    const answer = await fetch(this.controlUrl + path, { method, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`the control port says ${answer.status}: ${await answer.text()}`);
    return answer.json();
  }
}

/** Do what the process was started for. To be awaited last, when all capabilities are registered. */
export async function played() {
  const asked = process.env.DEADAIR_THERE;
  if (asked === undefined) {
    tell(capabilities.map(({ play, ...rest }) => rest));
    return;
  }
  const { capability: name, ...there } = JSON.parse(asked);
  const { play } = capabilities.find((each) => each.name === name);
  try {
    await play(new There(there));
    tell({ result: "green" });
  } catch (error) {
    tell({ result: "red", why: why(error) });
  }
  // An SDK that leaves a timer or a socket behind would keep the process for ever.
  process.exit(0);
}

/** The message, and the line of the capability's file that it came through. */
function why(error) {
  if (!(error instanceof Error)) return String(error);
  const line = error.stack?.split("\n").find((each) => each.includes("_node.mjs"));
  const place = line?.match(/([\w]+_node\.mjs:\d+)/)?.[1];
  return `${error.name}: ${error.message}${place ? ` (${place})` : ""}`;
}

// Marked, since an SDK may print as well; by hand, so that it is out before the process ends.
function tell(what) {
  process.stdout.write(`deadair tells ${JSON.stringify(what)}\n`);
}

/** A queue between an SDK's callbacks and a capability that awaits: `told(message)`, `await next(test)`. */
export class Inbox {
  #items = [];
  #waiting = [];
  #over = null;

  told(item) {
    this.#items.push(item);
    this.#wake();
  }

  /** Nothing will come any more; who waits is told `why`. */
  end(why) {
    this.#over = why;
    this.#wake();
  }

  /** The next item for which `test` holds; those before it are dropped. */
  async next(test = () => true) {
    for (;;) {
      while (this.#items.length > 0) {
        const item = this.#items.shift();
        if (test(item)) return item;
      }
      if (this.#over !== null) throw new Error(`nothing more comes: ${this.#over}`);
      await new Promise((resolve) => this.#waiting.push(resolve));
    }
  }

  /** All items up to the one for which `test` holds, with it. */
  async until(test) {
    const items = [];
    await this.next((item) => items.push(item) && test(item));
    return items;
  }

  /** What `end` was told; resolves when it is. Items that nobody waits for stay. */
  async ending() {
    while (this.#over === null) await new Promise((resolve) => this.#waiting.push(resolve));
    return this.#over;
  }

  #wake() {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
