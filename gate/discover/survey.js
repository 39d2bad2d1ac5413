// What one page holds, as data. Every field and button is marked with data-gate, so that it can be found again.
() => {
  const flat = t => (t || '').replace(/\s+/g, ' ').trim();
  const bare = t => flat(t).replace(/[\s:*]+$/, '');
  // What a closed <details> holds has a box, and is not to be seen.
  const seen = e => !!(e.offsetParent || e.getClientRects().length) && getComputedStyle(e).visibility !== 'hidden' && e.checkVisibility();
  const said = e => flat(e.getAttribute('aria-label') || e.innerText || (e.tagName === 'INPUT' ? e.value : '') || e.title || e.textContent
    || (e.querySelector('img[alt]') || {}).alt);
  let marks = window.__gateMarks || 0;
  const mark = e => { if (!e.dataset.gate) e.dataset.gate = String(++marks); window.__gateMarks = marks; return e.dataset.gate; };
  const url = e => { try { return e.href ? new URL(e.href, location.href).href : ''; } catch { return ''; } };
  const css = e => {
    if (e.id && /^[A-Za-z][\w-]*$/.test(e.id)) return '#' + e.id;
    if (e.name) return `${e.tagName.toLowerCase()}[name="${e.name}"]`;
    const href = e.getAttribute('href');
    if (href) return `a[href="${href}"]`;
    return e.type ? `${e.tagName.toLowerCase()}[type="${e.type}"]` : '';
  };

  const beside = e => {
    for (let box = e, up = 0; box && up < 4; box = box.parentElement, up++) {
      const before = box.previousElementSibling;
      if (before && flat(before.innerText) && flat(before.innerText).length < 60 && !before.querySelector('input,select,textarea'))
        return bare(before.innerText);
      if (box.parentElement && box.parentElement.querySelectorAll('input:not([type=hidden]),select,textarea').length > 1) break;
    }
    return '';
  };
  const labelOf = e => {
    // The text of a label without that of what stands inside it, such as the options of a select.
    const own = l => { if (!l.querySelector('select,textarea,button')) return bare(l.innerText || l.textContent);
      const copy = l.cloneNode(true);
      copy.querySelectorAll('select,textarea,button,script,style').forEach(x => x.remove());
      return bare(copy.textContent);
    };
    const tied = [...(e.labels || [])].map(own).filter(Boolean)[0];
    if (tied) return { text: tied, tied: true };
    if (e.getAttribute('aria-label')) return { text: bare(e.getAttribute('aria-label')), tied: true };
    const by = e.getAttribute('aria-labelledby');
    if (by) return { text: bare(by.split(' ').map(id => (document.getElementById(id) || {}).innerText || '').join(' ')), tied: true };
    return { text: beside(e), tied: false };
  };
  const kindOf = e => {
    if (e.tagName === 'SELECT') return 'select';
    if (e.tagName === 'TEXTAREA') return 'textarea';
    return ['number', 'date', 'radio', 'checkbox', 'file', 'password', 'search', 'email', 'hidden'].includes(e.type) ? e.type : 'text';
  };
  const field = e => {
    const label = labelOf(e), group = e.closest('fieldset') && e.closest('fieldset').querySelector('legend');
    return {
      mark: mark(e), kind: kindOf(e), label: label.text, tied: label.tied, placeholder: flat(e.placeholder), name: e.name || '', id: e.id || '',
      css: css(e), required: !!e.required || /\*/.test([...(e.labels || [])].map(l => l.innerText).join('')), value: e.type === 'checkbox' ? '' : (e.value || ''),
      checked: !!e.checked, group: group ? bare(group.innerText) : '', disabled: !!e.disabled, readonly: !!e.readOnly,
      min: e.min || '', max: e.max || '', step: e.step || '', longest: e.maxLength > 0 ? e.maxLength : 0, mode: e.inputMode || '',
      multiple: !!e.multiple, pattern: e.pattern || '', autocomplete: e.autocomplete || '',
      date: /date|fecha/i.test([e.className, e.dataset.role, e.dataset.dateFormat, e.dataset.format, (e.parentElement || {}).className].join(' ')) || /^(yyyy|dd|mm)/i.test(e.placeholder || ''),
      options: e.tagName === 'SELECT' ? [...e.options].map(o => ({ label: flat(o.label), value: o.value })).slice(0, 60) : [],
    };
  };
  const FIELDS = 'input:not([type=hidden]):not([type=submit]):not([type=button]):not([type=reset]):not([type=image]),select,textarea';
  const SUBMITS = 'button:not([type=button]):not([type=reset]),input[type=submit],input[type=image]';
  const button = e => ({ mark: mark(e), text: said(e), css: css(e), name: e.name || '' });
  const drawn = e => !!e.closest('.select2-container,.select2-dropdown,.ts-control,.choices') || (e.tagName !== 'SELECT' && e.getAttribute('aria-hidden') === 'true');
  const shownOrDrawnOver = e => !drawn(e) && (seen(e) || ['checkbox', 'radio'].includes(e.type) || e.tagName === 'SELECT');
  const formOf = (form, fields, submits) => ({
    method: (form.method || 'get').toLowerCase(), action: form.action ? String(form.action) : '', visible: seen(form),
    fields: fields.filter(shownOrDrawnOver).map(field), submits: submits.filter(seen).map(button),
    dialog: !!form.closest('dialog,[role=dialog],.modal'),
  });
  const forms = [...document.forms].map(form => {
    const inside = e => e.form === form || form.contains(e);
    return formOf(form, [...document.querySelectorAll(FIELDS)].filter(inside), [...document.querySelectorAll(SUBMITS)].filter(inside));
  });
  const loose = [...document.querySelectorAll(FIELDS)].filter(e => !e.form && seen(e));
  if (loose.length)  // pages drawn by scripts often have fields without a form around them
    forms.push({ ...formOf(document.body, loose, [...document.querySelectorAll('button')].filter(e => !e.form)), method: 'script', action: '' });

  const NAV = 'nav,header,aside,[role=navigation],[role=menubar],[role=banner],[class*=sidebar],[class*=navbar],[id*=sidebar],[id*=menu],[class*=menu],[role=tablist]';
  const TOGGLE = 'button,summary,[aria-haspopup],[aria-expanded],[data-toggle],[data-bs-toggle],a[href="#"],a:not([href])';
  const toggleOf = e => {
    for (let box = e.parentElement; box && box !== document.body; box = box.parentElement) {
      const before = [...box.querySelectorAll(TOGGLE)].filter(t => seen(t) && !t.contains(e) && said(t)
        && (t.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING));
      if (before.length) return before[before.length - 1];
    }
    return null;
  };
  const behind = one => { const toggle = toggleOf(document.querySelector(`[data-gate='${one.mark}']`)); return toggle ? said(toggle) : ''; };
  const isPage = e => e.href && /^https?:/.test(url(e)) && (e.getAttribute('href') || '').replace(/^#$/, '') !== '';
  const link = e => ({
    mark: mark(e), text: said(e), href: url(e), css: css(e), title: e.title || e.dataset.originalTitle || e.dataset.bsOriginalTitle || '', seen: seen(e), blank: e.target === '_blank',
    posts: !!e.closest('form[method=post i]'), download: e.hasAttribute('download'),
  });
  const nav = [], listed = new Set();
  for (const area of document.querySelectorAll(NAV))
    for (const e of area.querySelectorAll('a[href],[role=tab],[role=menuitem],button')) {
      if (listed.has(e) || e.closest('main,[role=main],table,dialog,.modal') || (e.tagName === 'BUTTON' && e.form)) continue;
      const page = e.tagName === 'A' && isPage(e);
      if (!page && e.tagName === 'A') continue;
      listed.add(e);
      if (!page && e.matches('[aria-expanded],[aria-haspopup],[data-toggle],[data-bs-toggle],[aria-controls]')) continue;
      const toggle = seen(e) ? null : toggleOf(e);
      if (!seen(e) && !toggle) continue;
      if (said(e)) nav.push({ ...link(e), toggle: toggle ? said(toggle) : '', page });
    }

  const pairs = [...document.querySelectorAll('dt,th,label,strong,b,td:first-child')].filter(seen)
    .map(e => bare(e.innerText)).filter(t => t && t.length < 60);
  const main = document.querySelector('main,[role=main],#content,.content,.container') || document.body;
  return {
    url: location.href, title: flat(document.title),
    language: document.documentElement.lang || (/\b(de|los|las|el|salir|usuarios)\b/i.test(document.body.innerText) ? 'es' : 'en'),
    headings: [...document.querySelectorAll('h1,h2,h3,[role=heading],legend,caption')].filter(seen).map(e => flat(e.innerText)).filter(Boolean),
    main: [...main.querySelectorAll('h1,h2')].filter(e => seen(e) && !e.closest('nav,aside,dialog')).map(e => flat(e.innerText)).filter(Boolean),
    forms, nav,
    links: [...document.querySelectorAll('a[href],button')].filter(e => !listed.has(e)
        && (e.tagName !== 'A' || isPage(e) || /anular|eliminar|borrar|delete|remove|cancel|archiv|void|cerrar|close|salir|(log|sign) ?out|desconectar/i.test(said(e))))
      .map(e => ({ ...link(e), tag: e.tagName.toLowerCase(), row: !!e.closest('tr,li.list-group-item,[role=row]'), dialog: !!e.closest('dialog,[role=dialog],.modal') }))
      .map((one, rank, all) => all.length > 300 || one.seen || one.row ? { ...one, toggle: '' } : { ...one, toggle: behind(one) }),
    tables: [...document.querySelectorAll('table')].filter(seen).map(t => ({
      rows: t.querySelectorAll('tbody tr').length, heads: [...t.querySelectorAll('thead th')].map(e => bare(e.innerText)),
      first: [...t.querySelectorAll('tbody tr')].slice(0, 25).map(r => [...r.cells].map(c => ({
        text: flat(c.innerText), link: c.querySelector('a[href]') ? said(c.querySelector('a[href]')) : '' }))),
    })),
    listItems: main.querySelectorAll('li,article,[class*=card]').length,
    charts: [...document.querySelectorAll('canvas,main svg')].filter(e => seen(e) && e.getBoundingClientRect().width > 150).map(e => e.tagName.toLowerCase()),
    asked: performance.getEntriesByType('resource').filter(e => ['fetch', 'xmlhttprequest'].includes(e.initiatorType)
      && new URL(e.name).origin === location.origin).map(e => new URL(e.name).pathname),
    frames: [...document.querySelectorAll('iframe')].filter(seen).map(e => ({ css: css(e) || 'iframe', src: e.src })),
    labels: [...new Set(pairs)], text: flat(document.body.innerText),
    lines: (document.body.innerText || '').split('\n').map(flat).filter(Boolean),
  };
}
