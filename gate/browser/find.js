// Finds links, buttons and form fields by what a person reads on them, many in one look, and marks each.
// Only plain cases are told here: exact words, no iframe, no shadow tree. Null: look more closely.
([asked, mark]) => {
  const flat = text => (text || '').replace(/[\s\u00a0\u200b]+/g, ' ').trim();
  const bare = text => flat(text).replace(/[\s:*]+$/, '');
  const seen = e => {
    const box = e.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && getComputedStyle(e).visibility === 'visible' && !e.closest('[aria-hidden=true]');
  };
  // What a drawn dialog covers cannot be clicked: while one is open it is the whole page.
  const dialogs = [...document.querySelectorAll('dialog[open],[role=dialog],[role=alertdialog]')]
    .filter(e => e.matches('dialog[open]') || seen(e));
  const scope = dialogs.pop() || document;

  const CLICKABLE = 'a[href],button,input[type=submit],input[type=button],input[type=reset],' +
    ['link', 'button', 'menuitem', 'tab', 'option', 'checkbox', 'radio', 'treeitem'].map(role => `[role=${role}]`).join();
  const called = e => flat(e.getAttribute('aria-label') || (e.tagName === 'INPUT' ? e.value : e.innerText));
  const clickable = said => {
    const named = css => [...scope.querySelectorAll(css)]
      .filter(e => called(e) === said && !e.hasAttribute('aria-labelledby') && seen(e));
    const found = named(CLICKABLE);
    return found.length ? found : named('summary');
  };

  const FIELD = 'input,select,textarea,[contenteditable=true],[role=combobox]';
  const own = node => node.nodeType === 3 ? node.data
    : node.nodeType !== 1 || node.matches('script,style,' + FIELD) ? ' ' : [...node.childNodes].map(own).join('');
  let labels = null;
  const labelled = () => labels || (labels = [...scope.querySelectorAll(FIELD)].map(e => [e,
    [...(e.labels || []), ...(e.getAttribute('aria-labelledby') || '').split(/\s+/).filter(Boolean)
      .map(id => document.getElementById(id)).filter(Boolean)].map(label => flat(own(label)))
      .concat(flat(e.getAttribute('aria-label')))]));
  const field = said => {
    const by = same => labelled().filter(([, texts]) => texts.some(same)).map(([e]) => e);
    const exact = by(text => text === said);
    return exact.length ? exact : by(text => text && bare(text) === bare(said));
  };

  // Whether a click at its middle hits it now and in a moment: Playwright need not watch it for two frames.
  const moving = document.getAnimations().some(one => one.playState === 'running');
  const still = e => {
    const box = e.getClientRects()[0];
    const hit = box && document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return !moving && !!hit && e.contains(hit) && !e.matches(':disabled') && !e.closest('[aria-disabled=true]');
  };

  return asked.map(([kind, said], rank) => {
    const all = kind === 'clickable' ? clickable(flat(said)) : field(flat(said));
    const e = (kind === 'radio' ? all.filter(one => one.type === 'radio') : all)[0];
    if (!e) return null;
    e.dataset.gateFound ||= `${mark}-${rank}`;
    const around = e.closest('a, button');
    return {mark: e.dataset.gateFound, new_tab: !!around && (around.target || around.formTarget) === '_blank', still: still(e)};
  });
}
