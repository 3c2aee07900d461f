// What the pages can do beyond HTML. Everything works without it.
"use strict";
(() => {
  const $ = (selector, under = document) => under.querySelector(selector);
  const all = (selector) => Array.from(document.querySelectorAll(selector));

  // Keys. Never with a modifier, never inside a field, and they can be turned off
  // (WCAG 2.1.4).
  const key = "comity-keys";
  const on = () => localStorage.getItem(key) !== "off";
  const box = $("#keys");
  if (box) {
    box.hidden = false;
    const toggle = $("button", box);
    const show = () => {
      toggle.textContent = on() ? toggle.dataset.yes : toggle.dataset.no;
      toggle.setAttribute("aria-pressed", String(on()));
      document.documentElement.classList.toggle("keys", on());
    };
    toggle.addEventListener("click", () => { localStorage.setItem(key, on() ? "off" : "on"); show(); });
    show();
  }
  const rows = () => all(".messages .open");
  const move = (step) => {
    const list = rows();
    if (list.length === 0) return;
    const at = list.indexOf(document.activeElement);
    list[Math.min(Math.max(at + step, 0), list.length - 1)].focus();
  };
  const press = (selector) => { const e = $(selector); if (e) { e.focus(); e.click(); } };
  const acts = {
    j: () => move(1), k: () => move(-1),
    o: () => { if (document.activeElement.matches(".messages .open")) document.activeElement.click(); },
    u: () => press(".crumb a"), c: () => press("[data-key=c]"), p: () => { if ($("article")) window.print(); },
    r: () => press("[data-key=r]"), x: () => press("[data-key=x]"), h: () => press("[data-key=h]"),
    1: () => press("[data-key='1']"), 2: () => press("[data-key='2']"), 3: () => press("[data-key='3']"), 4: () => press("[data-key='4']"),
    "/": () => { const e = $("input[type=search]"); if (e) { e.focus(); e.select(); } else location.assign("/inbox"); },
    "?": () => { const d = $("#keyhelp"); if (d) d.showModal(); },
  };
  let led = 0; // when g was pressed
  document.addEventListener("keydown", (e) => {
    if (!on() || e.ctrlKey || e.altKey || e.metaKey || e.isComposing || e.repeat) return;
    if (e.target.closest("input, select, textarea, dialog, [contenteditable]")) return;
    if (e.key === "g") { led = Date.now(); return; }
    if (e.key === "i" && Date.now() - led < 1500) { location.assign("/inbox"); return; }
    const act = acts[e.key];
    if (act) { e.preventDefault(); act(); }
  });

  // A session ends when nobody is there. That is told before, and what stands in a form is
  // kept in its draft. Afterwards nothing is left on the screen.
  const stay = $("#stay");
  let used = () => {};
  if (stay) {
    const idle = Number(stay.dataset.idle) * 1000, before = 120000;
    let ends = 0, timer = 0;
    const look = () => {
      const left = ends - Date.now();
      if (left <= 0) { location.reload(); return; }
      if (left > before) { timer = setTimeout(look, left - before); return; }
      const form = $("form[data-keep]");
      if (form && !stay.open) fetch(form.dataset.keep, { method: "POST", redirect: "manual", body: new URLSearchParams([...new FormData(form), ["do", "later"]]) });
      if (!stay.open) stay.showModal();
      timer = setTimeout(look, left);
    };
    used = () => { ends = Date.now() + idle; clearTimeout(timer); look(); };
    stay.addEventListener("close", async () => { if ((await fetch("/account/stay", { method: "POST" })).ok) used(); else location.reload(); });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) { clearTimeout(timer); look(); } });
    used();
  }

  // News. The list never moves under its reader: a link says what came and loads it.
  const news = $("#news");
  if (news) {
    const look = async () => {
      if (document.hidden) return;
      try {
        const answer = await fetch("/inbox/news?after=" + news.dataset.after, { headers: { Accept: "application/json" } });
        if (!answer.ok) return;
        const said = await answer.json();
        if (said.count > 0) {
          $("a", news).textContent = said.text;
          news.hidden = false;
        }
      } catch { /* the next look may succeed */ }
    };
    setInterval(look, 15000);
    document.addEventListener("visibilitychange", look);
  }

  // The menu of languages closes when the reader turns to something else.
  const tongues = $(".tongues");
  if (tongues) {
    document.addEventListener("click", (e) => { if (!tongues.contains(e.target)) tongues.open = false; });
    tongues.addEventListener("keydown", (e) => { if (e.key === "Escape" && tongues.open) { tongues.open = false; $("summary", tongues).focus(); } });
  }

  // What policy would say is asked again while somebody writes. Nothing is kept by asking.
  const written = $("form[data-look]");
  if (written) {
    const make = (tag, name, text) => {
      const e = document.createElement(tag);
      e.className = name;
      e.textContent = text;
      return e;
    };
    const line = (kind) => {
      const item = document.createElement("li");
      item.append(make("b", "", kind.label), ...kind.notes.flatMap((note) => [" ", make("span", "state overdue", note)]));
      return item;
    };
    let wait = 0, asked = 0;
    const look = async () => {
      const n = ++asked;
      try {
        const answer = await fetch(written.dataset.look, { method: "POST", body: new URLSearchParams(new FormData(written)) });
        if (!answer.ok) return;
        const said = await answer.json();
        used();
        if (n !== asked) return; // a later question is on its way
        const verdict = $("#sofar-verdict"), list = make("ul", "kinds", "");
        if (verdict.textContent !== said.verdict) verdict.textContent = said.verdict; // or it is read out again
        list.append(...said.kinds.map(line));
        $("#sofar-data").replaceChildren(list);
      } catch { /* the next key asks again */ }
    };
    written.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(look, 400); });
  }

  // Files show how far they are. What goes wrong is told by the page that the form gives.
  const sending = $("form[data-sending]");
  if (sending) {
    sending.addEventListener("submit", (e) => {
      e.preventDefault();
      const shown = document.getElementById(sending.dataset.sending), post = new XMLHttpRequest();
      shown.hidden = false;
      post.upload.addEventListener("progress", (p) => { if (p.lengthComputable) $("progress", shown).value = p.loaded / p.total; });
      post.addEventListener("load", () => { if (post.status === 200) location.assign(post.responseURL); else sending.submit(); });
      post.addEventListener("error", () => sending.submit());
      post.open("POST", sending.action);
      post.send(new FormData(sending));
    });
  }

  // Print is a reading of its own and is noted as one.
  const article = $("article[data-print]");
  if (article) {
    window.addEventListener("beforeprint", () => { fetch(article.dataset.print, { method: "POST", keepalive: true }); });
  }
})();
