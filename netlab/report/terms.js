// Shows the explanation of a word while the pointer or the focus is on it. Without this script, the word is a link to it.
"use strict";
(() => {
  const tip = document.createElement("div"), head = document.createElement("b"), text = document.createElement("span");
  tip.className = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true"); // the word already refers to its explanation
  tip.append(head, text);
  document.body.append(tip);
  let word = null, leaving = 0;

  const termAt = (e) => e.target instanceof Element && e.target.closest("a.term");

  function show(a) {
    clearTimeout(leaving);
    const explanation = document.getElementById(a.hash.slice(1));
    if (!explanation) return;
    word = a;
    head.textContent = explanation.previousElementSibling.textContent;
    text.textContent = explanation.textContent;
    tip.hidden = false;
    place();
  }

  function hide() {
    clearTimeout(leaving);
    tip.hidden = true;
    word = null;
  }

  // place puts the explanation below its word, or above it if there is more room.
  function place() {
    if (!word) return;
    const at = word.getClientRects()[0];
    if (!at) return hide();
    const width = document.documentElement.clientWidth, height = document.documentElement.clientHeight;
    const below = height - at.bottom, fits = below > tip.offsetHeight + 12 || below > at.top;
    tip.style.left = Math.max(8, Math.min(at.left, width - tip.offsetWidth - 8)) + "px";
    tip.style.top = fits ? at.bottom + 6 + "px" : Math.max(8, at.top - tip.offsetHeight - 6) + "px";
  }

  function leave() {
    clearTimeout(leaving);
    leaving = setTimeout(() => { if (!word || word !== document.activeElement) hide(); }, 200);
  }

  document.addEventListener("pointerover", (e) => {
    if (e.pointerType === "touch") return;
    const a = termAt(e);
    if (a) show(a);
    else if (tip.contains(e.target)) clearTimeout(leaving);
    else if (word) leave();
  });
  document.addEventListener("focusin", (e) => {
    const a = termAt(e);
    if (a) show(a);
    else hide();
  });
  document.addEventListener("click", (e) => {
    const a = termAt(e);
    if (a) {
      e.preventDefault();
      show(a);
    } else if (!tip.contains(e.target)) hide();
  });
  document.addEventListener("keydown", (e) => {
    if (e.key !== "Escape" || !word) return;
    e.stopPropagation();
    hide();
  }, true);
  addEventListener("scroll", place, { capture: true, passive: true });
  addEventListener("resize", place);
})();
