/* A form with `data-live` filters without loading the page again: the same address is asked of the server, and the parts of
   the page named by `data-part` are taken from its answer. Links marked `data-follow`, cells and signs of a picture go the
   same way. Without this script the form and the links load the page. */
(function () {
  "use strict";
  var form = document.querySelector("form[data-live]");
  if (!form || !window.fetch || !window.DOMParser) { return; }
  var here = location.pathname;
  var asking = null;
  var waiting = 0;

  function parts(root) { return root.querySelectorAll("[data-part]"); }

  /* What is folded stays folded. */
  function folds(part) {
    var found = {};
    Array.prototype.forEach.call(part.querySelectorAll("details"), function (fold) {
      if (fold.firstElementChild) { found[fold.firstElementChild.textContent] = fold.open; }
    });
    return found;
  }

  function place(page) {
    var fresh = {};
    parts(page).forEach(function (part) { fresh[part.getAttribute("data-part")] = part; });
    parts(document).forEach(function (part) {
      var made = fresh[part.getAttribute("data-part")];
      if (!made) {
        /* What was not understood of the address before may be gone from it. */
        if (part.getAttribute("data-part") === "unknown") { part.remove(); }
        return;
      }
      if (part.getAttribute("role") === "status") {
        if (part.textContent !== made.textContent) { part.textContent = made.textContent; }
        return;
      }
      var frame = part.querySelector(".map-frame");
      var left = frame ? frame.scrollLeft : 0;
      var open = folds(part);
      part.className = made.className;
      part.replaceChildren.apply(part, Array.prototype.slice.call(made.childNodes));
      Array.prototype.forEach.call(part.querySelectorAll("details"), function (fold) {
        var name = fold.firstElementChild ? fold.firstElementChild.textContent : "";
        if (name in open) { fold.open = open[name]; }
      });
      if (frame && part.querySelector(".map-frame")) { part.querySelector(".map-frame").scrollLeft = left; }
    });
    document.title = page.title;
  }

  /* Which values the form shows is what the address says, also after Back. */
  function fill(page) {
    var made = page.querySelector("form[data-live]");
    if (!made) { return; }
    Array.prototype.forEach.call(made.elements, function (box) {
      var own = box.id && document.getElementById(box.id);
      if (!own || own === document.activeElement) { return; }
      if (own.tagName === "SELECT") {
        own.replaceChildren.apply(own, Array.prototype.slice.call(box.childNodes));
      }
      own.value = box.value;
    });
    Array.prototype.forEach.call(form.querySelectorAll("input[type=hidden]"), function (box) { box.remove(); });
    Array.prototype.forEach.call(made.querySelectorAll("input[type=hidden]"), function (box) { form.appendChild(box); });
  }

  function go(address, push, then) {
    if (asking) { asking.abort(); }
    asking = new AbortController();
    document.documentElement.setAttribute("aria-busy", "true");
    var own = asking;
    fetch(address, { signal: own.signal, credentials: "same-origin" }).then(function (answer) {
      return answer.text().then(function (text) { return { ok: answer.ok, text: text }; });
    }).then(function (answer) {
      if (own !== asking) { return; }
      var page = new DOMParser().parseFromString(answer.text, "text/html");
      if (!answer.ok) {
        var line = document.getElementById("result-line");
        var said = page.querySelector("main p");
        line.textContent = said ? said.textContent.trim() : "The server gave no answer.";
        return;
      }
      if (push) { history.pushState(null, "", address); }
      place(page);
      fill(page);
      if (then) { then(); }
    }).catch(function (error) {
      if (error.name !== "AbortError") { location.assign(address); }
    }).finally(function () {
      if (own === asking) { document.documentElement.removeAttribute("aria-busy"); }
    });
  }

  function asked() {
    var pairs = new URLSearchParams();
    new FormData(form).forEach(function (value, name) {
      if (String(value).trim()) { pairs.append(name, String(value).trim()); }
    });
    pairs.sort();
    var text = pairs.toString();
    return here + (text ? "?" + text : "");
  }

  var last = here + location.search;

  /* Leaving a box that was typed in says that it changed once more: what is shown already is not asked again. */
  function show() {
    var address = asked();
    if (address !== last) { last = address; go(address, true); }
  }

  form.addEventListener("submit", function (event) { event.preventDefault(); clearTimeout(waiting); show(); });
  form.addEventListener("change", function () { clearTimeout(waiting); waiting = setTimeout(show, 60); });
  form.addEventListener("input", function (event) {
    if (event.target.type !== "search") { return; }
    clearTimeout(waiting);
    waiting = setTimeout(show, 350);
  });

  function focusOn(find) {
    return function () {
      var found = find();
      if (found) { found.focus(); }
    };
  }

  /* After a fold or a choice the keyboard stays where it was: at the link that says the same. */
  function sameLink(words, name) {
    return function () {
      return Array.prototype.find.call(document.querySelectorAll("a"), function (link) {
        var own = link.getAttribute("aria-label") || "";
        return own === words || (name && own.indexOf(name) === 0 && /: (un)?fold$/.test(own));
      });
    };
  }

  document.addEventListener("click", function (event) {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) { return; }
    var link = event.target.closest ? event.target.closest("a") : null;
    if (!link) { return; }
    var href = link.getAttribute("href") || "";
    var inside = link.closest("[data-part]");
    if (!inside || link.hasAttribute("download")) { return; }
    var address = new URL(href, location.href);
    if (address.pathname !== here && !(/(^|\/)index\.html$/.test(address.pathname) && here === "/")) { return; }
    if (!address.search && !link.hasAttribute("data-follow") && !link.hasAttribute("data-close") && !link.closest("svg")) { return; }
    event.preventDefault();
    clearTimeout(waiting);
    var target = here + address.search;
    var label = link.getAttribute("aria-label") || "";
    var then = null;
    if (address.hash === "#cell") {
      then = focusOn(function () { return document.getElementById("cell"); });
    } else if (link.closest("svg")) {
      then = focusOn(sameLink(label, label.replace(/: (un)?fold$/, "")));
    } else {
      then = focusOn(function () { return document.querySelector(".map-frame") || document.getElementById("result-line"); });
    }
    last = target;
    go(target, true, then);
  });

  document.addEventListener("keydown", function (event) {
    var close = document.querySelector("[data-close]");
    if (event.key === "Escape" && close && close.closest("aside").contains(document.activeElement)) { close.click(); }
  });

  window.addEventListener("popstate", function () {
    last = here + location.search;
    if (!location.hash) { go(last, false); }
  });

  var fold = document.querySelector("[data-wide-open]");
  if (fold && window.matchMedia("(min-width: 62rem)").matches) { fold.open = true; }
  document.documentElement.classList.add("live");
}());
