// Opens a report.html in Chromium as a reader would, and checks what only a browser can tell. See README.md.
//
//     node browser.mjs REPORT.html [--shots DIR]
//
// Prints one line a check and exits 1 where one failed.
import { readFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const args = process.argv.slice(2);
const shots = args.includes('--shots') ? args.splice(args.indexOf('--shots'), 2)[1] : null;
if (args.length !== 1) {
  console.error('usage: node browser.mjs REPORT.html [--shots DIR]');
  process.exit(2);
}
const url = pathToFileURL(resolve(args[0])).href;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
if (shots) mkdirSync(shots, { recursive: true });

let failed = 0;
function check(what, ok, detail = '') {
  if (!ok) failed += 1;
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${what}${detail !== '' ? ': ' + detail : ''}`);
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  // As root, Chromium's own sandbox cannot start.
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
const said = [];
const fetched = [];

async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 1000 }, ...options });
  const page = await context.newPage();
  page.on('console', (m) => said.push(m.text()));
  page.on('pageerror', (e) => said.push(e.message));
  page.on('request', (r) => { if (r.url().split('#')[0] !== url) fetched.push(r.url()); });
  return page;
}

async function goto(page, hash) {
  await page.evaluate((h) => { location.hash = h; }, hash);
  await page.waitForFunction((h) => h === 'list' ? !document.getElementById('list').hidden : document.getElementById(h) || (/^d\d+$/.test(h) && document.querySelector(`#deal [id^="${h}-"]`)), hash);
  await page.waitForTimeout(50);
}

async function audit(page, what) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
  const grave = violations.filter((v) => ['serious', 'critical'].includes(v.impact));
  check(`axe finds nothing serious: ${what}`, grave.length === 0, grave.map((v) => `${v.id} at ${v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).join('; ')}`).join(' | '));
  for (const v of violations.filter((v) => !grave.includes(v))) console.log(`     (${v.impact}) ${v.id}: ${v.nodes[0].target.join(' ')}`);
}

// How fast it opens, and whether it scrolls.
{
  const page = await open();
  const start = performance.now();
  await page.goto(url, { waitUntil: 'load' });
  await page.evaluate(() => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r))));
  const ms = performance.now() - start;
  check('opens in under 2 s', ms < 2000, `${ms.toFixed(0)} ms, ${(readFileSync(resolve(args[0])).length / 1e6).toFixed(2)} MB, ${await page.locator('.row').count()} deals`);
  const worst = await page.evaluate(async () => {
    let worst = 0;
    let last = performance.now();
    for (let i = 0; i < 60; i += 1) {
      scrollBy(0, 900);
      await new Promise(requestAnimationFrame);
      const now = performance.now();
      worst = Math.max(worst, now - last);
      last = now;
    }
    return worst;
  });
  check('scrolls without a stall', worst < 200, `longest frame ${worst.toFixed(0)} ms`);
  await page.evaluate(() => scrollTo(0, 0));
  const clicked = performance.now();
  await page.locator('.row h2 a').first().click();
  await page.waitForSelector('#deal h1');
  const opened = performance.now() - clicked;
  check('a deal opens in under a second', opened < 1000, `${opened.toFixed(0)} ms`);
  await page.context().close();
}

