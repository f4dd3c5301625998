"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const map = document.getElementById("map");
  const title = document.getElementById("title"); // the line of a play, which is read aloud
  const more = document.getElementById("more"); // and what is told of it beside that
  const ways = Object.keys(data.plays);
  const plays = ways.map((way) => data.plays[way].split(";"));
  const cells = []; // cells[place][way], null where nothing was played

  const make = (name, text, className) => {
    const one = document.createElement(name);
    if (text !== undefined) one.textContent = text;
    if (className) one.className = className;
    return one;
  };
  const count = (n) => n.toLocaleString("en-US");
  const bytes = (n) => `${count(n)} byte${n === 1 ? "" : "s"}`;
  const seconds = (us) => (us / 1e6).toFixed(6);

  function read(place, way) {
    const [number, missing, seen, shape, ...times] = plays[way][place].split(" ");
    const [kind, sign, group, answer, why, command] = data.came[parseInt(number, 36)];
    const [at, name, spec, split] = data.places[place];
    const filled = (text) => text
      .replaceAll("\ue000", bytes(parseInt(missing, 36)))
      .replaceAll("\ue003", bytes(parseInt(seen, 36)));
    let now = 0;
    const moments = shape === "-" ? null : data.shapes[parseInt(shape, 36)].map(([arrow, words], one) => {
      const [delta, took] = times[one].split("+");
      now += parseInt(delta, 36);
      const long = took ? ` in ${seconds(parseInt(took, 36))} s` : "";
      return `${seconds(now)}  ${arrow.padEnd(2)}  ${words.replaceAll("\ue001", bytes(at))}${long}`;
    });
    return {
      kind, sign, group, at, name, split, moments, way: ways[way],
      answer: filled(answer),
      why: filled(why),
      command: command.replace("\ue002", () => spec),
    };
  }

  // The bytes, each in a column of its own, and above it the plays that ended with it.

  function shown(code) {
    if (code === 13) return ["\u2190", "CR"];
    if (code === 10) return ["\u2193", "LF"];
    if (code === 32) return ["\u00a0", "space"];
    if (code > 32 && code < 127) return [String.fromCharCode(code), ""];
    return ["\u00b7", ""];
  }

  function column(place, text, className) {
    const one = make("span", undefined, "col");
    if (place !== undefined) {
      cells[place] = ways.map((way, number) => {
        if (!plays[number][place]) return one.append(make("span", "\u00a0", "c")), null;
        const play = read(place, number);
        const cell = make("span", play.sign, `c ${play.group}`);
        cell.setAttribute("role", "gridcell");
        cell.setAttribute("aria-label", `${play.name}, byte ${count(play.at)}, ${play.way}: ${play.kind}`);
        cell.setAttribute("aria-colindex", place + 2); // behind the name of the way
        cell.id = `c${number}-${place}`;
        cell.tabIndex = -1;
        cell.dataset.place = place;
        cell.dataset.way = number;
        one.append(cell);
        return cell;
      });
    }
    const byte = make("u", text, className);
    byte.setAttribute("aria-hidden", "true"); // letter by letter; the byte is told with each play
    one.append(byte);
    return one;
  }

  const byteOf = []; // what the byte is that a play ended with, by place
  let next = 0; // the place whose column comes next

  function fill(box, to, text, className, told) {
    while (next < data.places.length && data.places[next][0] <= to) {
      byteOf[next] = told;
      box.append(column(next, text, className));
      next += 1;
      text = "\u00a0";
    }
  }

  function gap(from, to) {
    if (to > from && to !== Infinity) map.append(make("p", `\u2026 ${bytes(to - from)} not shown \u2026`, "gap"));
    if (next >= data.places.length || data.places[next][0] > to) return;
    const box = make("div", undefined, "excerpt");
    map.append(box);
    fill(box, to, "\u2026", "odd", null);
  }

  function excerpt([name, start, text, marks], isNew) {
    const box = make("div", undefined, "excerpt");
    box.append(make("span", isNew ? name : `${name}, going on`));
    const raw = atob(text);
    const markOf = new Array(raw.length);
    for (const [mark, first, last] of marks) markOf.fill(mark, first, last);
    const breaks = name.includes("head");
    let line = make("div");
    for (let one = 0; one < raw.length; one += 1) {
      const code = raw.charCodeAt(one);
      const mark = markOf[one];
      let [char, told] = shown(code);
      const odd = char !== String.fromCharCode(code) && code !== 32;
      if (mark === "unknown") char = ".";
      if (mark === "secret") char = "*";
      const isPlace = next < data.places.length && data.places[next][0] <= start + one + 1;
      const className = mark || (odd ? "odd" : "");
      const hex = `0x${code.toString(16).padStart(2, "0")}`;
      told = mark === "secret" ? "a secret, masked" : mark === "unknown" ? "unknown"
        : `${hex}${told ? ` (${told})` : odd ? "" : ` (${char})`}${mark ? `, ${mark}` : ""}`;
      if (isPlace) fill(line, start + one + 1, char, className, `${told}, of ${name}`);
      else line.append(column(undefined, char, className));
      if (breaks && code === 10 && one + 1 < raw.length) {
        box.append(line);
        line = make("div");
      }
    }
    box.append(line);
    map.append(box);
  }

  let end = 0;
  let before = "";
  if (data.places.length && data.places[0][0] === 0) {
    const box = make("div", undefined, "excerpt");
    box.append(make("span", "before the first byte"));
    map.append(box);
    fill(box, 0, "\u00a0", "", null);
  }
  for (const one of data.excerpts) {
    if (one[1] > end) gap(end, one[1]);
    excerpt(one, one[0] !== before);
    before = one[0];
    end = one[1] + atob(one[2]).length;
  }
  gap(end, data.total);
  gap(data.total, Infinity);

  // What is seen as columns, over lines that wrap, is a grid with a row for each way to who cannot see it.

  function grid() {
    const box = make("div", undefined, "heard");
    box.setAttribute("role", "grid");
    box.setAttribute("aria-label", "verdicts, by way of leaving and byte");
    box.setAttribute("aria-colcount", data.places.length + 1);
    ways.forEach((way, number) => {
      const row = make("div");
      row.setAttribute("role", "row");
      const head = make("span", way);
      head.setAttribute("role", "rowheader");
      head.setAttribute("aria-colindex", 1);
      row.append(head);
      row.setAttribute("aria-owns", cells.map((one) => one[number]).filter(Boolean).map((one) => one.id).join(" "));
      box.append(row);
    });
    return box;
  }
  map.append(grid());

  // One play, told beside the map: pointed at, or gone to by keys.

  let current = null;

  function tell(cell, isHeard) {
    if (current) {
      current.classList.remove("on");
      current.tabIndex = -1;
    }
    current = cell;
    cell.classList.add("on");
    cell.tabIndex = 0;
    const place = Number(cell.dataset.place);
    const play = read(place, Number(cell.dataset.way));
    title.setAttribute("aria-live", isHeard ? "off" : "polite"); // the name of what has the focus is read anyway
    const sign = make("b", play.sign, `sign ${play.group}`);
    const name = play.name === String(play.at) ? "" : `${play.name}, `;
    const split = play.split ? `, sent in pieces: ${play.split}` : "";
    sign.setAttribute("aria-hidden", "true");
    title.replaceChildren(sign, ` ${play.kind}: ${name}byte ${count(play.at)} of ${count(data.total)}, ${play.way}${split}`);
    more.replaceChildren(
      make("p", `last byte ${byteOf[place] || "not shown here"}; answer: ${play.answer}`),
      make("p", play.why),
    );
    if (play.command) more.append(make("pre", play.command));
    if (play.moments) {
      const list = make("ol");
      for (const moment of play.moments) list.append(make("li", moment));
      more.append(list);
    } else {
      more.append(make("p", "What happened when is not kept here; the command shows it.", "note"));
    }
  }

  function step(cell, key) {
    let place = Number(cell.dataset.place);
    let way = Number(cell.dataset.way);
    const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key] || [0, 0];
    if (key === "Home") place = -1;
    if (key === "End") place = cells.length;
    const move = key === "Home" ? 1 : key === "End" ? -1 : x;
    do {
      place += move;
      way += y;
    } while (cells[place] && way >= 0 && way < ways.length && !cells[place][way]);
    return cells[place] && cells[place][way];
  }

  const cellOf = (event) => event.target.closest && event.target.closest("[data-place]");
  map.addEventListener("pointerover", (event) => cellOf(event) && tell(cellOf(event)));
  map.addEventListener("focusin", (event) => cellOf(event) && tell(cellOf(event), true));
  map.addEventListener("keydown", (event) => {
    const cell = cellOf(event);
    if (!cell || !/^(Arrow|Home$|End$)/.test(event.key)) return;
    event.preventDefault();
    const other = step(cell, event.key);
    if (other) other.focus();
  });
  const first = map.querySelector(".c.wrong") || map.querySelector("[data-place]");
  if (first) tell(first, true);
})();
