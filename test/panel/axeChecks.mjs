import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const THEMES = process.env.THEMES?.split(',') ?? ['dark', 'light', 'high-contrast', 'high-contrast-light'];
const WIDE = { width: 1280, height: 900 };
/** 1280 CSS pixels at 400 % (WCAG 2.2, 1.4.10 Reflow); 640 is the same window at 200 %. */
const NARROW = { width: 320, height: 640 };
/** Off unless asked for: what axe holds to be experimental, or not yet asked of everybody. None is turned off. */
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

const calls = page => page.locator('mcp-firewall-calls .row.call').first().waitFor();
const detail = page => page.locator('mcp-firewall-entry .actions').waitFor();
const openCall = async (page, what) => {
	await calls(page);
	await page.locator('.row.call').filter({ hasText: what }).first().click();
	await detail(page);
};
const addFilter = (page, value) => page.getByLabel('Add filter').selectOption(value);

/** Every face of the three pages that has controls or words of its own: page, query, what leads there. */
const STATES = {
	list: ['', 'entries=500', calls],
	loading: ['', 'entries=500&delay=600000', () => undefined],
	empty: ['', 'entries=0', page => page.getByText('No calls yet.').waitFor()],
	'no match': [
		'',
		'entries=50',
		async page => {
			await page.getByLabel('Search the masked entries').fill('no such thing');
			await page.getByText('No calls match these filters.').waitFor();
		},
	],
	failed: [
		'',
		'entries=50',
		async page => {
			await calls(page);
			await page.evaluate(() => {
				window.fake.host.failing = true;
				window.fake.grow(1);
			});
			await page.getByRole('alert').waitFor();
		},
	],
	'broken chain': [
		'',
		'entries=50',
		async page => {
			await calls(page);
			await page.evaluate(() => {
				window.fake.host.broken = true;
			});
			await page.getByRole('button', { name: /^Verify/ }).click();
			await page.getByRole('button', { name: /^Verify/ }).filter({ hasText: 'Chain broken' }).waitFor();
		},
	],
	progress: [
		'',
		'entries=50',
		async page => {
			await calls(page);
			await page.evaluate(() => window.fake.post({ kind: 'progress', what: 'Building the index', done: 0.37 }));
			await page.getByRole('progressbar').waitFor();
		},
	],
	filters: [
		'',
		'entries=500',
		async page => {
			await calls(page);
			for (const facet of ['server', 'tool', 'verdict', 'capability', 'rule', 'agent', 'label', 'findings']) {
				await addFilter(page, facet);
				const name = `${facet[0].toUpperCase()}${facet.slice(1)}`;
				const choice = page.getByLabel(name, { exact: true }).first();
				if (facet !== 'findings') await choice.selectOption({ index: 1 });
			}
			await page.locator('.count').filter({ hasText: /match/ }).waitFor();
		},
	],
	'call with its six groups': ['', 'entries=400', page => openCall(page, 'write_file')],
	'call with findings': [
		'',
		'entries=500',
		async page => {
			await calls(page);
			await addFilter(page, 'findings');
			await page.locator('.row.withheld').first().click();
			await page.locator('mcp-firewall-entry .findings').waitFor();
		},
	],
	event: [
		'',
		'entries=300',
		async page => {
			await calls(page);
			await page.locator('.row.lifecycle').first().click();
			await page.getByRole('heading', { name: 'Event', exact: true }).waitFor();
		},
	],
	hostile: [
		'',
		'entries=2000',
		async page => {
			await page.getByLabel('Search the masked entries').fill('onerror');
			await page.locator('.row .hidden-char').first().waitFor();
			await page.locator('.row.call').first().click();
			await page.locator('mcp-firewall-entry pre').first().waitFor();
		},
	],
	session: [
		'',
		'entries=600',
		async page => {
			await openCall(page, 'github');
			await page.getByRole('button', { name: 'Show Session' }).click();
			await page.locator('mcp-firewall-story .step.active').waitFor();
		},
	],
	timeline: [
		'',
		'entries=800',
		async page => {
			const plot = page.locator('mcp-firewall-timeline .plot');
			await plot.locator('.option').first().waitFor();
			await plot.focus();
			await page.keyboard.press('Shift+ArrowLeft');
		},
	],
	'new rows': [
		'',
		'entries=3000',
		async page => {
			await calls(page);
			await page.locator('mcp-firewall-calls .scroller').evaluate(element => element.scrollTo(0, 2400));
			await page.locator('#row-105:not(.loading)').waitFor();
			await page.evaluate(() => window.fake.grow(3));
			await page.locator('button.pill').waitFor();
		},
	],
	'review, first': ['review', 'review=first', page => page.locator('mcp-firewall-review h1').waitFor()],
	'review, changed': ['review', 'review=changed', page => page.locator('mcp-firewall-review h1').waitFor()],
	'review, unpinned': ['review', 'unpinned=1', page => page.locator('mcp-firewall-review h1').waitFor()],
	...Object.fromEntries(
		['verified', 'declared', 'none', 'checking', 'failed', 'hostile'].map(state => [
			`trust card, ${state}`,
			['trust', `state=${state}`, page => page.locator('mcp-firewall-trust h1').waitFor()],
		]),
	),
};

/** axe-core over every state in every theme. Resolves with passed and failed. */
export async function runAxeChecks(browser, origin, { only = '' } = {}) {
	const counts = { passed: 0, failed: 0 };
	const open = async (place, query, options) => {
		const context = await browser.newContext({ viewport: WIDE, ...options });
		const page = await context.newPage();
		page.setDefaultTimeout(10_000);
		await page.goto(`${origin}/${place}?${query}`);
		return page;
	};
	for (const [name, [place, query, lead]] of Object.entries(STATES)) {
		if (!name.includes(only)) continue;
		for (const theme of THEMES) {
			const page = await open(place, `theme=${theme}&${query}`);
			await lead(page);
			const found = await violations(page);
			counts[found.length ? 'failed' : 'passed']++;
			for (const each of found) console.log(`FAILED axe: ${name}, ${theme}: ${each}`);
			await page.context().close();
		}
	}
	console.log(`axe: ${counts.passed} passed, ${counts.failed} failed`);
	return counts;
}

/** What axe says against the page, a line for each rule. */
async function violations(page) {
	// What the debugger evaluates, the page's policy does not judge: it stays in force for all else.
	await page.evaluate(axeSource);
	const { violations: found } = await page.evaluate(
		rules =>
			window.axe.run(document, {
				resultTypes: ['violations'],
				rules: Object.fromEntries(rules.map(rule => [rule, { enabled: true }])),
			}),
		MORE_RULES,
	);
	return found.map(
		({ id, nodes }) =>
			`${id}, ${nodes.length} times: ${nodes
				.slice(0, 4)
				.map(({ target, any, all, none }) =>
					[target.flat().join(' '), ...[...any, ...all, ...none].map(({ message }) => message)].join(' — '),
				)
				.join(' | ')}`,
	);
}
