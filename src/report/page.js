"use strict";

// Makes an element with attributes and children.
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// ---- Files ----

function save(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

function saver(label, name, type, text) {
  const button = make("button", { type: "button" }, label);
  button.addEventListener("click", () => save(name, type, text()));
  return button;
}

function startFile(file) {
  const { name, type } = file.dataset;
  file.querySelector("summary").after(saver("Save " + name, name, type, () => file.querySelector("pre").textContent));
}

// ---- Sorting ----

const ORDERS = { none: "ascending", ascending: "descending", descending: "none" };

function startSorting(table) {
  const heads = [...table.tHead.rows[0].cells];
  const original = [...table.tBodies[0].rows];
  heads.forEach((head, column) => {
    const button = make("button", { type: "button" }, ...head.childNodes);
    head.append(button);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const order = ORDERS[head.getAttribute("aria-sort")];
      for (const other of heads) other.setAttribute("aria-sort", other === head ? order : "none");
      table.tBodies[0].append(...sorted(original, column, order));
    });
  });
}

function sorted(rows, column, order) {
  if (order === "none") return rows;
  const sign = order === "ascending" ? 1 : -1;
  return [...rows].sort((one, other) => compare(one.cells[column], other.cells[column], sign));
}

// Numbers come before texts, and empty entries last, whichever way numbers and texts run.
function compare(one, other, sign) {
  const rank = (cell) => ("sort" in cell.dataset ? 0 : cell.textContent ? 1 : 2);
  if (rank(one) !== rank(other)) return rank(one) - rank(other);
  if (rank(one) === 1) return sign * one.textContent.localeCompare(other.textContent, "en", { numeric: true });
  const [a, b] = [Number(one.dataset.sort), Number(other.dataset.sort)];
  return a === b ? 0 : sign * (a < b ? -1 : 1);
}

// ---- Figures: choosing a variant ----

const CHOICES = [["metric", "Metric"], ["axis", "Horizontal axis"], ["log", "Vertical axis"]];

function startChart(figure, number) {
  const data = JSON.parse(figure.querySelector("script").textContent);
  const drawing = figure.querySelector(".drawing");
  if (!drawing.firstElementChild) return;
  const waiting = [...figure.querySelectorAll("template")].map((template) => template.content.firstElementChild);
  const chart = { data, drawing, svgs: [drawing.firstElementChild, ...waiting], shown: 0 };
  const controls = make("div", { class: "controls" });
  for (const [key, legend] of CHOICES) {
    const values = [...new Set(data.variants.map((variant) => variant[key]))];
    if (values.length > 1) controls.append(choice(chart, controls, number, key, legend, values));
  }
  if (chart.svgs.some((svg) => svg.querySelector(".band"))) controls.append(bandBox(drawing));
  controls.append(saver("Save SVG", figure.dataset.name + ".svg", "image/svg+xml", () => svgText(chart)));
  drawing.before(controls);
  startReading(chart);
}

function choice(chart, controls, number, key, legend, values) {
  const set = make("fieldset", {}, make("legend", {}, legend));
  for (const value of values) {
    const input = make("input", { type: "radio", name: `${key}-${number}`, "data-key": key, "data-value": value });
    input.checked = value === chart.data.variants[0][key];
    input.addEventListener("change", () => {
      show(chart, nearest(chart.data.variants, chart.shown, key, value));
      check(controls, chart.data.variants[chart.shown]);
    });
    const text = key === "log" ? (value ? "log" : "linear") : value;
    set.append(make("label", {}, input, text));
  }
  return set;
}

// Finds the variant with this value that differs least from the one shown.
function nearest(variants, shown, key, value) {
  const differences = (variant) => CHOICES.filter(([other]) => variant[other] !== variants[shown][other]).length;
  const fitting = variants.filter((variant) => variant[key] === value);
  const best = Math.min(...fitting.map(differences));
  return variants.indexOf(fitting.find((variant) => differences(variant) === best));
}

