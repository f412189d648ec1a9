// Draws the maps of other budgets than the one that the page was written with, and copies fixes.
"use strict";
(() => {
  const width = 960, margin = 24, label = 132, row = 62, ribbon = 30, top = 24, letter = 6.4;
  const full = width - 2 * margin - label;
  const mostLost = 6, mostTies = 24, colors = 8;

  const escaped = (text) => text.replace(/[&<>"]/g, (c) => ({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})[c]);

  // As the program writes sizes: halves go to the even digit, and no final zeros.
  const sizeText = (bytes, digits = 1) => {
    const names = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let unit = 0;
    for (; bytes >= 1024 && unit + 1 < names.length; ++unit) bytes /= 1024;
    const scaled = bytes * 10 ** digits;
    let rounded = Math.round(scaled);
    if (Math.abs(scaled - Math.trunc(scaled)) === 0.5 && rounded % 2) --rounded;
    return `${+(rounded / 10 ** digits).toFixed(digits)} ${names[unit]}`;
  };

  const shortName = (name) => {
    const parts = name.split(".");
    const last = parts[parts.length - 1];
    return /^[0-9]{1,9}$/.test(last) && parts.length > 1 ? parts.slice(-2).join(".") : last;
  };

  const isHost = (device) => device === "cpu" || device === "disk";

  // [device, count, device, count, ...] as a device a block; -1: nowhere.
  const places = (runs) => {
    const all = [];
    for (let i = 0; i < runs.length; i += 2) all.push(...new Array(runs[i + 1]).fill(runs[i]));
    return all;
  };

  // What is drawn of one range: devices that have anything to show, and the blocks of each.
  const laidOut = (data, sweep, range, budget) => {
    const at = places(range.places);
    const ribbons = [];
    sweep.devices.forEach((device, number) => {
      const used = range.used[number] || 0;
      if (device.name === "disk" && used === 0) return;
      const limit = device.moved ? budget : device.budget;
      const blocks = [];
      at.forEach((place, block) => { if (place === number) blocks.push(block); });
      ribbons.push({name: device.name, isHost: isHost(device.name), used, limit, blocks});
    });
    const devicesOf = new Map();
    data.blocks.forEach(([, , , whole], block) => {
      if (whole < 0 || at[block] < 0) return;
      if (!devicesOf.has(whole)) devicesOf.set(whole, new Set());
      devicesOf.get(whole).add(at[block]);
    });
    const cut = (block) => data.blocks[block][3] >= 0 && at[block] >= 0 && devicesOf.get(data.blocks[block][3]).size > 1;
    return {at, ribbons, cut};
  };

  const drawing = (data, sweep, range, budget) => {
    const {at, ribbons, cut} = laidOut(data, sweep, range, budget);
    const largest = Math.max(0, ...ribbons.map((each) => Math.max(each.used, each.isHost ? 0 : each.limit || 0)));
    const scale = largest > 0 ? full / largest : 0;
    const left = margin + label;
    const classes = new Map();
    const colorOf = (name) => {
      if (!classes.has(name)) classes.set(name, classes.size % colors);
      return classes.get(name);
    };
    const centers = [];
    let cuts = false;
    let out = "";
    ribbons.forEach((each, number) => {
      const y = top + number * row;
      const over = each.limit !== null && each.used > each.limit;
      out += `<g><text x="${margin}" y="${y + 13}">${escaped(each.name)}</text><text class="${over ? "over" : "soft"}" ` +
        `x="${margin}" y="${y + 28}">${sizeText(each.used)}${each.limit === null ? "" : ` of ${sizeText(each.limit)}`}</text>`;
      if (each.limit !== null) {
        const wide = each.limit * scale;
        out += `<rect class="budget${wide > full ? " open" : ""}" x="${left.toFixed(2)}" y="${y}" ` +
          `width="${Math.min(wide, full).toFixed(2)}" height="${ribbon}"/>`;
      }
      let x = left;
      for (const block of each.blocks) {
        const [name, kind, bytes] = data.blocks[block];
        const wide = bytes * scale;
        const isCut = cut(block);
        cuts ||= isCut;
        const tip = `${name} (${kind}), ${sizeText(bytes)}${isCut ? ", cut from the rest of its block" : ""}`;
        out += `<rect class="block ${isCut ? "cut" : `c${colorOf(kind)}`}" x="${x.toFixed(2)}" y="${y + 1}" ` +
          `width="${Math.max(wide, 0.4).toFixed(2)}" height="${ribbon - 2}"><title>${escaped(tip)}</title></rect>`;
        const short = shortName(name);
        if (wide > short.length * letter + 6) {
          out += `<text class="small${isCut ? " on-cut" : ""}" x="${(x + 4).toFixed(2)}" y="${y + 19}">${escaped(short)}</text>`;
        }
        centers[block] = [x + wide / 2, y];
        x += wide;
      }
      if (over) {
        const line = (left + each.limit * scale).toFixed(2);
        out += `<line class="limit" x1="${line}" x2="${line}" y1="${y - 4}" y2="${y + ribbon + 4}"/>`;
      }
      out += "</g>";
    });
    let ties = 0;
    for (const [from, to, first, second] of data.ties) {
      if (!centers[from] || !centers[to] || ++ties > mostTies) continue;
      const apart = at[from] !== at[to];
      const [x1, y1] = centers[from], [x2, y2] = centers[to];
      const begin = apart ? y1 + ribbon : y1, bend = apart ? y1 + ribbon + 24 : y1 - 16, end = apart ? y2 - 24 : y2 - 16;
      out += `<path class="tie${apart ? " apart" : ""}" d="M${x1.toFixed(2)} ${begin} C${x1.toFixed(2)} ${bend} ` +
        `${x2.toFixed(2)} ${end} ${x2.toFixed(2)} ${y2}"><title>${escaped(first)} and ${escaped(second)} are one tensor` +
        `${apart ? ", on different devices" : ""}</title></path>`;
    }
    if (ties > mostTies) {
      out += `<text class="soft" x="${width - margin}" y="${top - 14}" text-anchor="end">and ${ties - mostTies} ties more</text>`;
    }
    let height = top + ribbons.length * row;
    if (range.lost.length) {
      out += `<text class="lost" x="${margin}" y="${height + 13}">no device</text>`;
      const shown = range.lost.length <= mostLost + 1 ? range.lost.length : mostLost;
      range.lost.slice(0, shown).forEach((lost, i) => {
        const y = height + 9 + i * 18;
        const link = data.links[lost];
        out += `${link ? `<a href="${escaped(link)}">` : ""}<circle class="lost" cx="${left + 4}" cy="${y}" r="4"/>` +
          `<text x="${left + 14}" y="${y + 4}">${escaped(data.names[lost])}</text>${link ? "</a>" : ""}`;
      });
      const more = range.lost.length - shown;
      if (more) out += `<text class="soft" x="${left + 14}" y="${height + 13 + shown * 18}">and ${more} more</text>`;
      height += 18 * (shown + (more ? 1 : 0)) + 14;
    }
    let x = left, y = height + 4, line = 0;
    const entry = (fill, name) => {
      const wide = name.length * 7.6 + 34;
      if (x + wide > width - margin) {
        x = left;
        if (++line > 1) return false;
        y += 20;
      }
      out += `<rect class="${fill}" x="${x.toFixed(0)}" y="${y}" width="12" height="12"/><text class="soft" x="${(x + 18).toFixed(0)}" y="${y + 10}">` +
        `${escaped(name)}</text>`;
      x += wide;
      return true;
    };
    let fits = !cuts || entry("cut", "cut from the rest of its block");
    for (const [name, color] of classes) fits = fits && entry(`c${color}`, name);
    return {inside: out, height: Math.round(y + 36)};
  };

  const outcome = (sweep, range) => {
    if (range.raises) return "raises";
    if (range.lost.length) return "loses";
    const offloads = range.used.some((used, i) => used > 0 && isHost(sweep.devices[i].name));
    return offloads ? "spills" : "good";
  };

  const words = (sweep, range) => {
    if (range.raises) return `the library ends in ${range.raises}`;
    const loads = sweep.devices.map((device, i) => [device.name, range.used[i] || 0]).filter(([, used]) => used > 0);
    const lost = range.lost.length ? `${range.lostCount} ${range.lostCount === 1 ? "tensor" : "tensors"} without a device; ` : "";
    return lost + loads.map(([name, used]) => `${name}: ${sizeText(used)}`).join(", ");
  };

  // "5.9 to 7.4 GiB", with as many digits as tell the ends apart.
  const rangeText = (range) => {
    if (range.to === null) return `${sizeText(range.from)} or more`;
    if (range.from === range.to) return sizeText(range.from);
    let digits = 1;
    while (digits < 6 && sizeText(range.from, digits) === sizeText(range.to, digits)) ++digits;
    const [from, to] = [sizeText(range.from, digits), sizeText(range.to, digits)];
    return from.split(" ")[1] === to.split(" ")[1] ? `${from.split(" ")[0]} to ${to}` : `${from} to ${to}`;
  };

  const unpack = (data) => {
    for (const sweep of data.sweeps) {
      sweep.devices = sweep.devices.map(([name, budget, moved]) => ({name, budget, moved: moved === 1}));
      sweep.ranges = sweep.ranges.map((range) => (typeof range[2] === "string"
        ? {from: range[0], to: range[1], raises: range[2], places: [], used: [], lost: [], lostCount: 0}
        : {from: range[0], to: range[1], raises: "", places: range[2], used: range[3], lost: range[4], lostCount: range[5]}));
    }
    return data;
  };

  const start = (section) => {
    const data = unpack(JSON.parse(section.querySelector("script[type='application/json']").textContent));
    const find = (name) => section.querySelector(`[data-part="${name}"]`);
    const [controls, which, slider, exact, strip, said, figure, table] =
      ["controls", "which", "slider", "exact", "strip", "said", "figure", "table"].map(find);
    let sweep = data.sweeps[0];
    // Of the number that is typed in: the one in which the model is said to be large.
    const largest = Math.max(...data.sweeps.flatMap((each) => each.ranges.map((range) => range.from)));
    const unit = {bytes: 1, name: "B"};
    for (const name of ["KiB", "MiB", "GiB"]) if (largest >= unit.bytes * 1024) Object.assign(unit, {bytes: unit.bytes * 1024, name});
    find("unit").textContent = unit.name;

    const show = (number, budget) => {
      const range = sweep.ranges[number];
      slider.value = number;
      slider.setAttribute("aria-valuetext", `${rangeText(range)}: ${words(sweep, range)}`);
      exact.value = +(budget / unit.bytes).toPrecision(12);
      said.textContent = `${rangeText(range)}${sweep.each ? " each" : ""}: ${words(sweep, range)}`;
      said.className = {good: "good", spills: "warning", loses: "error", raises: "error"}[outcome(sweep, range)];
      const svg = figure.querySelector("svg");
      const drawn = range.raises ? {inside: `<text class="lost" x="${margin}" y="40">${escaped(words(sweep, range))}</text>`, height: 60}
        : drawing(data, sweep, range, budget);
      svg.setAttribute("viewBox", `0 0 ${width} ${drawn.height}`);
      svg.setAttribute("aria-label", words(sweep, range));
      svg.innerHTML = svg.querySelector("defs").outerHTML + drawn.inside;
      table.innerHTML = sweep.devices.map((device, i) => {
        const used = range.used[i] || 0, limit = device.moved ? budget : device.budget;
        if (device.name === "disk" && used === 0) return "";
        return `<tr><th scope="row">${escaped(device.name)}</th><td class="number">${limit === null ? "no limit" : sizeText(limit)}</td>` +
          `<td class="number">${sizeText(used)}</td><td>${limit === null ? "" : `<meter min="0" max="${limit}" value="${used}" ` +
          `aria-label="${escaped(device.name)}"></meter>`}</td></tr>`;
      }).join("");
      const at = places(range.places);
      for (const cell of section.parentElement.querySelectorAll(`[data-of="${section.id}"]`)) {
        const [first, end] = cell.dataset.blocks.split("-").map(Number);
        const names = [...new Set(at.slice(first, end))].map((place) => (place < 0 ? "none" : sweep.devices[place].name));
        cell.textContent = names.join(", ");
      }
    };

    const choose = (number) => {
      sweep = data.sweeps[number];
      slider.max = sweep.ranges.length - 1;
      strip.innerHTML = sweep.ranges.map((range) => `<span class="${outcome(sweep, range)}" style="flex:1"></span>`).join("");
      show(sweep.shown, sweep.at);
    };

    const step = (by) => {
      const now = Number(slider.value), is = outcome(sweep, sweep.ranges[now]);
      for (let i = now + by; i >= 0 && i < sweep.ranges.length; i += by) {
        if (outcome(sweep, sweep.ranges[i]) !== is) return show(i, sweep.ranges[i].from);
      }
    };

    if (data.sweeps.every((each) => each.ranges.length < 2)) return;
    controls.hidden = false;
    which.addEventListener("change", () => choose(Number(which.value)));
    slider.addEventListener("input", () => show(Number(slider.value), sweep.ranges[slider.value].from));
    exact.addEventListener("change", () => {
      const budget = Math.floor(Number(exact.value) * unit.bytes);
      if (!(budget >= 1)) return;
      const found = sweep.ranges.findIndex((range) => range.to === null || budget <= range.to);
      const number = found < 0 ? sweep.ranges.length - 1 : found;
      show(number, Math.max(found < 0 ? sweep.ranges[number].from : budget, sweep.ranges[number].from));
    });
    find("before").addEventListener("click", () => step(-1));
    find("after").addEventListener("click", () => step(1));
    choose(0);
  };

  for (const section of document.querySelectorAll("[data-map]")) start(section);

  const copied = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.body.appendChild(document.createElement("textarea"));
      area.value = text;
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  };
  for (const button of document.querySelectorAll("button[data-copies]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const done = await copied(document.getElementById(button.dataset.copies).textContent);
      button.textContent = done ? "Copied" : "Not copied";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
  }
  // What a link leads to may lie in something that is folded.
  addEventListener("hashchange", () => {
    for (let at = document.querySelector(":target"); at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  });
  addEventListener("beforeprint", () => { for (const each of document.querySelectorAll(".finding details")) each.open = true; });
})();
