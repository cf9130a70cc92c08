// A number's control: a range input with a box beside it. It asks the server while it is moved, one value at a
// time, so that the pace falls with the server's load; values that are overtaken are never sent, the last one
// always is. The words come with a value only if the hand does not go on; else it asks for them when the hand
// rests. What the server sends back is taken only while the hand is off.

const REST = 250; // ms without a move until the hand rests
const PROMPT = 20; // ms that a run may be late on a server that has time for this hand
const UNTOLD = 150; // ms within which it answers, where it does not tell
const DRAWN = 40; // ms in which the browser draws such a picture, about
const HERE = 80; // ms left to a picture that answers each move by itself
const LULL = 1500; // ms that a hand leaves to others after an answer, at most
const SHOWN = 400; // ms until a picture that was sent stands
const PATIENCE = 500; // ms until a server that does nothing is asked again
const AGAIN = 2000; // ms until one whose picture did not come is, before the words are asked for
const ASKED = 5; // how often, at most, before the words are asked for all the same
const FINE = 10; // positions of the pointer between two of the keys on a logarithmic scale
const PER_DECADE = 10; // positions of the keys per power of ten
const STEPS = {
  ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1,
  PageUp: 1, PageDown: -1, Home: -Infinity, End: Infinity,
};

const part = (name, attributes) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};
const digits = x => (`${x}`.split("e-")[1] | 0) + (`${x}`.split("e")[0].split(".")[1] ?? "").length;
const between = (low, x, high) => Math.min(Math.max(x, low), high);

// The controls that wait for the server. It has answered when it sends the control again; or, where it does not,
// when it has run, which it may do between two looks.
const flying = new Set();
let rests = 0; // how often a hand came to rest
let ran = false;
new MutationObserver(() => {
  const runs = !!document.querySelector(RUNNING);
  if (ran && !runs) for (const control of [...flying]) control.landed();
  ran = runs;
}).observe(document, {subtree: true, attributeFilter: ["data-test-script-state"]});

class NumberControl extends HTMLElement {
  take({data, setStateValue}) {
    this.ask = setStateValue;
    const elsewhere = data.value !== this.value;
    this.data = data;
    if (!this.range || this.range.id !== `number-${data.path}`) this.build();
    if (data.told === this.asked) this.settled = this.asked;
    if (flying.has(this) && data.seen >= this.asked) this.landed();
    // Older than what the hand did since? A server that was started anew has seen nothing yet.
    const forgot = !data.seen && this.settled !== this.asked;
    const stale = forgot || data.seen && data.seen < this.asked;
    if (forgot) this.since = -Infinity; // it was asked in vain
    if (!this.held && !flying.has(this) && this.wanted === this.sent && !stale) {
      if (elsewhere) this.let_go();
      if (elsewhere || this.ends === undefined) this.widen(data.value, true);
      this.value = this.wanted = this.sent = data.value;
      if (elsewhere) this.say("");
    }
    this.paint();
    for (const [path, track] of Object.entries(data.tracks))
      for (const control of document.querySelectorAll("cv-number"))
        if (control.path === path) { control.track = track; control.range && control.colour(); }
  }

  get path() { return this.data?.path; }
  // The last of its messages whose run is on the page. Streamlit may drop what it has yet to send when the next
  // message comes, so that this alone tells that a picture came. Where the control itself is not sent
  // again with the run, the headline has it.
  get seen() {
    const told = document.querySelector("[role=status][data-seen]")?.dataset.seen.split(" ") ?? [];
    const found = told.find(each => each.startsWith(`${this.path}=`));
    return Math.max(this.data.seen, found ? Number(found.split("=")[1]) : 0);
  }

  build() {
    const {path, label, help} = this.data;
    const id = `number-${path}`;
    const name = part("label", {for: id});
    name.textContent = label;
    this.box = part("input", {class: "box", inputmode: "decimal", autocomplete: "off", spellcheck: "false",
                              "aria-label": `${label}, value`, "aria-describedby": `${id}-said`});
    this.range = part("input", {type: "range", id, step: 1});
    this.marks = part("div", {class: "marks", "aria-hidden": "true"});
    this.told = part("p", {class: "told", id: `${id}-said`, role: "alert"});
    this.replaceChildren(name);
    if (help) {
      const more = part("p", {class: "help", id: `${id}-help`, hidden: ""});
      const button = part("button", {type: "button", "aria-expanded": "false", title: help,
                                     "aria-controls": more.id, "aria-label": `Help: ${label}`});
      more.textContent = help;
      button.textContent = "?";
      button.onclick = () => button.setAttribute("aria-expanded", !(more.hidden = !more.hidden));
      this.append(button, this.box, more, this.range, this.marks, this.told);
    } else this.append(this.box, this.range, this.marks, this.told);
    this.seq = this.asked = this.settled = this.data.seen;
    this.free = 0;

    const range = this.range;
    range.onpointerdown = () => { this.held = true; this.repeats = false; };
    range.onlostpointercapture = range.onpointercancel = () => { this.held = false; };
    range.oninput = () => this.set(this.at(Number(range.value)));
    // Let go: `change` does not come where what was painted meanwhile is the value of before.
    range.onchange = range.onpointerup = () => { this.held = false; this.rest(0); };
    range.onkeydown = e => this.pressed(e);
    const box = this.box;
    box.oninput = () => { this.typing = true; };
    box.onchange = () => this.typed();
    box.onblur = () => { this.typing = false; this.paint(); };
    box.onkeydown = e => {
      if (e.key === "Escape") { this.typing = false; this.say(""); this.paint(); }
      if (e.key === "Enter" && this.typing) this.typed();
      if (/^Arrow(Up|Down)$/.test(e.key)) {
        e.preventDefault();
        this.repeats = e.repeat;
        this.typing = false;
        this.set(this.stepped(STEPS[e.key]));
      }
    };
  }