function show(chart, number) {
  chart.drawing.replaceChild(chart.svgs[number], chart.svgs[chart.shown]);
  chart.shown = number;
}

function check(controls, variant) {
  for (const input of controls.querySelectorAll("input[type=radio]")) {
    input.checked = input.dataset.value === String(variant[input.dataset.key]);
  }
}

function bandBox(drawing) {
  const input = make("input", { type: "checkbox" });
  input.checked = true;
  input.addEventListener("change", () => drawing.classList.toggle("no-band", !input.checked));
  return make("label", {}, input, "band");
}

// Leaves out what the page added, and what is hidden.
function svgText({ drawing, svgs, shown }) {
  const copy = svgs[shown].cloneNode(true);
  copy.removeAttribute("style");
  if (drawing.classList.contains("no-band")) copy.querySelectorAll(".band").forEach((band) => band.remove());
  return new XMLSerializer().serializeToString(copy) + "\n";
}

// ---- Figures: reading values ----

const UNITS = 20; // of a drawing in a point
const STRIP = 5; // points from the lower axis up to the line of zeros
const STEPS = 60; // of the arrow keys across a panel

function startReading(chart) {
  const { drawing } = chart;
  chart.marks = make("div", { "aria-live": "polite" });
  drawing.append(chart.marks);
  drawing.tabIndex = 0;
  drawing.setAttribute("role", "group");
  drawing.setAttribute("aria-label", "Figure; the arrow keys read values");
  const point = (event) => read(chart, ...place(chart, event));
  drawing.addEventListener("pointermove", point);
  drawing.addEventListener("pointerdown", point);
  drawing.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && hide(chart));
  document.addEventListener("pointerdown", (event) => drawing.contains(event.target) || hide(chart));
  drawing.addEventListener("blur", () => hide(chart));
  drawing.addEventListener("keydown", (event) => onKey(chart, event));
  drawing.closest("figure").addEventListener("change", () => hide(chart));
}

function hide(chart) {
  chart.marks.replaceChildren();
  chart.at = undefined;
}

// Gives the size of the drawing in points.
function paper({ svgs, shown }) {
  const { width, height } = svgs[shown].viewBox.baseVal;
  return { width: width / UNITS, height: height / UNITS };
}

// Gives the panel under the pointer, if any, and how far across it the pointer is, from 0 to 1.
function place(chart, event) {
  const box = chart.svgs[chart.shown].getBoundingClientRect();
  const { width, height } = paper(chart);
  const across = ((event.clientX - box.left) / box.width) * width;
  const down = ((event.clientY - box.top) / box.height) * height;
  const panels = chart.data.places[chart.data.variants[chart.shown].places];
  const inside = (panel) => across >= panel.left && across <= panel.right && down >= panel.top && down <= panel.bottom;
  const number = panels.findIndex(inside);
  return number < 0 ? [number, 0] : [number, (across - panels[number].left) / (panels[number].right - panels[number].left)];
}

function onKey(chart, event) {
  if (event.key === "Escape") return hide(chart);
  const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!move) return;
  event.preventDefault();
  const panels = chart.data.places[chart.data.variants[chart.shown].places];
  const before = chart.at ?? [0, move > 0 ? -1 : STEPS + 1];
  const step = before[0] * (STEPS + 1) + before[1] + move;
  const last = panels.length * (STEPS + 1) - 1;
  const kept = Math.min(Math.max(step, 0), last);
  const at = [Math.floor(kept / (STEPS + 1)), kept % (STEPS + 1)];
  read(chart, at[0], at[1] / STEPS);
  chart.at = at;
}

// Shows the values of a panel's curves at a place across it.
function read(chart, number, fraction) {
  hide(chart);
  const variant = chart.data.variants[chart.shown];
  const panel = chart.data.places[variant.places][number];
  if (!panel) return;
  const curves = chart.data.curves[variant.curves][number] ?? [];
  const x = between(panel.x, panel.x_log, fraction);
  const values = curves.map((curve) => ({ ...curve, value: at(curve.steps, x)?.[1], range: at(curve.band, x) }));
  chart.at = [number, Math.round(fraction * STEPS)];
  draw(chart, panel, fraction, xText(variant.axis, curves, x), values.filter(({ value }) => Number.isFinite(value)));
}

