"use strict";
// Draws the timelines that are packed into the page, and makes marks readable by key and by touch. What matters of a case that
// did not pass is in the page without any of this. Texts go in as text and never as markup.
(() => {
const SVG = "http://www.w3.org/2000/svg";
const make = (name, attributes, ...children) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};
const html = (name, attributes, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};
const seconds = (us, digits = 3) => `${+(us / 1e6).toFixed(digits)} s`;

// ── the packed form ──────────────────────────────────────────────────────────

let size, unpacking;
const unpacked = () => unpacking ??= (async () => {
  const text = document.getElementById("timelines").textContent;
  const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const data = await new Response(stream).json();
  const cases = new Map();
  size = data.sheet;
  let next = 0;
  for (const [number, lasted, broke, rerun, summary, lanes] of data.cases) {
    const drawn = lanes.map(([lane, rows, count]) => {
      let x = 0;
      const shapes = [];
      for (const end = next + count; next < end; next++) {
        x += data.x[next];
        shapes.push({x, width: data.width[next], radius: data.radius[next], row: data.row[next], tone: data.tones[data.tone[next]],
          what: data.words[data.what[next]], label: data.words[data.label[next]], at: data.places[data.at[next]]});
      }
      return {name: data.lanes[lane][0], title: data.lanes[lane][1], rows, shapes};
    });
    cases.set(number, {number, lasted, broke, rerun: data.words[rerun], summary: data.words[summary], lanes: drawn});
  }
  return cases;
})();

// ── drawing: as svg.py does it ───────────────────────────────────────────────

const ticks = lasted => {
  for (let power = 1; ; power *= 10) for (const first of [1, 2, 5]) {
    const step = first * power;
    if (Math.floor(lasted / step) <= 10) return Array.from({length: Math.floor(lasted / step) + 1}, (_, n) => n * step);
  }
};
// Places are known to a pixel, so times are told to as many digits as a pixel is worth.
const about = (drawing, shape) => {
  const digits = Math.max(0, Math.ceil(-Math.log10(Math.max(1, drawing.lasted) / size.width / 1e6)));
  const at = x => seconds(x * drawing.lasted / size.width, digits);
  return `about ${at(shape.x)}${shape.width ? ` to ${at(shape.x + shape.width)}` : ""}`;
};
const label = (shape, lane, x, y) => {
  const at = {inside: lane === "waits" ? [x + 4, y + 4] : [x + 4, y + 11], beside: [x + Math.max(shape.width, 4) + 5, y + 11],
    below: [x, y + size.row + 10]}[shape.at];
  return at ? [make("text", {x: at[0], y: at[1]}, shape.label)] : [];
};
const mark = (drawing, shape, lane, top, id, height) => {
  const x = shape.x, y = top + shape.row * size.row, parts = [make("title", {}, `${about(drawing, shape)}: ${shape.what}`)];
  if (lane === "faults") parts.push(make("rect", {class: "through", x, y: size.axis - 6, width: Math.max(shape.width, 1), height: height - size.axis + 6}));
  if (lane === "waits") parts.push(make("path", {d: `M${x} ${y + 7}H${x + shape.width}m-5-4l5 4l-5 4`}));
  else if (shape.width) parts.push(make("rect", {x, y, width: shape.width, height: size.bar, rx: 2}));
  else parts.push(make("circle", {cx: x, cy: y + 7, r: shape.radius}));
  return make("a", {id, href: `#${id}`, class: shape.tone}, ...parts, ...label(shape, lane, x, y));
};
const sheet = drawing => {
  const height = size.axis + size.gap + drawing.lanes.reduce((sum, lane) => sum + lane.rows * size.row + size.gap, 0);
  const names = make("svg", {class: "names", width: size.names, height, "aria-hidden": "true"});
  const width = size.width + 2 * size.margin;
  const marks = make("svg", {class: "marks", width, height, viewBox: `${-size.margin} 0 ${width} ${height}`, role: "group", "aria-label": "timeline"});
  for (const at of ticks(drawing.lasted)) {
    const x = Math.floor(at * size.width / Math.max(1, drawing.lasted));
    marks.append(make("path", {class: "tick", d: `M${x} ${size.axis - 6}V${height}`}),
      make("text", {class: "tick", x, y: 11, "text-anchor": x < 20 ? "start" : x > size.width - 20 ? "end" : "middle"}, seconds(at)));
  }
  if (drawing.broke >= 0) marks.append(make("path", {class: "broke", d: `M${drawing.broke} ${size.axis - 6}V${height}`}));
  let top = size.axis + size.gap, number = 0;
  for (const lane of drawing.lanes) {
    names.append(make("text", {x: 0, y: top + 12}, lane.title));
    marks.append(make("path", {class: "rule", d: `M0 ${top - size.gap / 2}H${size.width}`}));
    for (const shape of lane.shapes) marks.append(mark(drawing, shape, lane.name, top, `c${drawing.number}-m${++number}`, height));
    top += lane.rows * size.row + size.gap;
  }
  const scroll = html("div", {class: "scroll", tabindex: "-1"}, marks);
  return html("div", {class: "sheet", role: "group", "aria-label": "timeline"}, names, scroll);
};
const table = drawing => {
  const rows = drawing.lanes.flatMap(lane => lane.shapes.map(shape => [shape, lane.title]));
  rows.sort((one, other) => one[0].x - other[0].x);
  const body = html("tbody", {}, ...rows.map(([shape, lane]) => html("tr", {},
    html("td", {class: "when"}, about(drawing, shape)), html("td", {}, lane), html("td", {}, shape.what))));
  return html("details", {}, html("summary", {}, "The timeline as a table"), html("div", {class: "scroll"}, html("table", {}, body)));
};
const reading = () => html("p", {class: "reading dim", "aria-hidden": "true"}, "Point at a mark, or go from one to the next with the arrow keys.");

const draw = async (number, place) => {
  const drawing = (await unpacked()).get(number);
  const parts = [sheet(drawing), reading(), table(drawing)];
  if (place.matches("details")) {
    if (place.children.length > 1) return;
    const told = html("code", {class: "line"}, drawing.rerun);
    place.append(...(drawing.summary ? [html("p", {}, drawing.summary)] : []), told, ...parts);
    copies(told);
  } else place.parentElement.replaceWith(...parts);
  for (const part of parts) rove(part);
};

// ── marks by key, pointer and touch ──────────────────────────────────────────

const read = link => {
  const told = link.closest(".sheet").nextElementSibling;
  if (told?.matches(".reading")) told.textContent = link.querySelector("title").textContent;
};
// One stop for the tab key in each timeline, and the arrow keys within it: hundreds of stops would be a wall.
const rove = part => {
  for (const svg of part.querySelectorAll("svg.marks")) {
    svg.querySelectorAll("a").forEach((link, number) => link.setAttribute("tabindex", number ? -1 : 0));
    // On a narrow screen the moment at which it broke is what is looked for.
    const broke = svg.querySelector("path.broke");
    if (broke && innerWidth < 1280) svg.parentElement.scrollLeft = broke.getBBox().x - svg.parentElement.clientWidth / 2;
  }
};
document.addEventListener("keydown", event => {
  const link = event.target.closest?.("svg.marks a");
  const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key];
  if (!link || !step) return;
  const links = [...link.ownerSVGElement.querySelectorAll("a")];
  const next = links[links.indexOf(link) + step];
  if (!next) return;
  event.preventDefault();
  link.setAttribute("tabindex", -1);
  next.setAttribute("tabindex", 0);
  next.focus();
});
for (const kind of ["focusin", "pointerover"]) document.addEventListener(kind, event => {
  const link = event.target.closest?.("svg.marks a");
  if (link) read(link);
});

