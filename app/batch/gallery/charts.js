// The two charts, whose bars are filter buttons: confidences and classes of the pictures.
'use strict';
const charts = (() => {
  const fewClasses = 12;
  const mostClasses = 1000;   // more would make the page slow; the search field finds the others
  let all = false;
  let choose = () => {};      // choose('class' or 'bin', value)

  const plural = (count) => `${number(count)} ${count === 1 ? 'picture' : 'pictures'}`;

  function binButton(bin) {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(document.createElement('span'));
    button.addEventListener('click', () => choose('bin', bin));
    return button;
  }

  function showBins(counts) {
    const most = Math.max(1, ...counts);
    [...element('bins').children].forEach((button, bin) => {
      const words = `${store.binText(bin)}: ${plural(counts[bin])}`;
      button.title = words;
      button.setAttribute('aria-label', words);
      button.setAttribute('aria-pressed', String(store.state.bin === bin));
      button.style.setProperty('--height', counts[bin] / most);
      button.classList.toggle('some', counts[bin] > 0);
    });
  }

  function classButton([index, count], most) {
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.class = index;
    const label = document.createElement('bdi');
    label.textContent = store.nameOfClass(index);
    const size = document.createElement('span');
    size.textContent = number(count);
    button.append(label, size);
    button.title = label.textContent;
    button.style.setProperty('--width', count / most);
    button.setAttribute('aria-pressed', String(store.state.class === index));
    button.addEventListener('click', () => choose('class', index));
    return button;
  }

  function showClasses(counts) {
    const chosen = store.state.class;
    const rows = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    const limit = all ? mostClasses : fewClasses;
    const listed = rows.slice(0, limit);
    // Keep the class of the filter visible.
    if (chosen !== null && !listed.some(([index]) => index === chosen)) {
      listed.push([chosen, counts.get(chosen) ?? 0]);
    }
    const focused = document.activeElement?.closest('#classes button')?.dataset.class;
    const most = rows.length ? rows[0][1] : 1;
    element('classes').replaceChildren(...listed.map((row) => classButton(row, most)));
    if (focused !== undefined) {
      element('classes').querySelector(`[data-class="${focused}"]`)?.focus({preventScroll: true});
    }
    const more = element('more-classes');
    more.hidden = rows.length <= fewClasses;
    more.textContent = all ? 'Show fewer' : `Show all ${number(rows.length)}`;
    element('classes-title').textContent = `Classes (${number(rows.length)})`;
  }

  let latest = {classes: new Map(), bins: []};
  function show(selection) {
    latest = selection;
    showBins(selection.bins);
    showClasses(selection.classes);
  }

  function begin(onChoice) {
    choose = onChoice;
    for (let bin = 0; bin < store.binCount; ++bin) element('bins').append(binButton(bin));
    element('bins-title').textContent = facts.probabilities ? 'Confidence in the best class' : 'Score of the best class';
    element('least').textContent = facts.probabilities ? '0%' : facts.least.toPrecision(3);
    element('greatest').textContent = facts.probabilities ? '100%' : facts.greatest.toPrecision(3);
    element('more-classes').addEventListener('click', () => {
      all = !all;
      showClasses(latest.classes);
    });
  }

  return {begin, show};
})();
