const STEP = 120; // ms from one step to the next
const LONGEST = 12000; // ms that a run takes at most, for which steps are left out
const REST = 200; // ms without a key until a start that keys move is sent
const PATIENCE = 3000; // ms until another start than the one that was sent is taken
const SPEEDS = [1, 2, 4, 0.5];
const PLAY = "M7 4v16l13-8z", PAUSE = "M6 4h4v16H6zM14 4h4v16h-4z";
const still = matchMedia("(prefers-reduced-motion: reduce)");

// Numbers as the page writes them.
const brief = x => `${Number(x.toPrecision(4))}`;

export default function ({ parentElement, setStateValue }) {
  const one = name => parentElement.querySelector("." + name);
  const bar = one("bar"), line = one("line"), said = one("said");
  // at: which of the steps is shown, −1 while none is played. It outlives a call of this function.
  const held = (parentElement.held ??= { at: -1, speed: 1, run: "", steps: [0] });
  let frame = 0, from, since;

  const last = () => held.steps.length - 1;
  const here = () => (held.at < 0 ? held.look : held.at);

  const send = () => tell("PLAYED", held.at < 0 ? -1 : held.steps[held.at]);
  const show = at => {
    held.at = Math.min(at, last());
    const step = held.steps[here()].toLocaleString("en");
    line.max = last();
    line.value = here();
    said.textContent = `${held.unit} ${step}`;
    line.setAttribute("aria-valuetext", `${held.unit} ${step} of ${held.steps[last()].toLocaleString("en")}`);
    send();
  };
  const draw = () => {
    one("play").setAttribute("aria-label", frame ? "Pause" : "Play");
    one("play").querySelector("path").setAttribute("d", frame ? PAUSE : PLAY);
    one("speed").textContent = `${held.speed === 0.5 ? "½" : held.speed}×`;
    one("speed").setAttribute("aria-label", `Speed ${one("speed").textContent}`);
  };
  const pause = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    draw();
  };
  const tick = now => {
    since ??= now;
    const pace = held.speed * Math.max(1 / STEP, last() / LONGEST);
    const at = from + Math.floor((now - since) * pace);
    if (at !== held.at) show(at);
    frame = requestAnimationFrame(tick);
    if (held.at >= last()) pause();
  };
  const play = () => {
    if (still.matches) return step(1);
    if (frame) return pause();
    from = held.at < 0 || held.at >= last() ? 0 : held.at;
    since = undefined;
    show(from);
    frame = requestAnimationFrame(tick);
    draw();
  };
  const step = by => {
    pause();
    show(Math.max(0, Math.min(here() + by, last())));
  };

  // In a small window the bar has the step size too: its control in the sidebar (see `page.number`), which the
  // sidebar would cover the pictures to show.
  const eta = one("eta");
  const control = () => [...document.querySelectorAll("cv-number")].find(e => e.path === held.number);
  const follow = () => {
    const its = control()?.range;
    one("number").hidden = !its;
    if (!its) return;
    for (const name of ["min", "max", "value"]) eta[name] = its[name];
    const value = its.getAttribute("aria-valuetext");
    eta.setAttribute("aria-valuetext", value);
    eta.setAttribute("aria-label", control().data.label);
    one("value").textContent = `η = ${value}`;
  };
  const moves = new MutationObserver(follow);
  moves.observe(document.body, { subtree: true, attributeFilter: ["aria-valuetext"] });
  eta.oninput = () => {
    const number = control();
    number.set(number.at(Number(eta.value)));
  };

  // The start in the picture, moved by keys: over its view, which as a canvas can have no focus of its own.
  // The pointer goes through to the picture.
  const grip = (held.grip ??= Object.assign(document.createElement("button"), { type: "button", className: "cv-grip" }));
  const at = () => (held.start.up ? `(${brief(held.start.x)}, ${brief(held.start.y)})` : brief(held.start.x));
  const named = () => grip.setAttribute("aria-label", `Start w₀ = ${at()} in the picture; arrow keys move it`);
  const place = () => {
    const told = document.querySelector("[data-start]")?.dataset.start;
    const canvas = told && document.querySelector(".vega-embed .marks"), chart = canvas?.closest(".vega-embed");
    if (!chart) return grip.remove();
    if (grip.parentElement !== chart) chart.append(grip);
    const [x, y, across, up, left, top, width, height] = told.split(" ").map(Number);
    const [offX, offY] = within(chart, canvas);
    Object.assign(grip.style, {
      left: `${left + offX}px`, top: `${top + offY}px`,
      width: `${width}px`, height: `${height}px`, border: 0,
    });
    // An answer to what was sent before would undo the keys since.
    const sent = held.sent, off = (one, other, step) => Math.abs(one - other) > step / 2;
    const older = sent && performance.now() - sent.at < PATIENCE && (off(x, sent.x, across) || off(y, sent.y, up));
    if (held.told === told || held.resting || older) return;
    held.told = told;
    held.sent = null;
    held.start = { x, y, across, up };
    tell("HELD_SX", "");
    tell("HELD_SY", "");
    named();
  };
  grip.onkeydown = e => {
    const { start } = held, far = e.shiftKey ? 5 : 1;
    if (e.ctrlKey || e.altKey || e.metaKey) return;
    if (/^Arrow(Left|Right)$/.test(e.key)) start.x += (e.key === "ArrowRight" ? far : -far) * start.across;
    else if (/^Arrow(Up|Down)$/.test(e.key) && start.up) start.y += (e.key === "ArrowUp" ? far : -far) * start.up;
    else return;
    e.preventDefault();
    tell("HELD_SX", start.x);
    tell("HELD_SY", start.y);
    named();
    clearTimeout(held.resting);
    held.resting = setTimeout(() => {
      held.resting = 0;
      held.sent = { ...held.start, at: performance.now() };
      setStateValue("start", [start.x, start.y, (held.moves = (held.moves ?? 0) + 1)]);
    }, REST);
  };
  const places = setInterval(place, 500); // charts come later, and are built anew for another width

  // The run is told by the headline, which comes with each change anyway.
  const read = () => {
    place();
    const told = document.querySelector("[data-steps]")?.dataset;
    const known = told ? `${told.run} ${told.look} ${told.steps}` : "";
    if (known !== held.known) {
      held.known = known;
      const before = held.steps[held.at];
      held.steps = (told?.steps ?? "0").split(" ").flatMap(stretch => {
        const [first, last = first] = stretch.split("-").map(Number);
        return Array.from({ length: last - first + 1 }, (_, i) => first + i);
      });
      held.unit = told?.unit;
      // Of another lab, or where another step is to be shown, nothing is played.
      if (told?.run !== held.run || told.look !== held.asked) {
        held.at = -1;
        pause();
      } else if (held.at >= 0) held.at = held.steps.findLastIndex(k => k <= before);
      held.run = told?.run;
      held.number = told?.number;
      follow();
      held.asked = told?.look;
      held.look = Math.max(0, held.steps.findLastIndex(k => k <= told?.look));
      bar.hidden = last() < 1;
      if (frame) (from = Math.max(held.at, 0)), (since = undefined);
      show(held.at);
    } else if (held.at >= 0) send(); // to a chart that was built again
  };
  const watch = new MutationObserver(read);
  watch.observe(document.querySelector("PAGE_BLOCK"), {
    subtree: true, childList: true, attributes: true, attributeFilter: ["data-steps", "data-look", "data-run", "data-start"],
  });

  one("play").onclick = play;
  one("back").onclick = () => step(-1);
  one("next").onclick = () => step(1);
  one("speed").onclick = () => {
    held.speed = SPEEDS[(SPEEDS.indexOf(held.speed) + 1) % SPEEDS.length];
    (from = Math.max(held.at, 0)), (since = undefined);
    draw();
  };
  line.oninput = () => {
    pause();
    show(Number(line.value));
  };
  bar.onkeydown = e => {
    if (e.target === eta) return;
    const on = e.target === line;
    if (e.key === "Escape") pause(), show(-1);
    else if (e.key === " " && on) play();
    else if (on && e.key === "Home") pause(), show(0); // also where the line is there but nothing is played yet
    else if (on && e.key === "End") pause(), show(last());
    else if (!on && e.key === "ArrowRight") step(1);
    else if (!on && e.key === "ArrowLeft") step(-1);
    else return;
    e.preventDefault();
  };
  draw();
  read();
  follow();
  return () => {
    cancelAnimationFrame(frame);
    watch.disconnect();
    moves.disconnect();
    clearInterval(places);
  };
}
