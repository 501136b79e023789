/** Overview, sessions, the page of a call, and what the host says of its own accord. */
export async function runViewChecks({ open, done, shot, check, addFilter, lastOf, count }) {
	const activeOption = page => page.locator('mcp-firewall-timeline .plot').getAttribute('aria-activedescendant');

	const overview = await open('entries=800');
	const plot = overview.locator('mcp-firewall-timeline .plot');
	await plot.locator('.option').first().waitFor();
	const described = await plot.locator('.option').nth(3).getAttribute('aria-label');
	check('a bucket says its numbers', / to .*: .*\d+ (allowed|asked|denied|no verdict)/.test(described), described);
	const box = await plot.boundingBox();
	await overview.mouse.move(box.x + box.width * 0.25, box.y + 30);
	await overview.mouse.down();
	await overview.mouse.move(box.x + box.width * 0.5, box.y + 30, { steps: 4 });
	await shot(overview, 'dark-brush');
	await overview.mouse.up();
	await count(overview, /matches$/);
	const brushed = (await lastOf(overview, 'query')).filter;
	const parts = [brushed.from, brushed.to].map(time => Date.parse(time));
	check('dragging sets a stretch of time', parts[0] < parts[1], brushed);
	await overview.getByRole('button', { name: 'Show all time' }).click();
	await count(overview, '800 entries');
	await plot.focus();
	check('focus stands on the newest bucket', (await activeOption(overview)) === 'b-59', await activeOption(overview));
	await overview.keyboard.press('ArrowLeft');
	await overview.keyboard.press('Shift+ArrowLeft');
	await overview.keyboard.press('Shift+ArrowLeft');
	const chosen = await plot.locator('[aria-selected=true]').count();
	check('shift and arrows choose', chosen === 3, chosen);
	await overview.keyboard.press('Enter');
	await count(overview, /matches$/);
	const byKey = (await lastOf(overview, 'query')).filter;
	check('enter sets the stretch', byKey.from !== undefined && byKey.to !== undefined, byKey);
	check('the time can be edited', (await overview.getByLabel('From').inputValue()) !== '');
	await overview.getByRole('button', { name: 'Remove Time filter' }).click();
	await count(overview, '800 entries');
	await overview.locator('mcp-firewall-overview .top button').first().click();
	await count(overview, /matches$/);
	check('a top server filters', (await lastOf(overview, 'query')).filter.server === 'filesystem');
	await overview.locator('mcp-firewall-overview .top').last().locator('button').first().click();
	await overview.waitForFunction(() =>
		window.fake.requests.some(({ kind, filter }) => kind === 'query' && filter.verdict === 'refused'),
	);
	await count(overview, /[1-9]\d* matches$/);
	await shot(overview, 'dark-chips');
	await overview.getByRole('button', { name: 'Copy link to this view' }).click();
	const link = await lastOf(overview, 'link');
	check('a link holds the filter', link.filter.server === 'filesystem' && link.filter.verdict === 'refused', link);
	await overview.getByRole('button', { name: 'Export what is listed…' }).click();
	check('an export holds the filter', (await lastOf(overview, 'export')).filter.server === 'filesystem');
	await overview.getByRole('button', { name: 'Reset' }).click();
	await count(overview, '800 entries');
	await overview.getByRole('button', { name: 'Overview' }).click();
	await plot.waitFor({ state: 'detached' });
	const asked = await overview.evaluate(() => window.fake.requests.length);
	await addFilter(overview, 'events');
	await count(overview, /matches$/);
	const kinds = await overview.evaluate(from => window.fake.requests.slice(from).map(({ kind }) => kind), asked);
	check('a folded overview is not asked for', !kinds.includes('overview'), kinds);
	await overview.reload();
	await count(overview, /matches$/);
	check(
		'it stays folded',
		(await overview.getByRole('button', { name: 'Overview' }).getAttribute('aria-expanded')) === 'false',
	);
	await done('overview', overview);

	const menu = await open('entries=300');
	await menu.locator('.row.call').first().waitFor();
	const before = (await lastOf(menu, 'query')).query;
	await menu.getByLabel('Add filter').focus();
	await menu.keyboard.press('ArrowDown');
	await menu.keyboard.press('Escape');
	check('arrows on the menu choose nothing blindly', (await lastOf(menu, 'query')).query === before);
	for (const [facet, value] of [
		['capability', 'filesystem.write'],
		['rule', 'ask-before-writing'],
		['agent', 'Visual Studio Code'],
		['review', 'active'],
		['version', '2025.8.21'],
		['label', 'untrusted'],
	]) {
		await addFilter(menu, facet);
		const name = facet[0].toUpperCase() + facet.slice(1);
		await menu.getByLabel(name, { exact: true }).selectOption(value);
	}
	await addFilter(menu, 'calls');
	await count(menu, /match(es)?$/);
	const all = (await lastOf(menu, 'query')).filter;
	check('every facet combines', Object.keys(all).length === 7 && all.kind === 'calls', all);
	await menu.getByRole('button', { name: 'Remove Rule filter' }).click();
	await menu.waitForFunction(() => window.fake.requests.at(-1).filter?.rule === undefined);
	check('a chip can be taken away alone', Object.keys((await lastOf(menu, 'query')).filter).length === 6);
	await addFilter(menu, 'tool');
	await menu.getByLabel('Search the masked entries').focus();
	check('a chip left without a value goes away', (await menu.locator('.filter.adding').count()) === 0);
	await done('menu', menu);

	const story = await open('entries=600');
	await story.locator('.row.call').first().waitFor();
	await story.locator('mcp-firewall-calls .scroller').evaluate(element => element.scrollTo(0, 2400));
	await story.locator('#row-105:not(.loading)').waitFor();
	// One that is in view: to click one above it would scroll the list, and meanwhile its row may stand for another call.
	const github = story.locator('.row.call').filter({ hasText: 'github' });
	await github.nth(await github.evaluateAll(all => all.findIndex(row => Number(row.dataset.index) > 101))).click();
	await story.locator('mcp-firewall-entry .actions').waitFor();
	const place = () => story.locator('mcp-firewall-calls .scroller').evaluate(element => element.scrollTop);
	const left = await place();
	await story.getByRole('button', { name: 'Show Session' }).click();
	await story.locator('mcp-firewall-story .steps:focus').waitFor();
	const steps = story.locator('mcp-firewall-story .step');
	check('the step of the call is the active one', (await story.locator('.step.active').count()) === 1);
	const told = await story.locator('.step').filter({ hasText: 'Rested on' }).first().getAttribute('aria-label');
	check('a verdict says what it rested on', /Rested on untrusted since \w+/.test(told), told);
	check('an answer says what it brought', (await story.locator('[aria-label*="Brought untrusted"]').count()) > 0);
	check('the flow is drawn', (await story.locator('.lanes line.untrusted').count()) > 2);
	await story.getByRole('button', { name: 'Back to List' }).click();
	check('the list is where it was', left > 1000 && (await place()) === left, [left, await place()]);
	await story.getByRole('button', { name: 'Show Session' }).click();
	await story.locator('mcp-firewall-story .steps:focus').waitFor();
	await story.keyboard.press('Home');
	await story.keyboard.press('ArrowDown');
	await story.keyboard.press('Enter');
	await story.locator('mcp-firewall-entry h2:focus').waitFor();
	const opened = await story.evaluate(() => window.fake.state());
	check('session and call are kept', opened.session !== undefined && opened.open !== undefined, opened);
	await story.reload();
	await steps.first().waitFor();
	await story.locator('mcp-firewall-story .steps').focus();
	await story.keyboard.press('Escape');
	await story.locator('mcp-firewall-entry').waitFor({ state: 'detached' });
	await story.locator('mcp-firewall-story .steps').focus();
	await story.keyboard.press('Escape');
	await story.locator('mcp-firewall-story').waitFor({ state: 'detached' });
	await story.locator('mcp-firewall-calls .grid:focus').waitFor();
	await story.keyboard.press('ArrowDown');
	await story.keyboard.press('s');
	await steps.first().waitFor();
	await story.getByRole('button', { name: 'Back to List' }).click();
	await story.locator('mcp-firewall-calls .grid:focus').waitFor();
	await done('session', story);

	const call = await open('entries=400', { width: 1280, height: 1500 });
	await call.locator('.row.call').filter({ hasText: 'write_file' }).first().click();
	const page = call.locator('mcp-firewall-entry');
	await page.locator('.actions').waitFor();
	const headings = await page.locator('h3').allInnerTexts();
	const groups = ['Identity verification', 'Version', 'Scope check', 'Outbound content', 'Response', 'Validation'];
	check(
		'six groups of evidence, in their order',
		groups.every((name, at) => headings[at] === name),
		headings,
	);
	check('the time to write is told', (await page.locator('article').innerText()).includes('Write to the trail'));
	await shot(call, 'dark-call');
	await page.getByRole('button', { name: 'Create Rule from This…' }).click();
	await page.getByRole('button', { name: 'Show Diff' }).click();
	const id = (await lastOf(call, 'open')).id;
	const both = [(await lastOf(call, 'rule')).id, (await lastOf(call, 'diff')).id];
	check(
		'rule and diff name the entry',
		both.every(each => each === id),
		both,
	);
	await call.context().grantPermissions(['clipboard-read', 'clipboard-write']);
	await page.getByRole('button', { name: 'Copy as JSON' }).click();
	await page.getByRole('button', { name: 'Copied' }).waitFor();
	const copied = JSON.parse(await call.evaluate(() => window.navigator.clipboard.readText()));
	check('the masked entry is copied', copied.id === id && copied.hash !== undefined, copied.id);
	await call.locator('.row.call').filter({ hasText: 'read_text_file' }).first().click();
	await page.locator('h2').filter({ hasText: 'read_text_file' }).waitFor();
	check('a call that only reads has no diff', (await page.getByRole('button', { name: 'Show Diff' }).count()) === 0);
	await call.locator('.row.lifecycle').first().click();
	await page.getByRole('heading', { name: 'Event', exact: true }).waitFor();
	check('an event is no call', (await page.getByRole('button', { name: /^Create Rule/ }).count()) === 0);
	await done('call', call);

	const told2 = await open('entries=300');
	await told2.locator('.row.call').first().waitFor();
	await told2.evaluate(() => window.fake.post({ kind: 'progress', what: 'Building the index', done: 0.37 }));
	const bar = told2.getByRole('progressbar', { name: 'Building the index' });
	await bar.waitFor();
	check('progress is told', (await bar.getAttribute('aria-valuenow')) === '37');
	await shot(told2, 'dark-progress');
	await told2.getByRole('button', { name: 'Cancel' }).click();
	check('cancel is asked for', (await lastOf(told2, 'cancel')) !== undefined);
	await told2.getByRole('button', { name: 'Cancelling…' }).waitFor();
	await told2.evaluate(() => window.fake.post({ kind: 'progress', what: 'Building the index', done: 1 }));
	await bar.waitFor({ state: 'detached' });
	await told2.evaluate(() => window.fake.post({ kind: 'show', filter: { verdict: 'deny', server: 'filesystem' } }));
	await count(told2, /matches$/);
	check('a view that is shown is kept', (await told2.evaluate(() => window.fake.state().filter.verdict)) === 'deny');
	check('and its chips stand there', (await told2.getByLabel('Verdict', { exact: true }).inputValue()) === 'deny');
	const session = await told2.evaluate(() => window.fake.host.entries.at(-1).session);
	await told2.evaluate(id => window.fake.post({ kind: 'show', filter: {}, session: id }), session);
	await told2.locator('mcp-firewall-story .step').first().waitFor();
	await told2.getByRole('button', { name: 'Back to List' }).click();
	await told2.evaluate(() => {
		window.fake.host.older = true;
	});
	await addFilter(told2, 'findings');
	await told2.getByText('looking through older segments…').waitFor();
	check('what was found so far is there', (await told2.locator('.row.call').count()) > 0);
	await shot(told2, 'dark-older');
	await told2.evaluate(() => {
		window.fake.host.older = false;
		window.fake.again();
	});
	await told2.getByText('looking through older segments…').waitFor({ state: 'detached' });
	await told2.evaluate(() => {
		window.fake.host.unsigned = 4;
	});
	await told2.getByRole('button', { name: /^Verify/ }).click();
	await told2.getByRole('button', { name: /last 4 entries unsigned/ }).waitFor();
	check('host rejected nothing', (await told2.evaluate(() => window.fake.rejected)) === 0);
	await done('host', told2);

	for (const [name, width] of [
		['narrow', 420],
		['medium', 820],
	]) {
		const small = await open('theme=high-contrast-light&entries=300', { width, height: 760 });
		await small.locator('.row.call').nth(2).click();
		await small.getByRole('button', { name: 'Show Session' }).click();
		await small.locator('mcp-firewall-story .step').first().waitFor();
		const wide = await small.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
		check(`${name}: the session does not overflow`, !wide);
		await shot(small, `high-contrast-light-${name}-session`);
		await done(`${name} session`, small);
	}
}

