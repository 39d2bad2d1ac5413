// The text that stands behind each label of a page: in a definition list, a table, a form, or one line.
(labels) => {
  const flat = t => (t || '').replace(/\s+/g, ' ').trim();
  const bare = t => flat(t).replace(/[\s:*]+$/, '');
  const value = e => e.type === 'checkbox' || e.type === 'radio' ? (e.checked ? 'checked' : 'unchecked') : 'value' in e && e.tagName !== 'LI' && e.tagName !== 'BUTTON'
    ? (e.tagName === 'SELECT' ? flat(e.selectedOptions[0] && e.selectedOptions[0].label) : flat(e.value)) : flat(e.innerText);
  const all = [...document.querySelectorAll('dt,th,td,label,span,strong,b,p,div,h2,h3,h4,h5,h6')]
    .filter(e => (e.offsetParent || e.getClientRects().length) && flat(e.innerText).length < 200);
  const read = label => {
    for (const e of all) {
      if (bare(e.innerText) !== bare(label) || e.querySelector('label,dt,th')) continue;
      if (e.control) return value(e.control);
      for (let box = e, up = 0; box && up < 3; box = box.parentElement, up++) {
        const next = box.nextElementSibling;
        if (e.tagName === 'TH' && e.closest('thead')) break;
        if (next && flat(next.innerText || next.value)) return value(next);
        const rest = box.parentElement ? flat(box.parentElement.innerText) : '';
        if (rest.length > flat(e.innerText).length && rest.startsWith(flat(e.innerText)))
          return rest.slice(flat(e.innerText).length).replace(/^[\s:]+/, '');
      }
    }
    for (const e of all) {
      const t = flat(e.innerText);
      if (t.startsWith(bare(label) + ':') && !e.querySelector('dt,th,label,p,div')) return flat(t.slice(bare(label).length + 1));
    }
    for (const e of all.filter(e => e.tagName === 'TH' && e.closest('thead') && bare(e.innerText) === bare(label))) {
      const row = e.closest('table').querySelector('tbody tr');
      if (row && row.cells[e.cellIndex]) return flat(row.cells[e.cellIndex].innerText);
    }
    return null;
  };
  return Object.fromEntries(labels.map(l => [l, read(l)]));
}
