// Plays the captured packets of a question in its drawing, one hop at a time and slowed down. Where a reader prefers
// reduced motion, a packet jumps from one capture point to the next.
"use strict";
const motion = (() => {
  const all = (selector, root) => [...root.querySelectorAll(selector)];
  const one = (selector, root) => root.querySelector(selector);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const hop = 750, rest = 450, stillRest = 1800; // milliseconds
  let lesson = null, bar = null, moves = [], at = -1, playing = false, run = 0;

  // show offers a question's packets, or none if q is null.
  function show(q) {
    clear();
    lesson = q && q.closest(".lesson");
    bar = lesson && one(".motion", lesson);
    moves = bar ? all(".moves > li", q) : [];
    for (const other of all(".motion", document)) other.hidden = other !== bar || moves.length === 0;
    tell();
  }

  // clear ends a play and removes the packet from the drawing.
  function clear() {
    run++;
    at = -1;
    playing = false;
    if (!lesson) return;
    lesson.classList.remove("moving");
    all(".token", lesson).forEach((e) => e.remove());
    all(".track.gone", lesson).forEach((e) => e.classList.remove("gone"));
  }

  function tell() {
    if (!moves.length) return;
    const packets = moves.filter((m) => "first" in m.dataset).length;
    one(".hop-at", bar).textContent = at < 0 ? "" : at + 1 + " of " + moves.length;
    const says = one(".hop-says", bar);
    says.setAttribute("aria-live", playing ? "off" : "polite");
    says.textContent = at >= 0 ? moves[at].textContent :
      (packets === 1 ? "One captured packet" : packets + " captured packets") + ", slowed down. The times are as captured.";
    one(".play", bar).textContent = playing ? "Pause" : at === moves.length - 1 ? "Play again" : "Play";
    one(".hop-back", bar).disabled = at < 0;
    one(".hop-on", bar).disabled = at === moves.length - 1;
  }

  const points = (track) => track.getAttribute("points").trim().split(/\s+/).map((p) => p.split(",").map(Number));

  // along returns the point at a fraction of the length of a line.
  function along(line, fraction) {
    const lengths = line.slice(1).map((p, i) => Math.hypot(p[0] - line[i][0], p[1] - line[i][1]));
    let left = fraction * lengths.reduce((sum, n) => sum + n, 0);
    for (let i = 0; i < lengths.length; i++) {
      if (left <= lengths[i] && lengths[i] > 0) {
        const f = left / lengths[i];
        return [line[i][0] + f * (line[i + 1][0] - line[i][0]), line[i][1] + f * (line[i + 1][1] - line[i][1])];
      }
      left -= lengths[i];
    }
    return line[line.length - 1];
  }

  function add(parent, name, attributes, text) {
    const e = document.createElementNS(parent.namespaceURI, name);
    for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
    if (text) e.textContent = text;
    parent.append(e);
    return e;
  }

  // waiting lists the latest moves of the other packets that are on their way.
  function waiting(n) {
    const latest = new Map();
    for (const m of moves.slice(0, n + 1)) if (m.dataset.tracks) latest.set(m.dataset.packet, m);
    latest.delete(moves[n].dataset.packet);
    const later = new Set(moves.slice(n + 1).map((m) => m.dataset.packet));
    return [...latest].filter(([packet]) => later.has(packet)).map(([, m]) => m);
  }

  // token draws a packet with its addresses. It returns a function that moves it.
  function token(svg, move, copies) {
    const g = add(svg, "g", { class: "token" + ("stopped" in move.dataset ? " stopped" : "") });
    const dots = copies.map(() => add(g, "circle", { r: 7 }));
    const cross = "stopped" in move.dataset && add(g, "path", { d: "M-6-6L6 6M-6 6L6-6", class: "cross" });
    const lines = [move.dataset.what];
    for (const end of ["from", "to"]) if (move.dataset[end]) lines.push((end + " ").padEnd(5, "\u00a0") + move.dataset[end]);
    const width = Math.max(lines[0].length * 7.8, ...lines.slice(1).map((l) => l.length * 6.7)) + 16;
    const card = add(g, "g", { class: "card" }), height = 8 + 15 * lines.length;
    add(card, "rect", { width, height, rx: 5 });
    lines.forEach((l, i) => {
      const changed = i > 0 && (move.dataset.changed || "").split(" ").includes(l.split(/[\s\u00a0]/)[0]);
      add(card, "text", { x: 8, y: 16 + 15 * i, class: i ? "address" + (changed ? " changed" : "") : "what" }, l);
    });
    // The card covers neither the containers nor the outside computers next to the host.
    const edge = (selector, of) => all(selector, svg).map((e) => e.getBBox()).filter((b) => b.width < svg.viewBox.baseVal.width / 2).map(of);
    const from = Math.max(0, ...edge(".machine > rect", (b) => b.x + b.width)) + 3;
    const to = Math.min(svg.viewBox.baseVal.width, ...edge(".peer > rect", (b) => b.x)) - 3 - width;
    return (places) => {
      places.forEach((p, i) => dots[i].setAttribute("transform", `translate(${p[0]} ${p[1]})`));
      const [x, y] = places[0];
      if (cross) cross.setAttribute("transform", `translate(${x} ${y})`);
      const left = Math.max(Math.min(x - width / 2, to), Math.min(from, to), 3);
      const top = y - height - 13 > 2 ? y - height - 13 : y + 13;
      card.setAttribute("transform", `translate(${left} ${top})`);
    };
  }

  // go shows a move, and returns when the packet is there.
  function go(n, smooth) {
    const mine = ++run, move = moves[n];
    at = n;
    tell();
    all(".token", lesson).forEach((e) => e.remove());
    all(".track.gone", lesson).forEach((e) => e.classList.remove("gone"));
    lesson.classList.toggle("moving", n >= 0);
    if (n < 0) return Promise.resolve();
    const ways = moves.slice(0, n + 1).filter((m) => m.dataset.packet === move.dataset.packet && m.dataset.tracks);
    const where = ways[ways.length - 1];
    if (!where) return Promise.resolve(); // it is not in the drawing
    const paints = [];
    let moved = false;
    for (const svg of all(".state.now .scene", lesson)) {
      const tracks = all(".track", svg), of = (m) => m.dataset.tracks.split(" ").map((i) => tracks[i]);
      for (const way of ways) for (const track of of(way)) track.classList.add("gone");
      for (const m of waiting(n)) for (const track of of(m)) {
        const [x, y] = points(track).pop();
        add(svg, "circle", { class: "token waiting", r: 6, cx: x, cy: y });
      }
      const copies = of(where), lines = copies.map(points);
      moved = moved || where === move && copies.some((t, i) => !t.classList.contains("gap") && lines[i].length > 1);
      const place = token(svg, move, copies);
      paints.push((fraction) => place(lines.map((line) => along(line, fraction))));
    }
    const paint = (fraction) => paints.forEach((p) => p(fraction));
    if (!smooth || !moved || still.matches) {
      paint(1);
      see();
      return Promise.resolve();
    }
    return new Promise((done) => {
      let start;
      const frame = (now) => {
        if (mine !== run) return;
        start ??= now;
        const f = Math.min((now - start) / hop, 1);
        paint(f < .5 ? 2 * f * f : 1 - 2 * (1 - f) * (1 - f));
        see();
        if (f < 1) requestAnimationFrame(frame);
        else done();
      };
      paint(0);
      requestAnimationFrame(frame);
    });
  }

  // see scrolls a drawing that is too high for its place, as on a phone, to the packet.
  function see() {
    for (const scenes of all(".state.now .scenes", lesson)) {
      const card = all(".card", scenes).find((e) => e.getClientRects().length > 0);
      if (!card || scenes.scrollHeight <= scenes.clientHeight) continue;
      const here = card.getBoundingClientRect(), view = scenes.getBoundingClientRect();
      scenes.scrollTop += here.top + here.height / 2 - view.top - view.height / 2;
    }
  }

  async function play() {
    if (at === moves.length - 1) await go(-1);
    playing = true;
    while (playing && at < moves.length - 1) {
      const arrived = go(at + 1, true), mine = run;
      await arrived;
      await new Promise((done) => setTimeout(done, still.matches ? stillRest : rest));
      if (mine !== run) return;
    }
    playing = false;
    tell();
  }

  function pause() {
    playing = false;
    go(at);
  }

  function step(by) {
    playing = false;
    if (at + by < -1 || at + by >= moves.length) return;
    go(at + by, by > 0);
  }

  for (const b of all(".motion", document)) {
    one(".play", b).addEventListener("click", () => (playing ? pause() : play()));
    one(".hop-back", b).addEventListener("click", () => step(-1));
    one(".hop-on", b).addEventListener("click", () => step(1));
  }
  document.addEventListener("keydown", (e) => {
    if (!moves.length || e.altKey || e.ctrlKey || e.metaKey || e.target.closest(".scroll")) return;
    if (e.key === "p" || e.key === "P") playing ? pause() : play();
    else if (e.key === ".") step(1);
    else if (e.key === ",") step(-1);
    else return;
    e.preventDefault();
  });
  return { show };
})();