/** Runs in the page: what a rule checker for accessibility would say first. Lists what has no name, a double id, a missing target. */
export function audit() {
	const problems = [];
	const visit = root => {
		const ids = new Map();
		for (const element of root.querySelectorAll('*')) {
			if (!element.checkVisibility({ visibilityProperty: true })) {
				continue;
			}
			const label = `${element.tagName.toLowerCase()}.${String(element.getAttribute('class') ?? '')}`;
			if (element.id !== '') {
				ids.set(element.id, (ids.get(element.id) ?? 0) + 1);
			}
			const named = element.getAttribute('aria-label') || element.textContent.trim() || element.labels?.length;
			if (element.matches('button, select, input, [role=listbox], [role=grid], [role=progressbar]') && !named) {
				problems.push(`${label} has no name`);
			}
			const target = element.getAttribute('aria-activedescendant');
			if (target !== null && root.getElementById(target) === null) {
				problems.push(`${label} names ${target}, which is not there`);
			}
			const owner = { option: '[role=listbox]', row: '[role=grid], [role=rowgroup]', gridcell: '[role=row]' };
			const wanted = owner[element.getAttribute('role')];
			if (wanted !== undefined && element.closest(wanted) === null) {
				problems.push(`${label} stands outside of ${wanted}`);
			}
			if (element.shadowRoot !== null) {
				visit(element.shadowRoot);
			}
		}
		for (const [id, times] of ids) {
			if (times > 1) {
				problems.push(`the id ${id} stands ${times} times`);
			}
		}
	};
	visit(document);
	return problems;
}
