// The gallery's records, filters and orders. Names, labels and reasons are untrusted and only
// inserted as text. The scripts of this folder share their top-level names, in the order
// store, charts, grid, detail, page.
//
// The element "data" holds JSON, written by app/batch/gallery/gallery.cpp:
//   model, outcome, written  texts about the run
//   probabilities            scores are 0-1
//   found                    number of pictures of the run, with and without records
//   classified, failed       numbers of records of the run
//   shown                    number of classified pictures in this gallery
//   least, greatest          bounds of the best scores
//   labels                   {class's index: label}
//   files                    number of files data-NNN.js next to the page
// Each of those calls saccadeGallery.add([record...]), in the run's order:
//   file                     its name
//   url                      link to the picture, if known
//   thumbnail                name of the thumbnail, if there is one
//   top                      [[class, score]...], best first
//   maps                     [[method, class or null, link to the overlay]...], if there are any
//   error                    why it failed; replaces thumbnail, top and maps
'use strict';
const element = (id) => document.getElementById(id);
const facts = JSON.parse(element('data').textContent);

const number = new Intl.NumberFormat('en').format;
const scoreText = (score) => (facts.probabilities ? `${(100 * score).toFixed(1)}%` : score.toPrecision(4));
const labelOf = (index) => facts.labels[index] ?? `class ${index}`;

const store = (() => {
  const noClass = -1;     // class of a picture without a prediction
  const binCount = 20;
  const pictures = [];
  const failures = [];

  const classOf = (record) => record.top[0]?.[0] ?? noClass;
  const scoreOf = (record) => record.top[0]?.[1] ?? -Infinity;
  const nameOfClass = (index) => (index === noClass ? 'no class' : labelOf(index));
  function binOf(record) {
    const score = scoreOf(record);
    if (score === -Infinity) return 0;
    const share = (score - facts.least) / (facts.greatest - facts.least || 1);
    return Math.min(Math.max(Math.floor(share * binCount), 0), binCount - 1);
  }

  function add(records) {
    for (const record of records) {
      if (record.error === undefined) {
        record.class = classOf(record);
        record.bin = binOf(record);
        record.number = pictures.length;
        pictures.push(record);
      } else {
        failures.push(record);
      }
    }
    orders.clear();
  }

  // ---- Orders: computed on first use, because sorting by name is slow ----

  const orders = new Map();
  const collator = new Intl.Collator('en', {numeric: true});
  const compare = {
    least: (a, b) => scoreOf(a) - scoreOf(b) || a.number - b.number,
    most: (a, b) => scoreOf(b) - scoreOf(a) || a.number - b.number,
    file: (a, b) => a.number - b.number,
    name: (a, b) => collator.compare(a.file, b.file) || a.number - b.number,
  };
  function inOrder(order) {
    if (!orders.has(order)) orders.set(order, [...pictures].sort(compare[order]));
    return orders.get(order);
  }

  // ---- Filters ----

  const clean = {view: 'pictures', class: null, bin: null, text: '', order: 'least'};
  const state = {...clean};

  const foldedText = (record) =>
      (record.folded ??= `${record.file}\n${record.error ?? nameOfClass(record.class)}`.toLowerCase());

  // Selects the records that pass the filters. Classes are counted without the filter by class, bins
  // without the filter by bin.
  function select() {
    const text = state.text.trim().toLowerCase();
    const has = (record) => text === '' || foldedText(record).includes(text);
    const shown = [];
    const classes = new Map();
    const bins = new Array(binCount).fill(0);
    for (const record of inOrder(state.order)) {
      if (!has(record)) continue;
      const inClass = state.class === null || record.class === state.class;
      const inBin = state.bin === null || record.bin === state.bin;
      if (inBin) classes.set(record.class, (classes.get(record.class) ?? 0) + 1);
      if (inClass) ++bins[record.bin];
      if (inClass && inBin) shown.push(record);
    }
    return {shown, classes, bins, failures: failures.filter(has)};
  }

  const binEnds = (bin) => [bin, bin + 1].map(
      (i) => facts.least + (facts.greatest - facts.least) * i / binCount);
  function binText(bin) {
    const [from, to] = binEnds(bin);
    return facts.probabilities
        ? `${Math.round(100 * from)}–${Math.round(100 * to)}%`
        : `${from.toPrecision(3)} to ${to.toPrecision(3)}`;
  }

  return {pictures, failures, state, clean, add, select, compare, nameOfClass, binText, binCount};
})();