  // Positions of the range input are whole numbers; `key` is how many of them a key goes.
  get key() { return this.data.log ? FINE : 1; }
  get per() {
    const {low, high} = this.data;
    return FINE * Math.round(Math.log10(high / low) * PER_DECADE) / Math.log(high / low);
  }
  position(value) {
    const {low, step, log} = this.data;
    if (!log) return (value - low) / step;
    return value > 0 ? this.per * Math.log(value / low) : -Infinity;
  }
  at(position) {
    const {low, step, log} = this.data;
    const value = log ? Number((low * Math.exp(position / this.per)).toPrecision(3))
      : Number((low + Math.round(position) * step).toFixed(Math.min(20, Math.max(digits(low), digits(step)))));
    return between(this.ends[0], value, this.ends[1]);
  }
  stepped(steps) {
    if (!Number.isFinite(steps)) return this.ends[steps > 0 ? 1 : 0];
    const here = between(Number(this.range.min), this.position(this.value), Number(this.range.max)) / this.key;
    const near = Math.round(here); // a key's own value is rounded to three digits: it may lie just beside its place
    const from = this.at(near * this.key) === this.value ? near
      : steps > 0 ? Math.floor(here + 1e-6) : Math.ceil(here - 1e-6);
    return this.at((from + steps) * this.key);
  }
  widen(value, anew) { // so that a value from a link or a box has its place
    const {low, high, log} = this.data;
    const [from, to] = anew ? [low, high] : this.ends;
    this.ends = [log && value <= 0 ? from : Math.min(from, value), Math.max(to, value)];
  }

  pressed(e) {
    if (!(e.key in STEPS) || e.ctrlKey || e.altKey || e.metaKey) return;
    e.preventDefault();
    this.repeats = e.repeat;
    const {min, max} = this.range;
    const across = /Left|Right/.test(e.key) && getComputedStyle(this).direction === "rtl" ? -1 : 1;
    const far = e.key.startsWith("Page") ? Math.max(1, Math.round((max - min) / 10 / this.key)) : 1;
    this.set(this.stepped(STEPS[e.key] * across * far));
  }
  // The same control over its mark in the picture, which as a canvas can have no focus of its own. The
  // pointer goes through to the picture.
  place() {
    const chart = document.querySelector(`.vega-bindings input[name="${this.held_as}"]`)?.closest(".vega-embed");
    const canvas = chart?.querySelector(".marks");
    if (!canvas) return;
    if (!this.grip?.isConnected) {
      this.grip = part("input", {type: "range", class: "cv-grip", "aria-label": `${this.data.label}, in the picture`});
      this.grip.onkeydown = e => this.pressed(e);
      this.grip.oninput = () => this.set(this.at(Number(this.grip.value)));
      chart.append(this.grip);
    }
    const [left, top, width, height] = this.data.grip;
    const [x, y] = within(chart, canvas);
    Object.assign(this.grip.style, {left: `${left + x}px`, top: `${top + y}px`,
                                    width: `${width}px`, height: `${height}px`});
    this.follow();
  }
  follow() {
    for (const name of ["min", "max", "value"]) this.grip[name] = this.range[name];
    this.grip.setAttribute("aria-valuetext", this.range.getAttribute("aria-valuetext"));
  }

  typed() {
    const {least, most, whole} = this.data;
    const text = this.box.value.trim().replace("−", "-").replace(/^([^.]*),([^.,]*)$/, "$1.$2");
    const value = Number(text);
    this.typing = false;
    if (!text) return this.paint(); // an emptied box keeps its number
    const bad = !Number.isFinite(value) ? "This is not a number."
      : whole && !Number.isInteger(value) ? "This must be a whole number."
      : value < least ? `The least is ${least}.` : value > most ? `The most is ${most}.` : "";
    this.say(bad);
    if (bad) { this.typing = true; return; }
    this.repeats = false;
    this.widen(value);
    this.set(value);
    this.rest(0);
  }
  say(words) {
    this.told.textContent = words;
    this.box.setAttribute("aria-invalid", !!words);
  }

