"use strict";
(() => {
  const all = JSON.parse(document.getElementById("figures").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)"), narrow = window.matchMedia("(max-width: 46rem)");
  const atNight = { "#0072b2": "#56b4e9", "#888888": "#b4b8bb", "#d55e00": "#f0844a", "#009e73": "#2fbf95", "#cc79a7": "#dd9ac0" };
  const still = { responsive: false, displaylogo: false, displayModeBar: false, scrollZoom: false, doubleClick: false };
  let printing = false;

  function coloured(figure) {
    let text = JSON.stringify(figure);
    if (dark.matches && !printing) for (const [day, night] of Object.entries(atNight)) text = text.replaceAll(day, night);
    return JSON.parse(text);
  }

  function draw(name) {
    const place = document.getElementById(name), figure = coloured(all[name]), night = dark.matches && !printing;
    const grid = night ? "#2a2f33" : "#e7e7e1", soft = night ? "#a2a7ab" : "#62686d", layout = figure.layout;
    const axis = { gridcolor: grid, linecolor: grid, zerolinecolor: night ? "#4a5055" : "#c4c4bc", fixedrange: true, automargin: false };
    layout.xaxis = Object.assign({ showgrid: false, ticks: "outside", tickcolor: grid }, axis, layout.xaxis);
    layout.yaxis = Object.assign({}, axis, layout.yaxis);
    layout.legend = Object.assign({}, layout.legend, { font: { size: printing ? 8 : 12 }, bgcolor: "rgba(0,0,0,0)" });
    Object.assign(layout, {
      template: {}, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: soft, family: "system-ui, sans-serif", size: printing ? 8 : 12 },
      hoverlabel: { bgcolor: night ? "#1d2124" : "#ffffff", bordercolor: grid, font: { color: night ? "#e7e8e6" : "#1d2023" } },
    });
    for (const one of printing ? figure.data : []) if (one.name === "nearest") one.showlegend = false;
    if (layout.showlegend) layout.margin = Object.assign({}, layout.margin, { t: narrow.matches && !printing ? 44 : 26 });
    const track = place.nextElementSibling?.querySelector(".trackway");
    if (track && !printing && !narrow.matches) { // the tracks below go on in time with the picture
      const own = place.getBoundingClientRect(), other = track.getBoundingClientRect();
      layout.margin = Object.assign({}, layout.margin, { l: other.left - own.left, r: own.right - other.right });
    }
    if (printing) {
      layout.width = place.closest(".pair") ? 338 : 690;
      layout.height = Math.round(layout.height * (place.closest(".pair") ? 0.52 : 0.5));
      layout.margin = Object.assign({}, layout.margin, { t: layout.showlegend ? 18 : 4, b: 30 });
      layout.autosize = false;
    } else layout.autosize = true;
    return Plotly.react(place, figure.data, layout, still);
  }

  function drawAll() { for (const name of Object.keys(all)) draw(name); }

  function sorted(header) {
    const table = header.closest("table"), at = [...header.parentNode.children].indexOf(header);
    const up = header.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    for (const other of header.parentNode.children) if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
    header.setAttribute("aria-sort", up > 0 ? "ascending" : "descending");
    const groups = [...table.tBodies], together = groups.length > 1 || groups[0].classList.contains("trade");
    const rows = together ? groups : [...groups[0].rows];
    const value = row => {
      const cell = (together ? row.rows[0] : row).cells[at], text = cell.dataset.sort ?? cell.textContent.trim();
      return text === "" || text === "–" ? null : Number.isNaN(Number(text)) ? text : Number(text);
    };
    const keyed = rows.map(row => [value(row), row]);
    keyed.sort(([left], [right]) => {
      if (left === null || right === null) return (left === null) - (right === null); // unknown last, either way
      if (typeof left === typeof right) return up * (left < right ? -1 : left > right ? 1 : 0);
      return up * (typeof left === "number" ? -1 : 1);
    });
    for (const [, row] of keyed) row.parentNode.append(row);
    if (together) for (const [, group] of keyed) table.append(group);
  }

  for (const header of document.querySelectorAll("th[aria-sort]"))
    header.firstElementChild.addEventListener("click", () => sorted(header));

  if (typeof Plotly === "undefined") {
    for (const place of document.querySelectorAll(".plot")) {
      place.classList.add("silent");
      place.textContent = "No picture: the file plotly.min.js is not beside this page.";
    }
    return;
  }
  drawAll();
  dark.addEventListener("change", drawAll);
  narrow.addEventListener("change", drawAll);
  let waits = 0;
  window.addEventListener("resize", () => { clearTimeout(waits); waits = setTimeout(() => printing || drawAll(), 150); });
  window.addEventListener("beforeprint", () => { printing = true; drawAll(); });
  window.addEventListener("afterprint", () => { printing = false; drawAll(); });
})();
