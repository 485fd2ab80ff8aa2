// The explorer's behaviour. Names and labels are untrusted and only inserted as text.
//
// The element "data" holds JSON, written by app/attend/explorer.cpp:
//   model, file              names
//   photo                    {width, height} of the photo in the page
//   grid                     {rows, columns} of patches
//   covered                  [x, y, width, height] that the grid covers, in fractions of the photo
//   predictions              [{index, label, score}], best first; probabilities: scores are 0-1
//   prefix                   names of the tokens before the patches
//   head_rows                base64 of f32 [T]: weight of each token's row in the head's input
//   layers, heads            numbers; the page has attention for the layers from first_layer
//   methods                  [{name, class_specific, maps: [base64 of f32 [rows * columns]]}];
//                            map i of a class-specific one explains prediction i
//   colour_maps              [{name, rgb: base64 of 256 colours}]; colour_map: selected at start
//   limit                    maximum size of the page in bytes
// An element "layer-N" holds base64: f32 [H, T], the maximum of each row, then u8 [H, T, T],
// the levels: value = maximum * level / 255.
//
// For tests: window.saccade.shownMap() returns the values of the displayed map, [rows * columns],
// and window.saccade.state() the settings that select it.
'use strict';
(() => {
  const element = (id) => document.getElementById(id);
  const data = JSON.parse(element('data').textContent);
  const {rows, columns} = data.grid;
  const patches = rows * columns;
  const prefix = data.prefix.length;
  const tokens = prefix + patches;

  function bytesOf(base64) {
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
    return bytes;
  }
  const floatsOf = (base64) => new Float32Array(bytesOf(base64).buffer);
  const headRows = floatsOf(data.head_rows);
  const colourMaps = data.colour_maps.map((map) => bytesOf(map.rgb));
  const methods = data.methods.map((method) => ({...method, maps: method.maps.map(floatsOf)}));
  const explained = Math.max(0, ...methods.filter((m) => m.class_specific).map((m) => m.maps.length));
  const hasAttention = data.first_layer < data.layers;

  const state = {
    view: '',                // 'patch', 'head' or the index of a method, as text
    layer: data.layers - 1,
    head: 'mean',            // 'mean', 'max' or a number
    class: 0,                // index into predictions
    opacity: 0.6,
    colours: data.colour_map,
    lines: true,
    pointer: null,           // the patch under the mouse
    cursor: null,            // the patch selected by the keyboard, while the photo has the focus
    pinned: null,            // index of a token: that of a patch + prefix, or of a prefix token
  };

  // ---- The displayed map ----

  const layers = new Map();
  function attentionOf(layer) {
    if (!layers.has(layer)) {
      const bytes = bytesOf(element(`layer-${layer}`).textContent);
      const split = 4 * data.heads * tokens;
      layers.set(layer, {
        maxima: new Float32Array(bytes.buffer, 0, data.heads * tokens),
        levels: bytes.subarray(split),
      });
    }
    return layers.get(layer);
  }

  // Weighted sum of the attention rows of `queries` [[token, weight]...] in one head, [T].
  function lookOfHead(layer, head, queries) {
    const {maxima, levels} = attentionOf(layer);
    const look = new Float64Array(tokens);
    for (const [token, weight] of queries) {
      const row = head * tokens + token;
      const step = maxima[row] / 255 * weight;
      const begin = row * tokens;
      for (let key = 0; key < tokens; ++key) look[key] += step * levels[begin + key];
    }
    return look;
  }

  function look(layer, head, queries) {
    if (head !== 'mean' && head !== 'max') return lookOfHead(layer, Number(head), queries);
    const fused = new Float64Array(tokens);
    for (let h = 0; h < data.heads; ++h) {
      const one = lookOfHead(layer, h, queries);
      for (let key = 0; key < tokens; ++key) {
        fused[key] = head === 'max' ? Math.max(fused[key], one[key]) : fused[key] + one[key] / data.heads;
      }
    }
    return fused;
  }

  const candidate = () => state.pointer ?? state.cursor;
  const query = () => state.pinned ?? (candidate() === null ? null : candidate() + prefix);
  const method = () => methods[Number(state.view)];

  // {values: [patches], row: [T] for attention, else null, query: the row's token, or null}
  let shown = {key: '', values: new Float64Array(patches), row: null, query: null};
  function compute() {
    if (state.view === '') return;
    const asked = state.view === 'patch' ? query() : null;
    const attention = state.view === 'patch' || state.view === 'head';
    const key = [state.view, attention ? [state.layer, state.head, asked] : state.class].join('|');
    if (key === shown.key) return;
    if (attention) {
      const queries = asked === null
          ? Array.from(headRows, (weight, token) => [token, weight]).filter(([, weight]) => weight !== 0)
          : [[asked, 1]];
      const row = look(state.layer, state.head, queries);
      shown = {key, values: row.subarray(prefix), row, query: asked};
    } else {
      const {maps, class_specific: specific} = method();
      shown = {key, values: maps[specific ? state.class : 0], row: null, query: null};
    }
  }

  // ---- Texts ----

  const percent = (share) => `${(100 * share).toFixed(1)}%`;
  const place = (patch) => `${Math.floor(patch / columns)},${patch % columns}`;
  const nameOfToken = (token) =>
      token < prefix ? `token ${data.prefix[token]}` : `patch ${place(token - prefix)}`;
  const headText = () => ({mean: 'mean of the heads', max: 'maximum of the heads'})[state.head] ?? `head ${state.head}`;
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
  const argmax = (values) => values.reduce((best, value, i) => (value > values[best] ? i : best), 0);

  function titleText() {
    const where = `layer ${state.layer}, ${headText()}`;
    if (state.view === '') return 'This page has no map.';
    if (shown.row === null) {
      const {name, class_specific: specific} = method();
      return specific ? `${capital(name)}: ${data.predictions[state.class].label}` : capital(name);
    }
    if (shown.query === null) return `What the classifier reads: ${where}`;
    const pinned = state.pinned === null ? '' : ' (pinned)';
    return `${capital(nameOfToken(shown.query))}${pinned}: ${where}`;
  }

  function detailText() {
    if (state.view === '') return '';
    const top = argmax(shown.values);
    if (shown.row === null) {
      const token = query();
      const greatest = `Greatest at patch ${place(top)}.`;
      if (token === null || token < prefix) return greatest;
      const share = shown.values[token - prefix] / shown.values[top];
      return Number.isFinite(share)
          ? `Patch ${place(token - prefix)}: ${percent(share)} of the greatest value, which is at patch ${place(top)}.`
          : greatest;
    }
    const self = top + prefix === shown.query ? ', itself' : '';
    const rest = data.prefix.map((name, token) => `${percent(shown.row[token])} goes to ${name}`);
    const most = `Looks most at patch ${place(top)}${self} (${percent(shown.values[top])})`;
    const invite = state.view === 'patch' && shown.query === null
        ? ' Choose a patch to see where it looks.' : '';
    return `${[most, ...rest].join('; ')}.${invite}`;
  }

  let announcement = 0;
  function say(title, detail) {
    element('shown').textContent = title;
    element('detail').textContent = detail;
    clearTimeout(announcement);  // screen readers announce only where the pointer stops
    announcement = setTimeout(() => { element('live').textContent = `${title}. ${detail}`; }, 300);
  }

  // ---- Drawing ----

  // The stage is the smallest box around the photo and the grid, which may extend beyond the photo.
  const stage = element('stage');
  const [coveredX, coveredY, coveredWidth, coveredHeight] = data.covered;
  const left = Math.min(0, coveredX);
  const top = Math.min(0, coveredY);
  const width = Math.max(1, coveredX + coveredWidth) - left;
  const height = Math.max(1, coveredY + coveredHeight) - top;
  const gridBox = {  // in fractions of the stage
    x: (coveredX - left) / width,
    y: (coveredY - top) / height,
    width: coveredWidth / width,
    height: coveredHeight / height,
  };

  function layOut() {
    const ratio = (width * data.photo.width) / (height * data.photo.height);
    stage.style.setProperty('--ratio', ratio);
    const photo = element('photo');
    photo.alt = `The photo ${data.file}`;
    photo.style.left = `${-left / width * 100}%`;
    photo.style.top = `${-top / height * 100}%`;
    photo.style.width = `${100 / width}%`;
    photo.style.height = `${100 / height}%`;
  }

  // The two neighbours and the second one's weight for a pixel of a map enlarged `scale` times,
  // with half-pixel centres, so that a patch's own value is at its centre.
  function neighbours(pixel, scale, count) {
    const position = Math.min(Math.max((pixel + 0.5) / scale - 0.5, 0), count - 1);
    const first = Math.floor(position);
    return [first, Math.min(first + 1, count - 1), position - first];
  }

  function range(values) {
    let least = Infinity;
    let greatest = -Infinity;
    for (const value of values) {
      least = Math.min(least, value);
      greatest = Math.max(greatest, value);
    }
    return [least, greatest];
  }

  // The map, enlarged bilinearly and coloured.
  const picture = document.createElement('canvas');
  const scale = Math.max(2, Math.min(32, Math.floor(448 / Math.max(rows, columns))));
  picture.width = columns * scale;
  picture.height = rows * scale;
  let pictured = '';
  function paintMap() {
    const key = `${shown.key}|${state.colours}`;
    if (key === pictured) return;
    pictured = key;
    const {values} = shown;
    const [least, greatest] = range(values);
    const factor = greatest > least ? 255 / (greatest - least) : 0;
    const colours = colourMaps[state.colours];
    const context = picture.getContext('2d');
    const image = context.createImageData(picture.width, picture.height);
    const across = Array.from({length: picture.width}, (_, x) => neighbours(x, scale, columns));
    let out = 0;
    for (let y = 0; y < picture.height; ++y) {
      const [y0, y1, v] = neighbours(y, scale, rows);
      for (const [x0, x1, u] of across) {
        const above = values[y0 * columns + x0] * (1 - u) + values[y0 * columns + x1] * u;
        const below = values[y1 * columns + x0] * (1 - u) + values[y1 * columns + x1] * u;
        const level = 3 * Math.round((above * (1 - v) + below * v - least) * factor);
        image.data[out++] = colours[level];
        image.data[out++] = colours[level + 1];
        image.data[out++] = colours[level + 2];
        image.data[out++] = 255;
      }
    }
    context.putImageData(image, 0, 0);
    paintLegend(least, greatest);
  }

  function paintLegend(least, greatest) {
    const number = (value) => (Math.abs(value) < 1e-3 && value !== 0
        ? value.toExponential(1) : value.toPrecision(2));
    const words = (value) => (shown.row === null ? number(value) : `${number(100 * value)}%`);
    element('least').textContent = words(least);
    element('greatest').textContent = words(greatest);
    const context = element('bar').getContext('2d');
    const image = context.createImageData(256, 1);
    const colours = colourMaps[state.colours];
    for (let i = 0; i < 256; ++i) image.data.set([...colours.subarray(3 * i, 3 * i + 3), 255], 4 * i);
    context.putImageData(image, 0, 0);
  }

  function outline(context, box, patch, strong) {
    const x = box.x + box.width / columns * (patch % columns);
    const y = box.y + box.height / rows * Math.floor(patch / columns);
    const draw = (colour, line) => {
      context.strokeStyle = colour;
      context.lineWidth = line;
      context.strokeRect(x, y, box.width / columns, box.height / rows);
    };
    draw('#000', strong ? 5 : 3.5);
    draw('#fff', strong ? 2.5 : 1.5);
  }

  function dimOutside(context, box) {
    const {offsetLeft, offsetTop, offsetWidth, offsetHeight} = element('photo');
    const outside = new Path2D();
    outside.rect(0, 0, stage.clientWidth, stage.clientHeight);
    outside.rect(box.x, box.y, box.width, box.height);
    context.save();
    context.beginPath();
    context.rect(offsetLeft, offsetTop, offsetWidth, offsetHeight);
    context.clip();
    context.fillStyle = 'rgba(0, 0, 0, 0.6)';
    context.fill(outside, 'evenodd');
    context.restore();
  }

  function drawLines(context, box) {
    context.beginPath();
    for (let i = 0; i <= columns; ++i) {
      const x = box.x + box.width / columns * i;
      context.moveTo(x, box.y);
      context.lineTo(x, box.y + box.height);
    }
    for (let i = 0; i <= rows; ++i) {
      const y = box.y + box.height / rows * i;
      context.moveTo(box.x, y);
      context.lineTo(box.x + box.width, y);
    }
    context.strokeStyle = 'rgba(255, 255, 255, 0.22)';
    context.lineWidth = 1;
    context.stroke();
  }

  function draw() {
    const overlay = element('overlay');
    const {clientWidth, clientHeight} = stage;
    const density = window.devicePixelRatio || 1;
    overlay.width = Math.round(clientWidth * density);
    overlay.height = Math.round(clientHeight * density);
    const context = overlay.getContext('2d');
    context.scale(overlay.width / clientWidth, overlay.height / clientHeight);
    const box = {
      x: gridBox.x * clientWidth,
      y: gridBox.y * clientHeight,
      width: gridBox.width * clientWidth,
      height: gridBox.height * clientHeight,
    };
    dimOutside(context, box);
    if (state.view !== '') {
      paintMap();
      context.globalAlpha = state.opacity;
      context.drawImage(picture, box.x, box.y, box.width, box.height);
      context.globalAlpha = 1;
    }
    if (state.lines) drawLines(context, box);
    const pinned = state.pinned === null ? -1 : state.pinned - prefix;
    const moving = candidate();
    if (moving !== null && moving !== pinned) outline(context, box, moving, false);
    if (pinned >= 0) outline(context, box, pinned, true);
  }

  let frame = 0;
  function update() {
    compute();
    say(titleText(), detailText());
    for (const [token, button] of [...element('prefix').querySelectorAll('button')].entries()) {
      button.setAttribute('aria-pressed', String(state.pinned === token));
    }
    if (frame === 0) {
      frame = requestAnimationFrame(() => {
        frame = 0;
        draw();
      });
    }
  }

  // ---- Choosing a patch ----

  function patchAt(event) {
    const box = stage.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width - gridBox.x) / gridBox.width;
    const y = ((event.clientY - box.top) / box.height - gridBox.y) / gridBox.height;
    if (!(x >= 0 && x < 1 && y >= 0 && y < 1)) return null;
    return Math.floor(y * rows) * columns + Math.floor(x * columns);
  }

  function pin(token) {
    state.pinned = state.pinned === token ? null : token;
    update();
  }

  function point(patch) {
    if (state.pointer === patch) return;
    state.pointer = patch;
    update();
  }

  function moveCursor(down, right) {
    const from = candidate() ?? centre();
    const row = Math.min(Math.max(Math.floor(from / columns) + down, 0), rows - 1);
    const column = Math.min(Math.max(from % columns + right, 0), columns - 1);
    state.pointer = null;
    state.cursor = row * columns + column;
    update();
  }

  const centre = () => Math.floor(rows / 2) * columns + Math.floor(columns / 2);

  function letGo() {
    state.pinned = null;
    update();
  }

  const keys = {
    ArrowUp: () => moveCursor(-1, 0),
    ArrowDown: () => moveCursor(1, 0),
    ArrowLeft: () => moveCursor(0, -1),
    ArrowRight: () => moveCursor(0, 1),
    Home: () => moveCursor(0, -columns),
    End: () => moveCursor(0, columns),
    Enter: () => candidate() !== null && pin(candidate() + prefix),
    ' ': () => candidate() !== null && pin(candidate() + prefix),
    Escape: letGo,
  };

  function listenToStage() {
    stage.setAttribute('aria-label', `Patch grid, ${rows} rows of ${columns}`);
    // Touch has no hover; a tap arrives as a click.
    stage.addEventListener('pointermove', (event) => {
      if (event.pointerType !== 'touch') point(patchAt(event));
    });
    stage.addEventListener('pointerleave', () => point(null));
    stage.addEventListener('click', (event) => {
      const patch = patchAt(event);
      if (patch === null) return;
      state.cursor = null;
      pin(patch + prefix);
    });
    stage.addEventListener('focus', () => {
      if (stage.matches(':focus-visible')) moveCursor(0, 0);
    });
    stage.addEventListener('blur', () => {
      state.cursor = null;
      update();
    });
    stage.addEventListener('keydown', (event) => {
      if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      keys[event.key]();
    });
    new ResizeObserver(draw).observe(stage);
  }

  // ---- Controls ----

  function addOption(select, value, text) {
    const option = document.createElement('option');
    option.value = value;
    option.textContent = text;
    select.append(option);
  }

  function setView(view) {
    state.view = view;
    element('view').value = view;
    element('attention-controls').hidden = view !== 'patch' && view !== 'head';
    element('prefix').hidden = prefix === 0 || view !== 'patch';
    // Mark no class while the map is not class-specific.
    for (const radio of element('controls').querySelectorAll('[name=class]')) {
      radio.checked = Boolean(method()?.class_specific) && Number(radio.value) === state.class;
    }
    update();
  }

  function setLayer(layer) {
    state.layer = layer;
    element('layer-number').textContent = String(layer);
    update();
  }

  function fillViews() {
    const view = element('view');
    if (hasAttention) {
      addOption(view, 'patch', 'Where a patch looks');
      addOption(view, 'head', 'What the classifier reads');
    }
    methods.forEach(({name}, i) => addOption(view, String(i), capital(name)));
    element('map-controls').hidden = view.options.length === 0;
    element('legend').hidden = view.options.length === 0;
    view.addEventListener('change', () => setView(view.value));
  }

  function fillAttentionControls() {
    const layer = element('layer');
    layer.min = String(data.first_layer);
    layer.max = String(data.layers - 1);
    layer.value = layer.max;
    layer.addEventListener('input', () => setLayer(Number(layer.value)));
    const head = element('head');
    addOption(head, 'mean', 'Mean');
    addOption(head, 'max', 'Maximum');
    for (let h = 0; h < data.heads; ++h) addOption(head, String(h), `Head ${h}`);
    head.addEventListener('change', () => {
      state.head = head.value;
      update();
    });
    data.prefix.forEach((name, token) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = `Where ${name} looks`;
      button.addEventListener('click', () => pin(token));
      element('prefix').append(button);
    });
  }

  function chooseClass(index) {
    state.class = index;
    if (method()?.class_specific) update();
    else setView(String(methods.findIndex((m) => m.class_specific)));
  }

  function classCell(prediction, index) {
    const cell = document.createElement('th');
    cell.scope = 'row';
    const name = document.createElement(index < explained ? 'label' : 'span');
    if (index < explained) {
      const radio = document.createElement('input');
      radio.type = 'radio';
      radio.name = 'class';
      radio.value = String(index);
      radio.addEventListener('change', () => chooseClass(index));
      name.append(radio);
    }
    const text = document.createElement('bdi');
    text.textContent = prediction.label;
    name.append(text);
    cell.append(name);
    return cell;
  }

  function fillPredictions() {
    const body = element('predictions').tBodies[0];
    data.predictions.forEach((prediction, index) => {
      const row = body.insertRow();
      row.append(classCell(prediction, index));
      const score = row.insertCell();
      score.textContent = data.probabilities ? percent(prediction.score) : Number(prediction.score).toPrecision(4);
      if (data.probabilities) row.style.setProperty('--score', prediction.score);
    });
    element('class-hint').textContent = explained > 0 ? 'Choose a class to see its evidence.' : '';
  }

  function fillLooks() {
    const opacity = element('opacity');
    const setOpacity = () => {
      state.opacity = Number(opacity.value) / 100;
      element('opacity-number').textContent = `${opacity.value}%`;
      update();
    };
    opacity.addEventListener('input', setOpacity);
    const colours = element('colours');
    data.colour_maps.forEach(({name}, i) => addOption(colours, String(i), capital(name)));
    colours.value = String(state.colours);
    colours.addEventListener('change', () => {
      state.colours = Number(colours.value);
      update();
    });
    const lines = element('lines');
    lines.addEventListener('change', () => {
      state.lines = lines.checked;
      update();
    });
    setOpacity();
  }

  function fillTexts() {
    document.title = `${data.file} · Saccade`;
    element('file').textContent = data.file;
    element('model').textContent = `${data.model}: ${rows} × ${columns} patches, ` +
        `${data.layers} layers of ${data.heads} heads`;
    const limit = `the page would be larger than ${data.limit / 1e6} MB`;
    element('loss').hidden = !hasAttention;
    if (!hasAttention) {
      element('missing').textContent = `The attention of the layers is not in this page: with one layer ${limit}.`;
    } else if (data.first_layer > 0) {
      element('missing').textContent = data.first_layer === 1
          ? `Layer 0 is not in this page: with it ${limit}.`
          : `Layers 0 to ${data.first_layer - 1} are not in this page: with them ${limit}.`;
    }
    element('missing').hidden = element('missing').textContent === '';
  }

  fillTexts();
  layOut();
  fillViews();
  fillAttentionControls();
  fillPredictions();
  fillLooks();
  listenToStage();
  element('controls').addEventListener('submit', (event) => event.preventDefault());
  setLayer(data.layers - 1);
  setView(element('view').value);

  window.saccade = {
    shownMap: () => Array.from(shown.values),
    state: () => ({...state, query: query()}),
  };
})();
