import { join } from 'node:path';
import { states } from './states.mjs';

/** 1280 pixels at 400 % (WCAG 2.2, 1.4.10), and at 200 % (1.4.4). */
const SMALL = [
	['320 px wide', { width: 320, height: 640 }],
	['zoomed to 200 %', { width: 640, height: 450 }],
];
/** States whose controls differ. */
const KEYS = [
	'list',
	'a question waits',
	'filters',
	'call with findings',
	'session',
	'review, changed',
	'trust card, declared',
];
const CRAMPED = [
	'list',
	'a question waits',
	'filters',
	'call with its six groups',
	'session',
	'review, changed',
	'trust card, failed',
];
const PAINTED = ['list', 'session', 'progress', 'trust card, failed', 'trust card, verified'];
const MAX_TABS = 250;

/** Keyboard, motion, forced colours, small windows. Resolves with passed and failed. */
export async function runReachChecks(browser, origin, out) {
	const counts = { passed: 0, failed: 0 };
	const check = (name, ok, got = '') => {
		counts[ok ? 'passed' : 'failed']++;
		if (!ok) console.log(`FAILED reach: ${name} ${got === '' ? '' : JSON.stringify(got)}`);
	};
	const open = async (state, options = {}, theme = 'dark') => {
		const [place, query, lead] = states[state];
		const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
		const page = await context.newPage();
		await page.goto(`${origin}/${place}?theme=${theme}&${query}`);
		await lead(page);
		return page;
	};

	for (const state of KEYS) {
		const page = await open(state, { reducedMotion: 'reduce' });
		const wanted = await page.evaluate(markControls);
		for (let at = 0; at < MAX_TABS; at++) {
			await page.keyboard.press('Tab');
			if (await page.evaluate(noteFocus)) break;
		}
		const missed = await page.evaluate(missedControls);
		check(`${state}: Tab reaches every control`, wanted > 2 && missed.length === 0, missed);
		const hidden = await page.evaluate(() => window.reach.unseen);
		check(`${state}: what has the focus shows it`, hidden.length === 0, hidden);
		await page.context().close();
	}

	for (const [how, viewport] of SMALL) {
		for (const state of CRAMPED) {
			const page = await open(state, { viewport, reducedMotion: 'reduce' });
			const lost = await page.evaluate(outOfReach);
			check(`${state}, ${how}: nothing is cut off sideways`, lost.length === 0, lost);
			await page.screenshot({ path: join(out, `small-${viewport.width}-${state.replaceAll(/\W+/g, '-')}.png`) });
			await page.context().close();
		}
	}

	for (const [reducedMotion, moving] of [
		['no-preference', true],
		['reduce', false],
	]) {
		const page = await open('loading', { reducedMotion });
		await page.locator('mcp-firewall-panel .progress.busy').waitFor({ state: 'attached' });
		const running = await page.evaluate(animations);
		check(
			`motion, ${reducedMotion}: ${moving ? 'the bar moves' : 'nothing moves'}`,
			running > 0 === moving,
			running,
		);
		await page.context().close();
	}

	for (const state of PAINTED) {
		const page = await open(state, { forcedColors: 'active', reducedMotion: 'reduce' }, 'high-contrast');
		const faint = await page.evaluate(unpainted);
		check(`${state}, forced colours: icons, meters and frames are painted`, faint.length === 0, faint);
		await page.screenshot({ path: join(out, `forced-${state.replaceAll(/\W+/g, '-')}.png`) });
		await page.context().close();
	}

	console.log(`reach: ${counts.passed} passed, ${counts.failed} failed`);
	return counts;
}

/** Runs in the page. Marks what Tab has to reach, and says how much that is: of radio buttons one of each group. */
function markControls() {
	const deep = root =>
		[...root.querySelectorAll('*')].flatMap(element => [
			element,
			...(element.shadowRoot === null ? [] : deep(element.shadowRoot)),
		]);
	const wanted = deep(document).filter(
		element =>
			element.matches('button, select, input, textarea, a[href], summary, [tabindex]') &&
			element.tabIndex >= 0 &&
			!element.matches(':disabled') &&
			element.closest('[inert]') === null &&
			!(element.getRootNode().host?.closest('[inert]') ?? null) &&
			element.checkVisibility({ visibilityProperty: true }),
	);
	const groups = new Set();
	window.reach = {
		wanted: new Set(
			wanted.filter(
				({ type, name }) => type !== 'radio' || (!groups.has(name) && groups.add(name) !== undefined),
			),
		),
		met: new Set(),
		rounds: 0,
		unseen: [],
	};
	return window.reach.wanted.size;
}

