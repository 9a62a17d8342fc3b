// Keys, focus and waiting of the review page. The server renders everything; this only moves, presses and announces.
(() => {
  "use strict";

  const WAIT = 100; // milliseconds after which waiting is shown
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const wide = () => matchMedia("(min-width: 720px) and (min-height: 500px)").matches;

  let busy = 0; // requests that are under way and will change what is shown
  let waiting = null;
  let leaving = ""; // a step inside the page, which needs no question
  let at = null; // the item that is marked in the list: its row may be put there again
  let shownAt = performance.now();

  // ---- What is where -------------------------------------------------------------------------------------------

  const rows = () => all("#rows > .row");
  const shown = () => $("#detail .item")?.dataset.item ?? null;
  const rowOf = (item) => rows().find((row) => row.dataset.item === item) ?? null;
  const current = () => $("#rows > .row[data-current]");
  const link = (row) => $("a", row);
  const typing = (element) => element.matches("textarea, select, input:not([type=checkbox], [type=radio])");

  function say(words) {
    const said = $("#said");
    if (said) said.textContent = words;
  }

  let fading = null;
  function fade() {
    clearTimeout(fading);
    fading = setTimeout(() => say(""), 5000);
  }

  function mark(row, { focus = true } = {}) {
    for (const other of all("#rows > .row[data-current]")) {
      other.removeAttribute("data-current");
      link(other)?.removeAttribute("aria-current");
    }
    if (!row) return;
    at = row.dataset.item;
    row.dataset.current = "";
    link(row).setAttribute("aria-current", "true");
    if (focus) link(row).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  // ---- Moving ----------------------------------------------------------------------------------------------------

  function more() {
    const button = $("#more [data-act=more]");
    if (button && !button.dataset.asked) {
      button.dataset.asked = "";
      button.click();
    }
  }

  function move(step) {
    const list = rows();
    if (!list.length) return;
    const here = list.indexOf(current());
    const next = here < 0 ? (step > 0 ? 0 : list.length - 1) : here + step;
    if (next >= list.length - 5) more();
    if (next < 0 || next >= list.length) {
      say(next < 0 ? "This is the first item." : "This is the last item.");
      fade();
      return;
    }
    mark(list[next]);
    // Beside an open item the list leads: what is marked is what is shown.
    if (wide() && shown()) openSoon(list[next]);
  }

  let opening = null;
  function openSoon(row) {
    clearTimeout(opening);
    opening = setTimeout(() => open(row), 60);
  }

  function open(row) {
    clearTimeout(opening);
    if (row && row.dataset.item !== shown()) link(row).click();
    else if (row) $("#detail").focus();
  }

  // ---- Deciding --------------------------------------------------------------------------------------------------

  function press(key) {
    const picked = all("#rows input[name=item]:checked");
    if (key === "a" && picked.length) {
      performance.mark("decide:key");
      $("#bulk").requestSubmit();
      return;
    }
    const row = current();
    if (busy || (row && wide() && shown() && row.dataset.item !== shown())) {
      say("Still loading. Press the key again once the item is shown.");
      fade();
      return;
    }
    if (!shown()) {
      if (row) open(row);
      else move(1);
      return;
    }
    const button = $(`#detail [data-key="${key}"]`);
    if (!button) return;
    if (button.disabled) {
      say(button.closest("form")?.querySelector(".blocked")?.textContent ?? "This cannot be done now.");
      fade();
      return;
    }
    performance.mark("decide:key");
    button.click();
  }

  function toggle(opener) {
    const sheet = document.getElementById(opener.dataset.opens);
    const show = sheet.hidden;
    for (const other of all("#detail .sheet")) close(other);
    if (!show) return;
    sheet.hidden = false;
    opener.setAttribute("aria-expanded", "true");
    const first = $(".quick button, textarea, input:not([type=hidden]), select, summary, button", sheet);
    first?.focus({ preventScroll: true });
    sheet.scrollIntoView({ block: "nearest" });
  }

  function close(sheet) {
    sheet.hidden = true;
    $(`[data-opens="${sheet.getAttribute("id")}"]`)?.setAttribute("aria-expanded", "false");
  }

  function closeOpen() {
    const sheet = $("#detail .sheet:not([hidden])");
    if (!sheet) return false;
    close(sheet);
    $(`[data-opens="${sheet.getAttribute("id")}"]`)?.focus();
    return true;
  }

  function reason(button) {
    const form = button.closest("form");
    const field = $("[name=justification]", form);
    if (!field) return;
    field.value = button.dataset.reason;
    const missing = all("[required]", form).find((each) => !each.value);
    if (missing) missing.focus();
    else {
      performance.mark("decide:key");
      form.requestSubmit();
    }
  }

  function count() {
    const picked = all("#rows input[name=item]:checked").length;
    const bulk = $("#bulk");
    if (bulk) {
      bulk.hidden = picked === 0;
      $("#chosen").textContent = picked.toLocaleString("en");
    }
    for (const kind of ["member", "class"]) {
      const ticked = all(`[data-tick="${kind}"]:checked`).length;
      const bar = $(`[data-parts="${kind}"]`);
      if (bar) bar.hidden = ticked === 0;
      for (const each of all(`[data-count="${kind}"]`)) each.textContent = `${ticked} ticked.`;
    }
  }

  function pick() {
    const row = current();
    if (!row) return;
    const box = $("input[name=item]", row);
    if (!box) {
      say("This item has to be opened: it cannot be approved together with others.");
      fade();
      return;
    }
    box.checked = !box.checked;
    count();
  }

  function undo() {
    if (busy) return;
    const form = $("#undo");
    if (!form) {
      say("Nothing to undo.");
      fade();
      return;
    }
    $("[name=shown]", form).value = shown() ?? "";
    $("[name=query]", form).value = $("#list")?.dataset.query ?? "";
    form.requestSubmit();
  }

  // ---- Keys ------------------------------------------------------------------------------------------------------

  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    o: () => open(current() ?? rows()[0]),
    x: pick,
    u: undo,
    s: () => $("#status [data-act=submit]")?.click(),
    "/": () => { const field = $("#q"); if (field) { field.focus(); field.select(); } },
    "?": () => $("#keys")?.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === "Escape") {
      if (typing(event.target) && event.target.id === "q") event.target.blur();
      else if (!$("dialog[open]")) closeOpen();
      return;
    }
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && event.target.form) {
      event.preventDefault();
      event.target.form.requestSubmit();
      return;
    }
    if (event.key === "F5" || ((event.ctrlKey || event.metaKey) && event.key === "r")) step();
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target) || $("dialog[open]")) return;
    const sheet = $("#detail .sheet:not([hidden])") ?? $("#detail .partbar:not([hidden]) details[open] form");
    if (sheet && /^[1-9]$/.test(event.key)) {
      const button = $(`[data-digit="${event.key}"]`, sheet);
      if (button) { event.preventDefault(); reason(button); }
      return;
    }
    if (KEYS[event.key]) {
      event.preventDefault();
      KEYS[event.key]();
    } else if (/^[afde]$/.test(event.key)) {
      event.preventDefault();
      press(event.key);
    }
  });

  document.addEventListener("click", (event) => {
    const target = event.target.closest("button, a");
    if (!target) return;
    if (target.dataset.copy !== undefined) {
      navigator.clipboard?.writeText(target.dataset.copy).then(() => { say("Copied."); fade(); });
    } else if (target.dataset.opens) toggle(target);
    else if (target.dataset.closes) closeOpen();
    else if (target.dataset.reason) reason(target);
    else if (target.dataset.act === "help") $("#keys").showModal();
    else if (target.dataset.act === "print") print();
    else if (target.dataset.act === "clear") {
      for (const box of all("#rows input[name=item]:checked")) box.checked = false;
      count();
    }
    if (target.matches("a[href]") && new URL(target.href).origin === location.origin) step();
    if (target.matches("#rows .row > a")) mark(target.closest(".row"));
  });

  document.addEventListener("change", (event) => { if (event.target.matches("input[type=checkbox]")) count(); });

  // ---- Requests: waiting, focus, errors ----------------------------------------------------------------------------

  function changesView(event) {
    const target = event.detail?.ctx?.target;
    return target?.id === "detail";
  }

  document.addEventListener("htmx:config:request", (event) => {
    const { request } = event.detail.ctx;
    if (request.method === "GET" && request.body) {
      for (const [name, value] of [...request.body]) if (value === "") request.body.delete(name); // short addresses
      if (changesView(event) && written() && !confirm("What you typed here is not saved. Leave it?")) event.preventDefault();
    } else if (request.action === "/drafts" && busy) {
      event.preventDefault(); // the item that is shown has been decided already
    } else if (request.body) {
      const part = event.target.closest("[data-ticks]")?.dataset.ticks;
      for (const box of part ? all(`[data-tick="${part}"]:checked`) : []) request.body.append("part_id", box.value);
      request.body.set("seconds", ((performance.now() - shownAt) / 1000).toFixed(1));
    }
  });

  document.addEventListener("htmx:before:request", (event) => {
    if (event.detail.ctx.request.method === "POST") performance.mark("decide:sent");
    if (changesView(event)) {
      busy += 1;
      event.detail.ctx.counted = true;
      $("#detail").setAttribute("aria-busy", "true");
    }
    clearTimeout(waiting);
    waiting = setTimeout(() => { $("#waiting").hidden = false; }, WAIT);
  });

  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    if (ctx.request.method === "POST") performance.mark("decide:received");
    const type = ctx.response.headers.get("content-type") ?? "";
    if (!type.startsWith("text/html")) ctx.text = problem(ctx.text, ctx.request.method);
    const detail = $("#detail");
    if (ctx.response.status >= 400 && detail && ctx.target !== detail) {
      Object.assign(ctx, { target: detail, select: null, selectOOB: null, swap: "innerHTML", push: null });
    }
  });

  // What is not HTML is text: said in a box, whatever is in it.
  function problem(text, method) {
    const box = document.createElement("div");
    box.className = "problem";
    box.setAttribute("role", "alert");
    const lines = text.split("\n").filter(Boolean).map((line) => line.replace(/^hint: /, "What to do: "));
    if (method === "POST") lines.push("Nothing was recorded by this press.");
    for (const line of lines) {
      const said = document.createElement("p");
      said.textContent = line.charAt(0).toUpperCase() + line.slice(1) + (/[.!?]$/.test(line) ? "" : ".");
      box.append(said);
    }
    return box.outerHTML;
  }

  document.addEventListener("htmx:finally:request", (event) => {
    if (event.detail.ctx.counted) busy -= 1;
    clearTimeout(waiting);
    $("#waiting").hidden = true;
    $("#detail")?.removeAttribute("aria-busy");
  });

  document.addEventListener("htmx:error", () => {
    say("The server did not answer: nothing was recorded by this press. See whether lakezones review serve still runs, then press again.");
    clearTimeout(fading);
  });

  document.addEventListener("htmx:after:swap", (event) => {
    const { ctx } = event.detail;
    const bar = $("#status");
    if (bar) document.body.dataset.pending = bar.dataset.pending;
    count();
    if (ctx.target?.id === "detail") {
      shownAt = performance.now();
      $("#detail").scrollTop = 0;
      if (!wide()) scrollTo(0, 0);
      $(".panes")?.setAttribute("data-open", shown() ? "yes" : "no");
      const together = ctx.sourceElement?.closest?.("#bulk");
      const row = rowOf(together ? at : shown());
      mark(row, { focus: wide() || together });
      if (!row || !(wide() || together)) $("#detail").focus({ preventScroll: true });
      if (row && rows().indexOf(row) >= rows().length - 5) more();
      const wrong = $("#detail .problem, #detail .wrong");
      if (wrong) wrong.scrollIntoView({ block: "nearest" });
    }
    if (ctx.request?.method === "POST" && performance.getEntriesByName("decide:received").length) measure(shown());
    fade();
  });

  // Time of the page's own, reading and server not counted: from the key to the request, and from the answer to paint.
  function measure(item) {
    requestAnimationFrame(() => setTimeout(() => {
      const when = (name) => performance.getEntriesByName(name).at(-1)?.startTime;
      const [key, sent, received] = ["decide:key", "decide:sent", "decide:received"].map(when);
      if (key !== undefined && sent !== undefined && received !== undefined) {
        performance.measure("decide:page", { start: 0, duration: (sent - key) + (performance.now() - received), detail: item });
      }
      for (const name of ["decide:key", "decide:sent", "decide:received"]) performance.clearMarks(name);
    }));
  }

  // ---- Leaving -----------------------------------------------------------------------------------------------------

  function step(how = "link") {
    leaving = how;
    setTimeout(() => { leaving = ""; }, 2000);
  }

  const written = () =>
    all("#detail textarea, #detail input[type=text]").some((field) => field.value !== field.defaultValue);

  document.addEventListener("submit", () => step("form"));
  addEventListener("beforeunload", (event) => {
    const pending = Number(document.body.dataset.pending) > 0;
    if ((written() && leaving !== "form") || (pending && !leaving)) event.preventDefault();
  });
  addEventListener("beforeprint", () => {
    for (const each of all("main details:not([open])")) { each.open = true; each.dataset.printed = ""; }
  });
  addEventListener("afterprint", () => {
    for (const each of all("details[data-printed]")) { each.open = false; delete each.dataset.printed; }
  });

  document.addEventListener("DOMContentLoaded", () => {
    const row = rowOf(shown());
    if (row) mark(row);
    else if (rows().length) mark(rows()[0], { focus: false });
    count();
    fade();
  });
})();