// ── the rest of the page ─────────────────────────────────────────────────────

const copies = line => {
  const button = html("button", {type: "button", class: "copy"}, "copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(line.firstChild.textContent);
      button.textContent = "copied";
    } catch {
      getSelection().selectAllChildren(line);
      button.textContent = "selected";
    }
  });
  line.append(button);
};
const found = async () => {
  const id = location.hash.slice(1);
  // A mark of a case that nobody has opened is drawn first.
  const place = document.getElementById(/^(c\d+)-m\d+$/.exec(id)?.[1]);
  if (place?.dataset.case && !document.getElementById(id)) {
    place.open = true;
    await draw(+place.dataset.case, place);
    document.getElementById(id)?.focus();
  }
  const target = document.getElementById(id);
  for (let each = target; each; each = each.parentElement) if (each.matches("details")) each.open = true;
  target?.matches("svg a") && read(target);
};
for (const line of document.querySelectorAll("code.line")) copies(line);
rove(document);
for (const place of document.querySelectorAll("details[data-case]")) {
  place.addEventListener("toggle", () => place.open && draw(+place.dataset.case, place));
}
const seen = new IntersectionObserver(entries => {
  for (const {isIntersecting, target} of entries) if (isIntersecting) {
    seen.unobserve(target);
    draw(+target.dataset.draw, target);
  }
}, {rootMargin: "50%"});
for (const place of document.querySelectorAll("[data-draw]")) seen.observe(place);
const find = document.getElementById("find");
if (find) {
  find.closest("p").hidden = false;
  find.addEventListener("input", () => {
    const asked = find.value.toLowerCase();
    let left = 0;
    for (const file of document.querySelectorAll("section.file")) {
      let some = 0;
      for (const each of file.querySelectorAll("details.passed")) {
        each.hidden = !(file.firstElementChild.textContent + each.firstElementChild.textContent).toLowerCase().includes(asked);
        some += !each.hidden;
      }
      file.hidden = !some;
      left += some;
    }
    document.getElementById("found").textContent = asked ? `${left} left` : "";
  });
}
addEventListener("hashchange", found);
found();
})();
