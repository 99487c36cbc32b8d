// Opens the deal that the address names: #d3 a deal, #d3-r1 a risk, #d3-c2 a conversation, #d3-c2-t14 a turn.
(() => {
  'use strict';
  const list = document.getElementById('list');
  const pane = document.getElementById('deal');
  const trouble = document.getElementById('trouble');
  const title = document.title;
  let open = list ? null : '0';
  let scrolled = 0;

  async function unpack(id) {
    const packed = document.getElementById(id);
    if (!packed) throw new Error('no ' + id);
    const bytes = Uint8Array.from(atob(packed.textContent.trim()), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
    return new Response(stream).text();
  }

  // What each measure counts stands once for all deals.
  let meanings;
  function meaningsOnce() {
    meanings ??= unpack('meanings').then(JSON.parse);
    return meanings;
  }

  function say(text) {
    trouble.hidden = !text;
    trouble.textContent = text;
  }

  function showList() {
    if (!list) return;
    const from = open;
    open = null;
    pane.hidden = true;
    pane.replaceChildren();
    list.hidden = false;
    document.title = title;
    scrollTo(0, scrolled);
    const link = from !== null && document.querySelector('#row-d' + from + ' a');
    if (link) link.focus({ preventScroll: true });
  }

  async function showDeal(n) {
    if (open === n) return;
    const html = await unpack('z' + n);
    const meanings = await meaningsOnce();
    if (open === null) scrolled = scrollY;
    open = n;
    // Made by our own templates, which escape every word from outside; the page's policy would refuse a script in it.
    pane.innerHTML = html;
    pane.querySelectorAll('[data-measure]').forEach((note) => note.prepend(meanings[note.dataset.measure]));
    // The neighbours are those of the list, which is put in order when all deals are known.
    const order = [...document.querySelectorAll('.row')].map((row) => row.id.slice('row-d'.length));
    const place = order.indexOf(n);
    for (const [rel, near] of [['prev', order[place - 1]], ['next', order[place + 1]]]) {
      const link = pane.querySelector('a[rel=' + rel + ']');
      if (!link || near === undefined) continue;
      link.href = '#d' + near;
      link.hidden = false;
    }
    list.hidden = true;
    pane.hidden = false;
    const head = pane.querySelector('h1');
    document.title = head.textContent.slice(0, 200) + ' · dealtone';
    scrollTo(0, 0);
    head.focus({ preventScroll: true });
  }

  function point(id) {
    document.querySelectorAll('.here').forEach((e) => e.classList.remove('here'));
    const target = document.getElementById(id);
    if (!target) return;
    for (let e = target; e; e = e.parentElement) if (e.tagName === 'DETAILS') e.open = true;
    target.classList.add('here');
    target.scrollIntoView({ block: target.tagName === 'LI' ? 'center' : 'start' });
    const focus = target.tagName === 'DETAILS' ? target.querySelector('summary') : target;
    focus.focus({ preventScroll: true });
  }

  async function go() {
    const id = location.hash.slice(1);
    const deal = /^d(\d+)(-|$)/.exec(id);
    say('');
    if (!deal) return id === '' || id === 'list' ? showList() : undefined;
    try {
      await showDeal(deal[1]);
    } catch (e) {
      showList();
      say('This deal could not be opened here: the browser is too old (it lacks DecompressionStream), or the file was cut short.');
      return;
    }
    if (id !== deal[0]) point(id);
  }

  addEventListener('hashchange', go);
  document.addEventListener('click', (event) => {
    const mark = event.target.closest('[data-go]');
    if (mark) location.hash = mark.dataset.go;
    // The address stays the same when a link is followed twice; go there again all the same.
    const link = event.target.closest('a[href^="#"]');
    if (link && link.getAttribute('href') === location.hash) go();
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && open !== null && list) location.hash = 'list';
    if (event.key === '/' && list && !list.hidden && event.target.tagName !== 'INPUT') {
      event.preventDefault();
      document.getElementById('find').focus();
    }
  });

  const find = document.getElementById('find');
  if (find) {
    const rows = [...document.querySelectorAll('.row')].map((row) => [row, row.textContent.toLowerCase()]);
    const found = document.getElementById('found');
    if (rows.length > 5) document.querySelector('.find').hidden = false;
    find.addEventListener('input', () => {
      const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
      let n = 0;
      for (const [row, text] of rows) {
        const fits = words.every((w) => text.includes(w));
        row.hidden = !fits;
        n += fits;
      }
      found.textContent = words.length ? n + ' of ' + rows.length : '';
    });
  }
  go();
})();
