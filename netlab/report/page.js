// Steps through the questions, shows an answer only when asked for, and highlights the path of the current question.
// Without this script the page shows everything.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);
  const stepping = document.body.classList.contains("steps-on");
  // A comparison's table shows the answers anyway.
  const questions = all(".part").flatMap((part) => one(".comparison", part) ? [] : all(".question", part));
  document.body.classList.add("scripted");
  const guessing = stepping && questions.length > 0;
  const bar = one(".steps");
  let chosen = null;

  const revealed = (q) => !one(".answer", q).hidden;

  // mark highlights the asker in a drawing and, with the answer, the path.
  function mark(svg, q, answer) {
    const nodes = q.dataset.lit ? q.dataset.lit.split(" ") : [];
    for (const g of all("[data-node]", svg)) {
      if (answer && nodes.includes(g.dataset.node)) g.classList.add("lit");
      if (g.dataset.node === q.dataset.asks) g.classList.add("asks");
    }
    for (const g of all("[data-step]", svg)) {
      if (answer && g.dataset.step === q.dataset.step) g.classList.add("lit");
    }
  }

  // light highlights a question's path in the drawings of its lesson. Before the answer is shown, it highlights only
  // the asker.
  function light(q) {
    const lesson = q.closest(".lesson");
    all(".lit, .asks", lesson).forEach((e) => e.classList.remove("lit", "asks"));
    const path = one("figcaption .path", lesson);
    motion.show(revealed(q) ? q : null);
    if (!path) return;
    path.textContent = "";
    for (const s of all(".state", lesson)) s.classList.toggle("now", s.dataset.state === q.dataset.state);
    for (const svg of all(".state.now .scene", lesson)) mark(svg, q, revealed(q));
    const words = one(".note.route", q);
    if (revealed(q) && words) path.textContent = " " + words.textContent;
    // A drawing that is too high for its place, as on a phone, scrolls to where the path ends.
    for (const scenes of all(".state.now .scenes", lesson)) {
      const end = all(".mark.lit, .lit > rect, .asks > rect", scenes).find((e) => e.getClientRects().length > 0);
      if (!end || scenes.scrollHeight <= scenes.clientHeight) continue;
      const at = end.getBoundingClientRect(), view = scenes.getBoundingClientRect();
      scenes.scrollTop += at.top + at.height / 2 - view.top - view.height / 2;
    }
  }

  function choose(q, focus) {
    if (chosen && chosen !== q) {
      chosen.classList.remove("chosen");
      chosen.removeAttribute("aria-current");
      if (chosen.closest(".lesson") !== q.closest(".lesson")) {
        all(".lit, .asks", chosen.closest(".lesson")).forEach((e) => e.classList.remove("lit", "asks"));
      }
    }
    chosen = q;
    q.classList.add("chosen");
    q.setAttribute("aria-current", "step");
    light(q);
    if (focus) {
      q.focus({ preventScroll: true });
      see(q);
    }
    tell();
  }

  // see scrolls to a question so that its answer is visible: all of it, or else its beginning.
  function see(q) {
    const padding = parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0; // adds to the margin
    const figure = q.closest(".lesson")?.querySelector("figure");
    const drawing = figure?.getBoundingClientRect();
    if (drawing && drawing.right > q.getBoundingClientRect().left) { // on a phone it stays above the questions
      const top = parseFloat(getComputedStyle(figure).top) + drawing.height;
      q.style.scrollMarginTop = top - padding + (q.offsetHeight > innerHeight - top - 24 ? 0 : 8) + "px";
    }
    const style = getComputedStyle(q);
    const room = innerHeight - padding - parseFloat(style.scrollMarginTop) - parseFloat(style.scrollMarginBottom);
    q.scrollIntoView({ block: q.offsetHeight > room ? "start" : "nearest" });
  }

  function reveal(q, show) {
    const answer = one(".answer", q), button = one(".reveal", q);
    answer.hidden = !show;
    button.setAttribute("aria-expanded", String(show));
    button.textContent = show ? "Hide answer" : "Show answer";
    if (q === chosen) {
      light(q);
      if (show) see(q);
    }
    tell();
  }

  // tell updates the bar.
  function tell() {
    const at = questions.indexOf(chosen);
    one(".where", bar).textContent = at < 0 ? questions.length + " questions" : at + 1 + " of " + questions.length;
    one(".back", bar).disabled = at <= 0;
    one(".on", bar).disabled = at === questions.length - 1;
    one(".show", bar).disabled = at < 0;
    one(".show", bar).textContent = at >= 0 && revealed(chosen) ? "Hide answer" : "Show answer";
    one(".all", bar).firstChild.textContent = questions.every(revealed) ? "Hide all" : "Show all";
  }

  function step(by) {
    const at = questions.indexOf(chosen) + by;
    if (at >= 0 && at < questions.length) choose(questions[at], true);
  }

  for (const q of all(".question")) {
    one(".ask", q).addEventListener("click", (e) => { e.preventDefault(); choose(q, true); });
    one(".reveal", q).addEventListener("click", () => { choose(q, false); reveal(q, !revealed(q)); });
  }

  if (guessing) {
    document.body.classList.add("stepping");
    bar.hidden = false;
    for (const q of questions) {
      one(".reveal", q).hidden = false;
      one(".answer", q).hidden = true;
    }
    one(".back", bar).addEventListener("click", () => step(-1));
    one(".on", bar).addEventListener("click", () => step(1));
    one(".show", bar).addEventListener("click", () => { if (chosen) reveal(chosen, !revealed(chosen)); });
    one(".all", bar).addEventListener("click", () => {
      const show = !questions.every(revealed);
      for (const q of questions) reveal(q, show);
    });
    const linked = questions.find((q) => "#" + q.id === location.hash);
    choose(linked || questions[0], Boolean(linked));
    document.addEventListener("keydown", (e) => {
      if (e.altKey || e.ctrlKey || e.metaKey || e.shiftKey || e.target.closest(".scroll")) return;
      if (e.key === "ArrowRight") step(1);
      else if (e.key === "ArrowLeft") step(-1);
      else if ((e.key === "Enter" || e.key === " ") && !e.target.closest("a, button, summary")) {
        if (chosen) reveal(chosen, !revealed(chosen));
      } else return;
      e.preventDefault();
    });
  }

  // In a comparison, a click on an answer shows the reason.
  for (const comparison of all(".comparison")) reasons(comparison);

  function reasons(comparison) {
    const reason = one(".reason", comparison), cells = all("a.cell", comparison);
    let origin = null;

    function why(cell) {
      const q = document.getElementById(cell.getAttribute("href").slice(1));
      if (!q) return;
      if (origin) origin.classList.remove("chosen");
      origin = cell;
      cell.classList.add("chosen");
      // Modes with another answer, to explain the difference with the drawings of both.
      const others = (cell.dataset.other || "").split(" ").map((id) => document.getElementById(id)).filter(Boolean);
      compare(q, others, others[0]);
      reason.hidden = false;
    }

    function element(name, text, className = "") {
      const e = document.createElement(name);
      e.textContent = text;
      e.className = className;
      return e;
    }

    const mode = (q) => one(".mode", q.closest(".lesson")).textContent;

    // compare shows a question's answer and drawing, next to those of another mode if there is one.
    function compare(q, others, other) {
      const head = element("h3", mode(q) + ": " + one(".ask", q).textContent.replace(/^\s*\d+\s*/, "")), sides = element("div", "", "sides");
      sides.append(...[q, other].filter(Boolean).map((side) => view(side, Boolean(other))));
      const choice = element("p", "", "others");
      if (others.length > 1) {
        choice.append("Compare with ");
        for (const o of others) {
          const b = element("button", mode(o));
          b.type = "button";
          b.setAttribute("aria-pressed", String(o === other));
          b.addEventListener("click", () => {
            compare(q, others, o);
            one(".others [aria-pressed=true]", reason).focus();
          });
          choice.append(b, " ");
        }
      }
      one(".words", reason).replaceChildren(head, choice, sides);
    }

    // view is the answer of one mode, and its drawing with the path.
    function view(q, drawn) {
      const side = element("section", ""), to = element("a", "In the drawing");
      to.href = "#" + q.id;
      to.addEventListener("click", (e) => { e.preventDefault(); close(); choose(q, true); q.scrollIntoView({ block: "center" }); });
      const answer = one(".answer", q).cloneNode(true);
      answer.removeAttribute("id");
      all("details, .moves", answer).forEach((d) => d.remove());
      if (drawn) side.append(element("h4", mode(q)));
      side.append(answer);
      const state = one('.state[data-state="' + q.dataset.state + '"] .scenes', q.closest(".lesson"));
      if (drawn && state) {
        const scenes = state.cloneNode(true);
        for (const svg of all(".scene", scenes)) {
          all(".lit, .asks", svg).forEach((e) => e.classList.remove("lit", "asks"));
          mark(svg, q, true);
        }
        side.append(scenes);
      }
      side.append(to);
      return side;
    }

    function close() {
      reason.hidden = true;
      if (origin) origin.classList.remove("chosen");
    }

    for (const cell of cells) {
      cell.addEventListener("click", (e) => { e.preventDefault(); why(cell); });
      cell.addEventListener("focus", () => { if (cell.matches(":focus-visible")) why(cell); });
    }
    one(".close", reason).addEventListener("click", () => { close(); if (origin) origin.focus({ focusVisible: false }); });
    document.addEventListener("keydown", (e) => {
      if (e.key === "Escape") close();
      const td = e.target.closest("td");
      if (!td || !comparison.contains(td) || !e.key.startsWith("Arrow")) return;
      let row = td.parentElement;
      const column = td.cellIndex;
      const at = (r, c) => r && r.cells[c] && one("a.cell", r.cells[c]);
      let next = null;
      if (e.key === "ArrowRight" || e.key === "ArrowLeft") {
        const by = e.key === "ArrowRight" ? 1 : -1;
        for (let c = column + by; row.cells[c] && !next; c += by) next = at(row, c);
      } else {
        const rows = all("tr", row.closest("table")), by = e.key === "ArrowDown" ? 1 : -1;
        for (let r = rows.indexOf(row) + by; rows[r] && !next; r += by) next = at(rows[r], column);
      }
      if (next) { e.preventDefault(); next.focus(); why(next); }
    });
  }
})();
