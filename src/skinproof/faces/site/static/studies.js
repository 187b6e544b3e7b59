/* Filters of a long list. The whole list is in the page and readable without this script; the script hides
   rows, never makes them. What is chosen is kept in the address after "#". The table names itself by
   `data-filtered`; each of its rows (`data-row`) carries what the filters of the form compare. */
(function () {
  "use strict";
  var PAGE = 100;
  var SPACED = ["agent", "indication"];
  var form = document.getElementById("filters");
  var table = document.querySelector("table[data-filtered]");
  if (!form || !table) { return; }
  var line = document.getElementById("result-line");
  var pager = document.getElementById("pager");
  var back = document.getElementById("page-back");
  var next = document.getElementById("page-next");
  var where = document.getElementById("page-where");
  var names = Array.prototype.map.call(form.elements, function (box) { return box.name; }).filter(Boolean);
  var lists = names.filter(function (name) { return name !== "agent" && name !== "role" && name !== "text"; });
  var page = 1;

  var rows = Array.prototype.map.call(table.querySelectorAll("[data-row]"), function (row) {
    var data = row.dataset;
    var item = { row: row, text: fold(row.textContent + " " + (data.also || "")) };
    names.forEach(function (name) {
      if (name in data) { item[name] = data[name].split(SPACED.indexOf(name) < 0 ? "|" : " "); }
    });
    return item;
  });

  function fold(text) {
    return text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "").replace(/\s+/g, " ");
  }

  function wanted() {
    var want = {};
    names.forEach(function (name) { want[name] = form.elements[name].value.trim(); });
    return want;
  }

  /* An agent and a role chosen together must belong to each other: "EV, only measured". */
  function fitsAgent(agents, agent, role) {
    if (!agent && !role) { return true; }
    return agents.some(function (pair) {
      var parts = pair.split("/");
      return (!agent || parts[0] === agent) && (!role || parts[1] === role);
    });
  }

  function fits(item, want, words) {
    if (!fitsAgent(item.agent, want.agent, want.role)) { return false; }
    for (var i = 0; i < lists.length; i += 1) {
      if (want[lists[i]] && item[lists[i]].indexOf(want[lists[i]]) < 0) { return false; }
    }
    return words.every(function (word) { return item.text.indexOf(word) >= 0; });
  }

  function show() {
    var want = wanted();
    var words = fold(want.text).split(" ").filter(Boolean);
    var found = rows.filter(function (item) { return fits(item, want, words); });
    var pages = Math.max(1, Math.ceil(found.length / PAGE));
    page = Math.min(Math.max(1, page), pages);
    var first = (page - 1) * PAGE;
    var seen = new Set(found.slice(first, first + PAGE));
    rows.forEach(function (item) { item.row.hidden = !seen.has(item); });
    var total = rows.length.toLocaleString("en");
    var count = found.length.toLocaleString("en");
    var text = found.length === 0
      ? table.dataset.none
      : count + " of " + total + " " + (rows.length === 1 ? table.dataset.one : table.dataset.many);
    if (found.length > PAGE) {
      text += ", showing " + (first + 1).toLocaleString("en") + " to "
        + Math.min(first + PAGE, found.length).toLocaleString("en");
    }
    if (line.textContent !== text) { line.textContent = text; }
    pager.hidden = pages === 1;
    where.textContent = "Page " + page + " of " + pages;
    back.disabled = page === 1;
    next.disabled = page === pages;
  }

  function write() {
    var want = wanted();
    var parts = names.filter(function (name) { return want[name]; }).map(function (name) {
      return name + "=" + encodeURIComponent(want[name]);
    });
    if (page > 1) { parts.push("page=" + page); }
    var hash = parts.join("&");
    if (hash !== location.hash.slice(1)) {
      history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search);
    }
  }

  function read() {
    var given = {};
    location.hash.slice(1).split("&").forEach(function (part) {
      var cut = part.indexOf("=");
      if (cut < 1) { return; }
      try { given[part.slice(0, cut)] = decodeURIComponent(part.slice(cut + 1)); } catch (error) { /* not ours */ }
    });
    names.forEach(function (name) {
      var box = form.elements[name];
      box.value = given[name] || "";
      if (box.value !== (given[name] || "") && box.tagName === "SELECT") { box.value = ""; }
    });
    page = parseInt(given.page, 10) || 1;
  }

  function changed() { page = 1; show(); write(); }

  var waiting = 0;
  form.addEventListener("input", function () {
    clearTimeout(waiting);
    waiting = setTimeout(changed, 120);
  });
  form.addEventListener("submit", function (event) { event.preventDefault(); changed(); });
  form.addEventListener("reset", function () { setTimeout(changed, 0); });
  function turn(by) {
    page += by;
    show();
    write();
    table.scrollIntoView({ block: "start" });
  }
  back.addEventListener("click", function () { turn(-1); });
  next.addEventListener("click", function () { turn(1); });
  window.addEventListener("hashchange", function () { read(); show(); });

  form.hidden = false;
  read();
  show();
}());