  // Move to a value, as if the visitor had moved the control.
  set(value) {
    this.rest(REST);
    if (value === this.wanted) return this.paint();
    this.say("");
    this.value = this.wanted = value;
    clearTimeout(this.letting);
    this.tell(value);
    this.paint();
    this.fly();
  }
  get held_as() { return `HELD_${this.path.split(".").pop().toUpperCase()}`; }
  tell(value) { this.drawn = !this.data.quiet && tell(this.held_as, value); }
  let_go() { clearTimeout(this.letting); this.tell(""); }

  fly(times = 1) {
    if (flying.has(this)) return;
    clearTimeout(this.waiting);
    const wait = this.free - performance.now();
    if (wait > 0) {
      this.waiting = setTimeout(() => this.wanted !== this.sent && this.fly(), wait);
      return;
    }
    this.times = times;
    flying.add(this);
    this.since = performance.now();
    this.sent = this.wanted;
    this.asked = ++this.seq;
    this.ask("value", [this.sent, this.seq, !!(this.held || this.repeats)]);
  }
  landed() {
    flying.delete(this);
    // A server that is late has others to answer: it is left to them, the longer the more they are.
    // Where it does not tell, the picture takes long to draw, and the last one shall not wait for that.
    const now = performance.now(), {late} = this.data;
    const wait = late === null ? 3 * (now - this.since - UNTOLD) : 6 * (late - PROMPT);
    this.free = now + between(this.drawn ? HERE : late === null ? DRAWN : 0, wait, LULL);
    if (this.wanted !== this.sent) this.fly();
    else if (this.due) this.settle();
  }
  rest(wait) {
    clearTimeout(this.resting);
    this.classList.add("moving");
    this.resting = setTimeout(() => this.settle(), wait);
  }
  still() { // all that was asked for is there
    this.classList.remove("moving");
    if (!this.held) this.letting = setTimeout(() => this.let_go(), SHOWN);
  }
  settle() {
    this.free = 0;
    if (this.wanted !== this.sent) { // the last value does not wait for a long run to end
      flying.delete(this);
      this.fly();
    }
    this.due = flying.has(this);
    if (this.due) return;
    if (this.settled === this.asked) return this.still();
    // Words must not begin a long run again, nor come without its picture.
    const words = document.querySelector("cv-rest");
    const deaf = !words?.ask || !document.querySelector(CONNECTED);
    if (deaf || document.querySelector(RUNNING)) return this.rest(REST / 5);
    if (this.seen < this.asked && this.times < ASKED) {
      if (performance.now() - this.since > AGAIN * this.times) this.fly(this.times + 1);
      return this.rest(REST / 5);
    }
    this.settled = this.asked;
    words.ask("count", ++rests);
    this.still();
  }

  paint() {
    const {range, box, value} = this;
    if (value === undefined) return;
    const text = `${Number(value.toPrecision(6))}`;
    range.min = Math.floor(this.position(this.ends[0]) + 1e-9);
    range.max = Math.ceil(this.position(this.ends[1]) - 1e-9);
    range.value = Math.round(between(Number(range.min), this.position(value), Number(range.max)));
    range.setAttribute("aria-valuetext", text);
    this.style.setProperty("--at", this.share(value));
    if (!this.typing) { box.value = text; box.title = value; }
    this.colour();
    if (this.grip) this.follow();
  }
  share(value) {
    const {min, max} = this.range;
    return between(0, (this.position(value) - min) / (max - min || 1), 1);
  }
  // What happens at each value: better up to `turn`, across up to `limit`, away beyond; and marks with names.
  colour() {
    const key = JSON.stringify([this.track, this.ends]);
    if (!this.track || key === this.coloured) return;
    this.coloured = key;
    const {turn, limit, names} = this.track;
    this.classList.toggle("regimes", limit > 0);
    this.style.setProperty("--turn", this.share(turn));
    this.style.setProperty("--limit", this.share(limit));
    this.marks.replaceChildren(...names.map(([value, name], i) => {
      const mark = part("span", {style: `--at: ${this.share(value)}`, class: i ? "after" : "before"});
      mark.textContent = name;
      return mark;
    }).filter((_, i) => names[i][0] >= this.ends[0] && names[i][0] <= this.ends[1]));
  }
}

// Charts come after their controls, and are built anew for another width.
setInterval(() => {
  for (const control of document.querySelectorAll("cv-number")) if (control.data?.grip) control.place();
}, 500);
setInterval(() => {
  if (document.querySelector(RUNNING)) return;
  for (const control of [...flying]) if (performance.now() - control.since > PATIENCE) control.landed();
}, PATIENCE / 4);
// Vega takes a finger that is lifted for where it came down, even if it slid on or scrolled the page. Where it
// slid to is told by the pointer (see `charts.parts.clicked`).
let slid = false;
const finger = {capture: true, passive: true};
addEventListener("touchstart", () => { slid = false; }, finger);
addEventListener("touchmove", () => { slid = true; }, finger);
addEventListener("touchend", e => { if (slid && e.target.closest("canvas")) e.stopPropagation(); }, finger);
customElements.get("cv-number") ?? customElements.define("cv-number", NumberControl);

export default ({data}) => {
  if (document.getElementById("cv-number")) return;
  const style = part("style", {id: "cv-number"});
  style.textContent = data.css;
  document.head.append(style);
};