// From the list to a deal, a flag, its quote, the turn, and back; first by pointer, then by key.
{
  const page = await open();
  await page.goto(url);
  const rows = page.locator('.row');
  // A deal that has a flag with words on its timeline.
  let n = 0;
  for (; n < await rows.count(); n += 1) {
    const name = await rows.nth(n).locator('h2').innerText();
    await rows.nth(n).locator('h2 a').click();
    await page.waitForSelector('#deal h1');
    if (n === 0) check('the deal is the one that was clicked', (await page.locator('#deal h1').innerText()).trim() === name.trim());
    if (await page.locator('.timeline.wide .flag').count()) break;
    await page.goBack();
  }
  // The first one: those at the end may rest on what has not happened, and have no quote.
  const flag = page.locator('.timeline.wide .flag').first();
  const number = await flag.locator('text').innerText().catch(() => flag.locator('text').textContent());
  await flag.click();
  const card = page.locator('.card.here');
  await card.waitFor();
  check('a flag leads to its risk', (await card.locator('.number').first().innerText()) === number.trim());
  const quote = card.locator('blockquote').first();
  const words = (await quote.locator('p').innerText()).trim();
  await quote.locator('a').click();
  const turn = page.locator('.turns li.here');
  await turn.waitFor();
  const heard = (await turn.locator('.said').innerText()).replace(/\s+/g, ' ');
  check('a quote leads to the turn that holds it', words.split(/\s+/).slice(0, 4).every((w) => heard.includes(w)));
  check('the turn is in view', await turn.evaluate((e) => { const r = e.getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight; }));
  check('the turn names the risk', (await turn.locator(`a.number`).allInnerTexts()).includes(number.trim()));
  await turn.locator('a.number').first().click();
  check('and leads back to it', await page.locator('.card.here').count() === 1);
  await page.keyboard.press('Escape');
  await page.waitForSelector('#list:not([hidden])');
  // Deals are numbered as they came in, which is not their place in the list.
  const row = await rows.nth(n).getAttribute('id');
  check('Escape leads back to the list, to the same deal', await page.evaluate((id) => document.activeElement.closest('.row')?.id === id, row));

  await page.goto('about:blank');
  await page.goto(url);
  await page.keyboard.press('Tab');
  check('the first stop is the way to the content', (await page.evaluate(() => document.activeElement.className)) === 'skip');
  for (let i = 0; i < 5 && !(await page.evaluate(() => document.activeElement.matches('.row a'))); i += 1) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#deal h1');
  check('a deal opens by key, with the focus on its name', await page.evaluate(() => document.activeElement.tagName === 'H1'));
  await page.goBack();
  await page.waitForSelector('#list:not([hidden])');
  if (await rows.count() > 5) {
    await page.keyboard.press('/');
    const word = (await rows.nth(3).locator('h2').innerText()).split(/\s+/)[0];
    await page.keyboard.type(word);
    const seen = await rows.evaluateAll((all) => all.filter((r) => !r.hidden).length);
    check('finding narrows the list', seen >= 1 && seen < await rows.count(), await page.locator('#found').innerText());
  }
  await page.context().close();
}

// Every width and scheme: fits, and passes axe.
for (const width of [1400, 800, 390]) {
  for (const colorScheme of ['light', 'dark']) {
    const page = await open({ viewport: { width, height: 900 }, colorScheme });
    await page.goto(url);
    const fits = async (what) => {
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      check(`${what} fits ${width} px, ${colorScheme}`, over <= 0, over > 0 ? `${over} px too wide` : '');
      if (shots) await page.screenshot({ path: `${shots}/${what}-${width}-${colorScheme}.png`, fullPage: what === 'deal' });
    };
    await fits('list');
    if (await page.locator('.row').count() <= 50) await audit(page, `list, ${width} px, ${colorScheme}`);
    await goto(page, 'd0');
    await fits('deal');
    await page.evaluate(() => document.querySelectorAll('#deal details').forEach((d) => { d.open = true; }));
    await fits('conversation');
    await audit(page, `deal with everything open, ${width} px, ${colorScheme}`);
    await page.context().close();
  }
}

// On paper, and without script.
{
  const page = await open();
  await page.goto(url);
  const most = Math.min(20, await page.locator('.row').count());
  const lengths = [];
  for (let n = 0; n < most; n += 1) {
    await goto(page, 'd' + n);
    const pdf = await page.pdf({ preferCSSPageSize: true, ...(shots && n === 0 ? { path: `${shots}/deal.pdf` } : {}) });
    lengths.push(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0);
  }
  check('a deal prints on two pages at most', lengths.every((n) => n > 0 && n <= 2), lengths.join(' '));
  await page.context().close();
  const bare = await open({ javaScriptEnabled: false });
  await bare.goto(url);
  check('the list reads without script', await bare.locator('.row h2').first().isVisible() && await bare.locator('noscript').count() === 1);
  await bare.context().close();
}

check('nothing was fetched', fetched.length === 0, fetched.slice(0, 3).join(' '));
check('nothing was logged', said.length === 0, said.slice(0, 3).join(' | '));
await browser.close();
console.log(failed ? `${failed} failed` : 'all well');
process.exit(failed ? 1 : 0);