function between([low, high], log, fraction) {
  return log ? low * (high / low) ** fraction : low + (high - low) * fraction;
}

// Gives the last step at or before x: a value holds until the next, and is defined from the first step to the last.
function at(steps, x) {
  const slack = Math.abs(x) * 1e-6; // of rounding
  if (!steps?.length || x < steps[0][0] - slack || x > steps[steps.length - 1][0] + slack) return undefined;
  let [low, high] = [0, steps.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (steps[middle][0] <= x + slack) low = middle;
    else high = middle;
  }
  return steps[low];
}

function draw(chart, panel, fraction, title, values) {
  const { width, height } = paper(chart);
  const box = chart.svgs[chart.shown].getBoundingClientRect();
  const [right, down] = [box.width / width, box.height / height]; // CSS pixels a point
  const left = (panel.left + fraction * (panel.right - panel.left)) * right;
  const hair = make("div", { class: "hair" });
  put(hair, { left, top: panel.top * down, height: (panel.bottom - panel.top) * down });
  const dots = values.map(({ value, colour }) => {
    const dot = make("div", { class: "dot" });
    if (colour) dot.style.background = colour;
    return put(dot, { left, top: yPlace(panel, value) * down });
  });
  const reading = make("div", { class: "reading" }, make("b", {}, title), rows(values));
  chart.marks.replaceChildren(hair, ...dots, reading);
  const { offsetWidth, offsetHeight } = reading;
  const room = chart.drawing.clientWidth;
  const beside = left + 12 + offsetWidth <= room ? left + 12 : left - 12 - offsetWidth;
  // Where it fits on neither side, it goes below the panel.
  const fits = beside >= 0;
  const top = fits ? panel.top * down + 4 : panel.bottom * down + 8;
  put(reading, { left: fits ? beside : Math.max(0, Math.min(left - offsetWidth / 2, room - offsetWidth)), top });
}

function put(element, lengths) {
  for (const [key, value] of Object.entries(lengths)) element.style[key] = `${value}px`;
  return element;
}

// Gives the height on paper of a value, in points from the top.
function yPlace({ top, floor, bottom, y: [low, high], y_log }, value) {
  if (y_log && value <= 0) return bottom - STRIP;
  const fraction = y_log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return floor - (floor - top) * fraction;
}

function rows(values) {
  const lines = values.map(({ label, value, range, colour }) => {
    const swatch = make("span", { class: "swatch" });
    if (colour) swatch.style.background = colour;
    const band = range ? `${short(range[1])} to ${short(range[2])}` : "";
    return make("tr", {}, make("th", {}, swatch, label), make("td", {}, short(value)), make("td", {}, band));
  });
  return make("table", {}, make("tbody", {}, ...lines));
}

function xText(axis, curves, x) {
  if (axis === "seconds") return time(x);
  const isWhole = curves.every(({ steps }) => steps.every(([place]) => Number.isInteger(place)));
  return `${isWhole ? Math.floor(x * (1 + 1e-9)) : short(x)} ${axis}`;
}

function time(seconds) {
  const [size, unit] = [[86400, "d"], [3600, "h"], [60, "min"]].find(([size]) => seconds >= size) ?? [1, "s"];
  return `${short(seconds / size)} ${unit}`;
}

// Writes three digits, and a proper minus sign.
function short(value) {
  const size = Math.abs(value);
  if (size >= 1000 && size < 1e6) return value.toFixed(0).replace("-", "\u2212");
  return value.toPrecision(3).replace("-", "\u2212");
}

document.querySelectorAll("figure.chart").forEach(startChart);
document.querySelectorAll("figure.table table").forEach(startSorting);
document.querySelectorAll("details.file").forEach(startFile);
