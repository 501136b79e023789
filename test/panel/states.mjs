import { showQuestion } from './waitingChecks.mjs';

const calls = page => page.locator('mcp-firewall-calls .row.call').first().waitFor();
const detail = page => page.locator('mcp-firewall-entry .actions').waitFor();
const openCall = async (page, what) => {
	await calls(page);
	await page.locator('.row.call').filter({ hasText: what }).first().click();
	await detail(page);
};
const addFilter = (page, value) => page.getByLabel('Add filter').selectOption(value);

/** Every face of the three pages that has controls or words of its own: page, query, what leads there. */
export const states = {
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
			await page
				.getByRole('button', { name: /^Verify/ })
				.filter({ hasText: 'Chain broken' })
				.waitFor();
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
	question: [
		'',
		'entries=50',
		async page => {
			await calls(page);
			await showQuestion(page, 1);
			await page.getByRole('button', { name: 'Allow Once', disabled: false }).waitFor();
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
