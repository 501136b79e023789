import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { states } from './states.mjs';
import { themes } from './themes.mjs';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Off in axe unless asked for: experimental, or not yet asked of everybody. No rule is turned off. */
const MORE_RULES = [
	'css-orientation-lock',
	'focus-order-semantics',
	'hidden-content',
	'label-content-name-mismatch',
	'p-as-heading',
	'table-fake-caption',
	'target-size',
	'td-has-header',
];
/** What a theme changes is colour: the other themes of a state are asked for these alone. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];
/**
 * The one exception. A step of a session is an option whose name tells in one sentence what stands there in columns and marks, so
 * that it does not hold the visible text word for word. Nobody calls a whole row by its text (WCAG 2.5.3 is about labels of controls).
 */
const EXCEPT = [{ rule: 'label-content-name-mismatch', target: /^#step-\d+$/ }];

/** axe-core over every state in every theme. Resolves with passed and failed. */
export async function runAxeChecks(browser, origin, only = '') {
	const counts = { passed: 0, failed: 0 };
	for (const [name, [place, query, lead]] of Object.entries(states)) {
		if (!name.includes(only)) continue;
		const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' });
		const page = await context.newPage();
		await page.goto(`${origin}/${place}?theme=dark&${query}`);
		await lead(page);
		for (const theme of Object.keys(themes)) {
			await page.evaluate(applyTheme, themes[theme]);
			const found = await axeViolations(page, theme === 'dark' ? undefined : COLOUR_RULES);
			counts[found.length ? 'failed' : 'passed']++;
			for (const each of found) console.log(`FAILED axe: ${name}, ${theme}: ${each}`);
		}
		await context.close();
	}
	console.log(`axe: ${counts.passed} passed, ${counts.failed} failed`);
	return counts;
}

/** Runs in the page: as the editor does when its theme changes. */
function applyTheme(theme) {
	const root = document.documentElement;
	root.removeAttribute('style');
	for (const [name, value] of Object.entries(theme)) {
		root.style.setProperty(name === 'color-scheme' ? name : `--vscode-${name}`, value);
	}
}

/**
 * What axe says against a page or a frame, a line for each rule.
 *
 * @param {import('playwright-core').Page | import('playwright-core').Frame} page
 * @param {readonly string[]} [only] these rules alone, instead of all
 */
export async function axeViolations(page, only) {
	// What the debugger evaluates the page's policy does not judge: it stays in force for all else.
	if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource);
	const { violations: found } = await page.evaluate(
		([rules, alone]) =>
			window.axe.run(document, {
				resultTypes: ['violations'],
				...(alone
					? { runOnly: { type: 'rule', values: alone } }
					: { rules: Object.fromEntries(rules.map(rule => [rule, { enabled: true }])) }),
			}),
		[MORE_RULES, only],
	);
	return found.flatMap(({ id, nodes }) => {
		const left = nodes.filter(
			({ target }) => !EXCEPT.some(({ rule, target: where }) => rule === id && where.test(target.flat().at(-1))),
		);
		return left.length === 0 ? [] : [`${id}, ${left.length} times: ${left.slice(0, 4).map(told).join(' | ')}`];
	});
}

function told({ target, any, all, none }) {
	return [target.flat().join(' '), ...[...any, ...all, ...none].map(({ message }) => message)].join(' - ');
}
