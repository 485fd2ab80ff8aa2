// The detail view: a picture, its overlays and its best classes.
'use strict';
const detail = (() => {
  const dialog = element('detail');
  let place = 0;
  let layer = '';             // label of the overlay shown last; '' is the picture
  let onChange = () => {};    // onChange(record or null)

  const record = () => grid.records()[place];
  const words = ([method, index]) => (index === null ? method : `${method}: ${labelOf(index)}`);

  // Shows the picture, or the thumbnail if the picture is gone or the browser cannot show it.
  function pictureOf(shown) {
    const small = thumbnailOf(shown);
    if (shown.url === undefined) return small;
    const image = document.createElement('img');
    image.src = shown.url;
    image.addEventListener('error', () => image.replaceWith(small));
    return image;
  }

  function overlayOf(map) {
    const image = document.createElement('img');
    image.src = map[2];
    return image;
  }

  function showLayer() {
    const shown = record();
    const map = (shown.maps ?? []).find((m) => words(m) === layer);
    const image = map ? overlayOf(map) : pictureOf(shown);
    image.alt = map ? `${shown.file}, ${words(map)}` : shown.file;
    element('frame').replaceChildren(image);
    for (const button of element('layers').children) {
      button.setAttribute('aria-pressed', String(button.dataset.layer === (map ? layer : '')));
    }
  }

  function layerButton(name, text) {
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.layer = name;
    button.textContent = text;
    button.addEventListener('click', () => {
      layer = name;
      showLayer();
    });
    return button;
  }

  function showLayers(shown) {
    const maps = shown.maps ?? [];
    // Other pictures have other classes, so keep the method.
    if (layer !== '' && !maps.some((m) => words(m) === layer)) {
      const method = layer.split(':')[0];
      const same = maps.find((m) => m[0] === method);
      if (same) layer = words(same);
    }
    element('layers').hidden = maps.length === 0;
    element('layers').replaceChildren(layerButton('', 'Picture'),
                                      ...maps.map((m) => layerButton(words(m), words(m))));
    showLayer();
  }

  function showPredictions(shown) {
    const body = element('predictions').tBodies[0];
    body.replaceChildren();
    for (const [index, score] of shown.top) {
      const row = body.insertRow();
      const name = document.createElement('th');
      name.scope = 'row';
      const text = document.createElement('bdi');
      text.textContent = labelOf(index);
      name.append(text);
      row.append(name);
      row.insertCell().textContent = scoreText(score);
      if (facts.probabilities) row.style.setProperty('--score', score);
    }
    element('detail-note').textContent = shown.top.length ? '' : 'No class reaches the threshold.';
  }

  function show() {
    const shown = record();
    element('detail-file').textContent = shown.file;
    element('detail-place').textContent = `${number(place + 1)} of ${number(grid.records().length)}`;
    element('previous').disabled = place === 0;
    element('next').disabled = place + 1 === grid.records().length;
    showLayers(shown);
    showPredictions(shown);
    const links = element('detail-links');
    links.replaceChildren();
    if (shown.url !== undefined) {
      const link = document.createElement('a');
      link.href = shown.url;
      link.target = '_blank';
      link.rel = 'noopener';
      link.textContent = 'Open the file';
      links.append(link);
    }
    onChange(shown);
  }

  function go(to) {
    if (to < 0 || to >= grid.records().length) return;
    place = to;
    show();
  }

  function open(at) {
    go(at);
    if (!dialog.open) dialog.showModal();
  }

  function begin(whenChanged) {
    onChange = whenChanged;
    element('previous').addEventListener('click', () => go(place - 1));
    element('next').addEventListener('click', () => go(place + 1));
    element('close').addEventListener('click', () => dialog.close());
    dialog.addEventListener('click', (event) => {
      if (event.target === dialog) dialog.close();   // a click outside the dialog
    });
    dialog.addEventListener('keydown', (event) => {
      if (event.key === 'ArrowLeft') go(place - 1);
      if (event.key === 'ArrowRight') go(place + 1);
    });
    dialog.addEventListener('close', () => {
      onChange(null);
      grid.focus(place);
    });
  }

  return {begin, open, close: () => dialog.close(), isOpen: () => dialog.open};
})();
