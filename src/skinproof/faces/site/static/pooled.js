/* Pictures of pooled answers. Everything is on the page and every study of a picture is a link to its row without this
   script. With it: the numbers of a study stand below the picture when one points at it or tabs to it, the studies can be
   put in another order, and one study at a time can be left out; the answers without it were worked out beforehand. */
(function () {
  "use strict";
  var table = document.querySelector("table[data-rows]");
  var tools = document.getElementById("picture-tools");
  if (!table || !tools) { return; }
  var told = document.getElementById("told");
  var back = document.getElementById("all-back");
  var order = document.getElementById("sort-by");
  var hint = told.textContent;
  var body = table.tBodies[0];
  var rows = Array.prototype.slice.call(body.querySelectorAll("tr[data-row]"));
  var byRow = {};
  rows.forEach(function (row) { byRow[row.dataset.row] = row; });
  var entries = Array.prototype.slice.call(document.querySelectorAll(".picture a.entry"));
  var out = "";

  function all(selector, visit) { Array.prototype.forEach.call(document.querySelectorAll(selector), visit); }

  function say(text) { if (told.textContent !== text) { told.textContent = text; } }

  function rest() { say(out ? byRow[out].dataset.without : hint); }

  function light(key) {
    rows.forEach(function (row) { row.classList.toggle("lit", row.dataset.row === key); });
    entries.forEach(function (entry) { entry.classList.toggle("lit", entry.dataset.row === key); });
  }

  function point(key) {
    var row = byRow[key];
    if (!row) { return; }
    light(key);
    say(row.dataset.told);
  }

  function away() { light(""); rest(); }

  entries.forEach(function (entry) {
    var key = entry.dataset.row;
    entry.addEventListener("mouseenter", function () { point(key); });
    entry.addEventListener("focus", function () { point(key); });
    entry.addEventListener("mouseleave", away);
    entry.addEventListener("blur", away);
    entry.addEventListener("click", function (event) {
      var row = byRow[key];
      if (!row) { return; }
      event.preventDefault();
      history.replaceState(null, "", "#study-" + key);
      row.focus({ preventScroll: true });
      var calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
      row.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
    });
  });
  rows.forEach(function (row) {
    row.addEventListener("mouseenter", function () { light(row.dataset.row); });
    row.addEventListener("mouseleave", function () { light(""); });
  });

  /* One study left out at a time: its line fades, a dashed diamond shows the answer of the others. */
  function leave(key) {
    out = key;
    all(".picture .without", function (shape) { shape.classList.toggle("on", shape.dataset.row === key); });
    entries.forEach(function (entry) { entry.classList.toggle("out", entry.dataset.row === key); });
    rows.forEach(function (row) {
      var mine = row.dataset.row === key;
      row.classList.toggle("out", mine);
      var button = row.querySelector("button[data-leave]");
      if (button) {
        button.setAttribute("aria-pressed", mine ? "true" : "false");
        button.textContent = mine ? "Put back" : "Leave out";
        button.nextSibling.textContent = mine ? row.dataset.without : "";
      }
    });
    back.hidden = !key;
    rest();
  }

  rows.forEach(function (row) {
    if (!row.dataset.without) { return; }
    var button = document.createElement("button");
    button.type = "button";
    button.className = "plain tiny";
    button.dataset.leave = row.dataset.row;
    button.setAttribute("aria-pressed", "false");
    button.setAttribute("aria-label", "Leave out " + row.dataset.study);
    button.textContent = "Leave out";
    button.addEventListener("click", function () { leave(out === row.dataset.row ? "" : row.dataset.row); });
    row.querySelector("th").appendChild(document.createElement("br"));
    row.querySelector("th").appendChild(button);
    var others = document.createElement("span");
    others.className = "others small";
    row.querySelector("th").appendChild(others);
  });
  back.addEventListener("click", function () {
    var row = byRow[out];
    leave("");
    var button = row && row.querySelector("button[data-leave]");
    if (button) { button.focus({ preventScroll: true }); }
  });

  /* The order of rows and of the lines of the forest: every line is as tall as the others, so each moves to the place
     of the one whose turn it is. */
  function sorted(kind) {
    var found = rows.slice();
    if (kind) {
      found.sort(function (a, b) {
        var x = parseFloat(a.dataset[kind]);
        var y = parseFloat(b.dataset[kind]);
        if (isNaN(x) || isNaN(y)) { return isNaN(x) - isNaN(y); }
        return kind === "weight" ? y - x : x - y;
      });
    }
    return found;
  }

  function tops(svg) {
    return Array.prototype.map.call(svg.querySelectorAll("a.entry"), function (entry) {
      entry.removeAttribute("transform");
      return entry.querySelector("text").getAttribute("y");
    });
  }

  function arrange(kind) {
    var found = sorted(kind);
    found.forEach(function (row) { body.appendChild(row); });
    all("[data-picture=forest] svg", function (svg) {
      var places = tops(svg);
      var turn = 0;
      found.forEach(function (row) {
        var entry = svg.querySelector('a.entry[data-row="' + row.dataset.row + '"]');
        if (!entry) { return; }
        var shift = places[turn] - entry.querySelector("text").getAttribute("y");
        if (shift) { entry.setAttribute("transform", "translate(0 " + shift + ")"); }
        turn += 1;
      });
      found.forEach(function (row) {
        var entry = svg.querySelector('a.entry[data-row="' + row.dataset.row + '"]');
        if (entry) { entry.parentNode.appendChild(entry); }
      });
    });
  }

  if (order) { order.addEventListener("change", function () { arrange(order.value); }); }
  tools.hidden = false;
}());
