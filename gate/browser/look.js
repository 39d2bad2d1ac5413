// What a page shows, how long it took, and how long the server took for the page and for its data.
() => {
  const seen = e => !!(e.offsetParent || e.getClientRects().length);
  const nav = performance.getEntriesByType('navigation')[0];
  // A redirect is the server's time too; where early hints came, the answer itself begins after them.
  const served = (e, kind) => ({kind, url: e.name, start: e.startTime, ms: Math.round(
    e.redirectEnd - e.redirectStart + Math.max(0, (e.finalResponseHeadersStart || e.responseStart) - e.requestStart))});
  const data = performance.getEntriesByType('resource').filter(e =>
    ['fetch', 'xmlhttprequest', 'iframe', 'frame'].includes(e.initiatorType) && new URL(e.name).origin === location.origin);
  return {
    text: document.body ? document.body.innerText : '',
    title: document.title,
    headings: [...document.querySelectorAll('h1,h2,h3,[role=heading],legend,caption')]
      .filter(seen).map(e => e.innerText),
    took: nav ? Math.round((nav.loadEventEnd || nav.domContentLoadedEventEnd || performance.now()) - nav.startTime) : 0,
    served: [...(nav ? [served(nav, 'page')] : []), ...data.map(e => served(e, 'data'))],
    origin: performance.timeOrigin,
    now: Math.round(performance.now()),
  };
}