/** Runs in the page. Notes what has the focus; true once Tab came round. */
function noteFocus() {
	let active = document.activeElement;
	while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
	const { wanted, met, unseen } = window.reach;
	// Behind the last one stands the window itself, once: the click that led here was somewhere in the middle.
	if (active === null || active === document.body) return ++window.reach.rounds > 1;
	if (met.has(active)) return window.reach.rounds > 1;
	met.add(active);
	const groups = new Set([...met].map(({ type, name }) => (type === 'radio' ? name : undefined)));
	const name = active.getAttribute('aria-label') ?? active.textContent.trim().slice(0, 40);
	const looks = [active, ...active.querySelectorAll('*')].some(element => {
		const { outlineStyle, outlineWidth } = window.getComputedStyle(element);
		return outlineStyle !== 'none' && parseFloat(outlineWidth) > 0;
	});
	if (!looks) unseen.push(`${active.localName} ${name}`);
	return [...wanted].every(each => met.has(each) || (each.type === 'radio' && groups.has(each.name)));
}

/** Runs in the page. Which of the controls Tab did not reach; a radio button stands for its group. */
function missedControls() {
	const { wanted, met } = window.reach;
	const groups = new Set([...met].filter(({ type }) => type === 'radio').map(({ name }) => name));
	return [...wanted]
		.filter(element => element.isConnected && !met.has(element))
		.filter(({ type, name }) => type !== 'radio' || !groups.has(name))
		.map(element => `${element.localName} ${element.getAttribute('aria-label') ?? element.textContent.trim()}`);
}

/** Runs in the page. What stands beside the window, where no scrolling leads. */
function outOfReach() {
	const width = document.documentElement.clientWidth;
	const lost =
		document.documentElement.scrollWidth > width ? [`page of ${document.documentElement.scrollWidth}`] : [];
	const scrolls = element => {
		for (let up = element; up !== null; up = up.parentElement ?? up.getRootNode().host ?? null) {
			const { overflowX } = window.getComputedStyle(up);
			if (overflowX === 'auto' || overflowX === 'scroll') return true;
		}
		return false;
	};
	const visit = root => {
		for (const element of root.querySelectorAll('*')) {
			if (element.matches('button, select, input, h1, h2, h3, dt, dd') && element.checkVisibility()) {
				const { left, right } = element.getBoundingClientRect();
				const spoken = element.matches('.spoken');
				if (!spoken && (left < -1 || right > width + 1) && !scrolls(element)) {
					lost.push(`${element.localName} ${element.textContent.trim().slice(0, 40)}`);
				}
			}
			if (element.shadowRoot !== null) visit(element.shadowRoot);
		}
	};
	visit(document);
	return lost;
}

/** Runs in the page. How much moves. */
function animations() {
	const roots = [document];
	const visit = root => {
		for (const { shadowRoot } of root.querySelectorAll('*')) {
			if (shadowRoot !== null) {
				roots.push(shadowRoot);
				visit(shadowRoot);
			}
		}
	};
	visit(document);
	return roots.flatMap(root => root.getAnimations()).filter(({ playState }) => playState === 'running').length;
}

/** Runs in the page. Marks that the system's colours would make invisible. */
function unpainted() {
	const faint = [];
	const behind = window.getComputedStyle(document.body).backgroundColor;
	const visit = root => {
		for (const element of root.querySelectorAll('.icon, .meter > span, .part, rect[fill], .state')) {
			if (!element.checkVisibility({ visibilityProperty: true })) continue;
			const { stroke, fill, color, backgroundColor, borderTopStyle } = window.getComputedStyle(element);
			const paints = element.matches('.icon')
				? [stroke === 'none' ? color : stroke]
				: element.matches('rect')
					? [fill]
					: element.matches('.state')
						? [borderTopStyle === 'none' ? behind : 'framed']
						: [backgroundColor];
			if (paints.some(paint => paint === behind || paint === 'rgba(0, 0, 0, 0)')) {
				faint.push(`${element.localName}.${String(element.getAttribute('class'))} ${paints.join()}`);
			}
		}
		for (const { shadowRoot } of root.querySelectorAll('*')) if (shadowRoot !== null) visit(shadowRoot);
	};
	visit(document);
	return faint;
}
