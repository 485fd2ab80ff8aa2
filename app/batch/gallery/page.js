// Loads the records and connects the page's parts. The hash holds the filters and the opened
// picture, so that they can be linked: #class=281&bin=3&text=cat&order=most&view=failures&picture=a/b.jpg
//
// For tests: window.saccade.shown() returns the file names in the grid's order, tiles() the number
// of tiles, state() the filters; painted is the time in milliseconds until all records were displayed.
'use strict';
(() => {
  const {state, clean} = store;
  let selection = {shown: [], failures: []};
  let opened = null;          // name of the picture in the detail view
  let loaded = 0;             // files
  const missing = [];         // files that did not load

  // ---- The hash ----

  function writeHash() {
    const parts = new URLSearchParams();
    for (const [key, value] of Object.entries(state)) {
      if (value !== clean[key]) parts.set(key, value);
    }
    if (opened !== null) parts.set('picture', opened);
    const hash = parts.toString();
    if (hash !== location.hash.slice(1)) history.replaceState(null, '', `#${hash}`);
  }

  // The hash may contain anything.
  function readHash() {
    const parts = new URLSearchParams(location.hash.slice(1));
    const whole = (key) => (/^-?\d{1,9}$/.test(parts.get(key) ?? '') ? Number(parts.get(key)) : null);
    const bin = whole('bin');
    const order = parts.get('order');
    Object.assign(state, clean, {
      class: whole('class'),
      bin: bin !== null && bin >= 0 && bin < store.binCount ? bin : null,
      text: parts.get('text') ?? '',
      order: Object.hasOwn(store.compare, order ?? '') ? order : clean.order,
      view: parts.get('view') === 'failures' ? 'failures' : 'pictures',
    });
    element('text').value = state.text;
    element('order').value = state.order;
    return parts.get('picture');
  }

  // ---- Filtering and display ----

  const fewFailures = 500;
  let failuresListed = fewFailures;
  function showFailures() {
    const body = element('failures').querySelector('tbody');
    body.replaceChildren();
    for (const record of selection.failures.slice(0, failuresListed)) {
      const row = body.insertRow();
      const name = document.createElement('th');
      name.scope = 'row';
      const text = document.createElement(record.url === undefined ? 'bdi' : 'a');
      if (record.url !== undefined) text.href = record.url;
      text.textContent = record.file;
      name.append(text);
      row.append(name);
      row.insertCell().textContent = record.error;
    }
    element('more-failures').hidden = selection.failures.length <= failuresListed;
  }

  function countText() {
    if (loaded < facts.files) return `Loading… ${number(store.pictures.length)} pictures`;
    const failures = state.view === 'failures';
    const shown = (failures ? selection.failures : selection.shown).length;
    const all = (failures ? store.failures : store.pictures).length;
    const things = failures ? (all === 1 ? 'failure' : 'failures') : (all === 1 ? 'picture' : 'pictures');
    return shown === all ? `${number(all)} ${things}` : `${number(shown)} of ${number(all)} ${things}`;
  }

  function filterText() {
    const words = [];
    if (state.class !== null) words.push(store.nameOfClass(state.class));
    if (state.bin !== null) words.push(store.binText(state.bin));
    return state.view === 'failures' || words.length === 0 ? '' : ` · ${words.join(' · ')}`;
  }

  function show() {
    selection = store.select();
    const failures = state.view === 'failures';
    element('count').textContent = countText() + filterText();
    element('clear').hidden = state.class === null && state.bin === null && state.text === '';
    element('view-pictures').setAttribute('aria-pressed', String(!failures));
    element('view-failures').setAttribute('aria-pressed', String(failures));
    element('grid').hidden = failures;
    element('failures').hidden = !failures;
    charts.show(selection);
    if (failures) showFailures();
    else grid.show(selection.shown);
  }

  function change(changes) {
    Object.assign(state, changes);
    failuresListed = fewFailures;
    // Start new results at the top.
    if (element('results').getBoundingClientRect().top < 0) element('results').scrollIntoView();
    show();
    writeHash();
  }

  function openNamed(name) {
    const place = selection.shown.findIndex((record) => record.file === name);
    if (place < 0) return;
    grid.focus(place);
    detail.open(place);
  }

  function followHash() {
    const picture = readHash();
    if (detail.isOpen()) detail.close();
    show();
    if (picture !== null) openNamed(picture);
  }

  // ---- Text about the run ----

  function notes() {
    const all = [];
    const done = facts.classified + facts.failed;
    if (done < facts.found) {
      all.push(`Not finished (${facts.outcome}): ${number(done)} of ${number(facts.found)} pictures have a result.`);
    }
    if (facts.shown < facts.classified) {
      all.push(`This gallery shows the ${number(facts.shown)} least certain of ${number(facts.classified)} pictures; counts and charts cover only these.`);
    }
    if (loaded === facts.files && store.failures.length < facts.failed) {
      all.push(`The first ${number(store.failures.length)} of ${number(facts.failed)} failures are listed; run.json lists all.`);
    }
    if (missing.length) all.push(`Files missing next to this page: ${missing.join(', ')}.`);
    return all;
  }

  function showFacts() {
    const title = `${number(facts.classified)} ${facts.classified === 1 ? 'picture' : 'pictures'}`;
    document.title = `${title} · Saccade`;
    element('title').textContent = `${title} classified`;
    element('run').textContent = [facts.model, facts.written].filter(Boolean).join(' · ');
    element('notes').textContent = notes().join(' ');
    element('views').hidden = facts.failed === 0;
    element('view-failures').textContent = `Failures (${number(facts.failed)})`;
  }

  // ---- Controls ----

  function listen() {
    const text = element('text');
    let pause = 0;
    text.addEventListener('input', () => {
      clearTimeout(pause);
      pause = setTimeout(() => change({text: text.value}), 150);
    });
    element('order').addEventListener('change', () => change({order: element('order').value}));
    element('view-pictures').addEventListener('click', () => change({view: 'pictures'}));
    element('view-failures').addEventListener('click', () => change({view: 'failures'}));
    element('more-failures').addEventListener('click', () => {
      failuresListed += fewFailures;
      showFailures();
    });
    element('clear').addEventListener('click', () => {
      text.value = '';
      change({class: null, bin: null, text: ''});
      text.focus();
    });
    element('controls').addEventListener('submit', (event) => event.preventDefault());
    document.addEventListener('keydown', (event) => {
      const typing = event.target.closest('input, select');
      if (event.key !== '/' || typing || detail.isOpen() || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      text.focus();
      text.select();
    });
    text.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      text.value = '';
      change({text: ''});
      text.blur();
    });
    window.addEventListener('hashchange', followHash);
  }

  // ---- Loading ----

  function finish() {
    showFacts();
    followHash();
    requestAnimationFrame(() => setTimeout(() => {   // after the frame
      window.saccade.painted = performance.now();
    }));
  }

  let partly = 0;
  function loadedOne() {
    if (++loaded === facts.files) {
      clearTimeout(partly);
      finish();
    } else {
      partly ||= setTimeout(() => {
        partly = 0;
        show();
      }, 500);
    }
  }

  function load() {
    for (let i = 0; i < facts.files; ++i) {
      const script = document.createElement('script');
      script.src = `data-${String(i).padStart(3, '0')}.js`;
      script.async = false;   // run in order
      script.addEventListener('load', loadedOne);
      script.addEventListener('error', () => {
        missing.push(script.getAttribute('src'));
        loadedOne();
      });
      document.head.append(script);
    }
    if (facts.files === 0) finish();
  }

  window.saccadeGallery = {add: store.add};
  window.saccade = {
    shown: () => selection.shown.map((record) => record.file),
    tiles: grid.tiles,
    state: () => ({...state}),
    painted: null,
  };
  if (window.matchMedia('(max-width: 820px)').matches) element('charts').open = false;
  showFacts();
  charts.begin((key, value) => change({[key]: state[key] === value ? null : value, view: 'pictures'}));
  grid.begin(detail.open);
  detail.begin((record) => {
    opened = record && record.file;
    writeHash();
  });
  listen();
  load();
})();
