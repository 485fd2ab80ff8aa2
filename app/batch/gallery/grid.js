// The grid of thumbnails. Only the tiles near the viewport exist, however many pictures there are.
'use strict';

// A thumbnail of `record`, or text in its place.
function thumbnailOf(record) {
  if (record.thumbnail === undefined) {
    const missing = document.createElement('span');
    missing.className = 'missing';
    missing.textContent = 'No thumbnail';
    return missing;
  }
  const image = document.createElement('img');
  image.src = `thumbnails/${record.thumbnail.slice(0, 2)}/${record.thumbnail}.jpg`;
  image.alt = '';   // described by the text that follows
  image.decoding = 'async';
  image.draggable = false;
  return image;
}

const grid = (() => {
  const least = 148;          // minimum width of a tile in pixels
  const gap = 10;
  const words = 66;           // height of the text below the thumbnail in pixels
  const ahead = 600;          // margin around the viewport that has tiles, in pixels
  const box = element('grid');
  let records = [];
  let current = 0;            // index of the tile that Tab reaches
  let open = () => {};
  let columns = 1;
  let width = least;
  const tiles = new Map();    // index in `records`: element

  const height = () => width + words;
  const rows = () => Math.ceil(records.length / columns);

  function put(tile, place) {
    const x = place % columns * (width + gap);
    const y = Math.floor(place / columns) * (height() + gap);
    tile.style.transform = `translate(${x}px, ${y}px)`;
    tile.style.width = `${width}px`;
    tile.style.height = `${height()}px`;
  }

  function line(name, text) {
    const span = document.createElement('bdi');
    span.className = name;
    span.textContent = text;
    return span;
  }

  function makeTile(place) {
    const record = records[place];
    const item = document.createElement('div');
    item.setAttribute('role', 'listitem');
    item.setAttribute('aria-setsize', records.length);
    item.setAttribute('aria-posinset', place + 1);
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.place = place;
    button.tabIndex = place === current ? 0 : -1;
    const picture = document.createElement('span');
    picture.className = 'picture';
    picture.append(thumbnailOf(record));
    const score = line('score', record.top.length ? scoreText(record.top[0][1]) : '');
    button.append(picture, line('label', store.nameOfClass(record.class)), score,
                  line('name', record.file.slice(record.file.lastIndexOf('/') + 1)));
    button.title = record.file;
    item.append(button);
    put(item, place);
    return item;
  }

  function layOut() {
    const room = box.clientWidth;
    columns = Math.max(2, Math.floor((room + gap) / (least + gap)));
    width = (room - gap * (columns - 1)) / columns;
    box.style.height = `${Math.max(0, rows() * (height() + gap) - gap)}px`;
    for (const [place, tile] of tiles) put(tile, place);
  }

  function fill() {
    const top = box.getBoundingClientRect().top;
    const step = height() + gap;
    const first = Math.max(0, Math.floor((-top - ahead) / step)) * columns;
    const end = Math.min(records.length, Math.ceil((window.innerHeight - top + ahead) / step) * columns);
    for (const [place, tile] of tiles) {
      if ((place >= first && place < end) || tile.contains(document.activeElement)) continue;
      tile.remove();
      tiles.delete(place);
    }
    // Keep the elements in order, for screen readers.
    let following = [...tiles].find(([place]) => place >= end)?.[1] ?? null;
    for (let place = end - 1; place >= first; --place) {
      if (!tiles.has(place)) {
        tiles.set(place, makeTile(place));
        box.insertBefore(tiles.get(place), following);
      }
      following = tiles.get(place);
    }
  }

  function show(shown) {
    records = shown;
    current = 0;
    tiles.clear();
    box.replaceChildren();
    layOut();
    fill();
  }

  // ---- Keyboard navigation ----

  function reveal(place) {
    const top = box.getBoundingClientRect().top + Math.floor(place / columns) * (height() + gap);
    const bar = element('bar').offsetHeight + gap;
    if (top < bar) window.scrollBy(0, top - bar);
    else if (top + height() > window.innerHeight) window.scrollBy(0, top + height() + gap - window.innerHeight);
    fill();
  }

  function focus(place) {
    if (records.length === 0) return;
    tiles.get(current)?.firstChild.setAttribute('tabindex', '-1');
    current = Math.min(Math.max(place, 0), records.length - 1);
    reveal(current);
    const button = tiles.get(current).firstChild;
    button.tabIndex = 0;
    button.focus({preventScroll: true});
  }

  const moves = {
    ArrowLeft: () => current - 1,
    ArrowRight: () => current + 1,
    ArrowUp: () => (current < columns ? current : current - columns),
    ArrowDown: () => current + columns,
    Home: () => 0,
    End: () => records.length - 1,
  };

  function begin(onOpen) {
    open = onOpen;
    box.addEventListener('click', (event) => {
      const button = event.target.closest('button');
      if (!button) return;
      focus(Number(button.dataset.place));
      open(current);
    });
    box.addEventListener('keydown', (event) => {
      if (!(event.key in moves) || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      focus(moves[event.key]());
    });
    let frame = 0;
    window.addEventListener('scroll', () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        fill();
      });
    }, {passive: true});
    new ResizeObserver(() => {
      layOut();
      fill();
    }).observe(document.documentElement);
  }

  return {begin, show, focus, records: () => records, tiles: () => tiles.size};
})();
