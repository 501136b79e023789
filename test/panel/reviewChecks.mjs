import { join } from 'node:path';

/** Drives the review editor in every theme, checks what it promises and takes pictures. Resolves with passed and failed. */
export async function runReviewChecks(browser, origin, out) {
	let failures = 0;
	let passes = 0;
	const check = (name, ok, got = '') => {
		if (ok) {
			passes++;
		} else {
			failures++;
			console.log(`FAILED review: ${name} ${got === '' ? '' : JSON.stringify(got)}`);
		}
	};
	const open = async (query, size = { width: 1000, height: 900 }) => {
		const context = await browser.newContext({ viewport: size });
		const page = await context.newPage();
		page.problems = [];
		page.on('console', message => {
			if (message.type() === 'error' || message.type() === 'warning') {
				page.problems.push(message.text());
			}
		});
		page.on('pageerror', error => page.problems.push(String(error)));
		await page.addInitScript(() => {
			document.addEventListener('securitypolicyviolation', event => {
				console.error(`CSP ${event.violatedDirective} ${event.blockedURI}`);
			});
		});
		await page.goto(`${origin}/review?${query}`);
		await page.locator('mcp-firewall-review h1').waitFor();
		return page;
	};
	const done = async (name, page) => {
		check(`${name}: no violations, errors or warnings`, page.problems.length === 0, page.problems);
		check(`${name}: the host rejected nothing`, (await page.evaluate(() => window.fake.rejected)) === 0);
		await page.context().close();
	};
	const shot = (page, name) => page.screenshot({ path: join(out, `review-${name}.png`) });
	const item = (page, name) => page.locator(`.item[data-name="${name}"]`);
	const box = (page, name) => item(page, name).locator('input[type=checkbox]');
	const last = page => page.evaluate(() => ({ ask: window.fake.asks.at(-1), step: window.fake.steps.at(-1) }));

	for (const theme of ['dark', 'light', 'high-contrast']) {
		for (const kind of ['first', 'changed']) {
			const page = await open(`theme=${theme}&review=${kind}`);
			await shot(page, `${theme}-${kind}`);
			await item(page, 'add').scrollIntoViewIfNeeded();
			await shot(page, `${theme}-${kind}-tools`);
			await done(`${theme} ${kind}`, page);
		}
	}

	const first = await open('');
	check(
		'the heading has the focus',
		await first
			.locator('h1:focus')
			.count()
			.then(n => n === 1),
	);
	check('what is harmless is ticked', await box(first, 'read_file').isChecked());
	check('what has a grave finding is not', !(await box(first, 'add').isChecked()));
	const text = await item(first, 'add').innerText();
	check(
		'markup is text',
		text.includes('<img src=x onerror=alert(1)>') && (await first.locator('img').count()) === 0,
		text,
	);
	check('links are text', (await first.locator('a').count()) === 0);
	check(
		'bidi and tags are spelt out',
		text.includes('\\u202E') && text.includes('\\u{E0041}') && !text.includes('\u202E'),
		text,
	);
	check('a harvesting parameter is told', text.includes('asks for things of yours'), text);
	const names = await first
		.locator('mcp-firewall-review')
		.evaluate(app =>
			[...app.shadowRoot.querySelectorAll('button, input')].map(
				control =>
					control.getAttribute('aria-label') ??
					(control.labels?.[0]?.textContent.trim() || control.textContent.trim()),
			),
		);
	check(
		'every control has a name',
		names.every(name => name !== ''),
		names,
	);

	// By keyboard alone: Tab reaches each control, Space ticks, Enter approves.
	const reached = [];
	for (let at = 0; at < 60; at++) {
		await first.keyboard.press('Tab');
		const name = await first.locator('mcp-firewall-review').evaluate(app => {
			const active = app.shadowRoot.activeElement;
			return active === null
				? ''
				: `${active.localName} ${active.type ?? ''} ${active.textContent.trim()}`.trim();
		});
		reached.push(name);
		if (name.startsWith('button') && name.includes('Approve')) {
			break;
		}
	}
	check('Tab reaches the approval', reached.at(-1)?.includes('Approve') === true, reached);
	check(
		'Tab reaches checkboxes and inputs',
		reached.some(name => name.includes('checkbox')) && reached.some(name => name.includes('text')),
	);
	await box(first, 'write_file').focus();
	await first.keyboard.press('Space');
	check('Space unticks', !(await box(first, 'write_file').isChecked()));
	await first.getByText('Approve (4 of 6)').waitFor();
	const typed = item(first, 'read_file').locator('.capability input');
	await typed.fill('nonsense');
	await typed.press('Tab');
	await first.getByText('Write it as resource.action').waitFor();
	check('a wrong capability forbids approval', await first.getByRole('button', { name: /^Approve/ }).isDisabled());
	await typed.fill('shell.execute');
	await typed.press('Enter');
	await first.getByText('High risk').first().waitFor();
	await item(first, 'read_file').getByText('Calls itself harmless').waitFor();
	await first.getByLabel('Who answers for it').fill('  ');
	check('nobody who answers forbids approval', await first.getByRole('button', { name: /^Approve/ }).isDisabled());
	await first.getByLabel('Who answers for it').fill('Ann');
	await first.getByLabel('Public: nothing').check();
	await first.locator('.item.instructions input[type=checkbox]').uncheck();
	check('instructions have to be accepted', await first.getByRole('button', { name: /^Approve/ }).isDisabled());
	await first.locator('.item.instructions input[type=checkbox]').check();
	await first.getByRole('button', { name: /^Approve/ }).focus();
	await first.keyboard.press('Enter');
	const { ask, step } = await last(first);
	check(
		'approval names places only',
		JSON.stringify(Object.keys(ask)) === '["kind","accepted","ceiling","owner"]',
		ask,
	);
	check(
		'the host pins what was ticked',
		step.kind === 'end' &&
			step.decision.owner === 'Ann' &&
			step.decision.ceiling === 'public' &&
			step.decision.tools
				.filter(tool => tool.admitted)
				.map(each => `${each.tool.name} ${each.capability}`)
				.join() === 'read_file shell.execute',
		step,
	);
	await done('first', first);

	const changed = await open('review=changed');
	check('what changed is not ticked', !(await box(changed, 'read_file').isChecked()));
	check('what is as reviewed is', await box(changed, 'write_file').isChecked());
	await item(changed, 'read_file').getByText('New instruction to the model.').waitFor();
	await changed.getByText('A prompt is gone.').waitFor();
	await item(changed, 'read_file').getByRole('button', { name: 'Show Difference' }).click();
	check('a difference is asked for by place', (await last(changed)).step.before?.includes('Reads one file') === true);
	await changed.locator('h2').getByRole('button', { name: 'Show Difference' }).click();
	check('the whole difference is there', (await last(changed)).step.before?.includes('sum_up') === true);
	await changed.getByRole('button', { name: 'Tick All Without Grave Warnings' }).click();
	check(
		'grave things are ticked by hand alone',
		!(await box(changed, 'add').isChecked()) && !(await box(changed, 'read_file').isChecked()),
	);
	await changed.getByRole('button', { name: 'Not Now' }).click();
	const ended = (await last(changed)).step;
	check('not now approves nothing', ended.kind === 'end' && ended.decision === undefined, ended);
	await done('changed', changed);

	const unpinned = await open('unpinned=1');
	check(
		'an unpinned version forbids approval',
		await unpinned.getByRole('button', { name: /^Approve/ }).isDisabled(),
	);
	await shot(unpinned, 'unpinned');
	await unpinned.getByRole('button', { name: 'Look Up a Version and Pin It' }).click();
	check('pinning is asked of the host', (await last(unpinned)).step.decision === 'pin');
	await done('unpinned', unpinned);

	const large = await open('tools=300', { width: 420, height: 760 });
	await large.getByText('Tools (303)').waitFor();
	check('nothing overflows', !(await large.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)));
	await shot(large, 'narrow');
	await done('large', large);

	console.log(`review: ${passes} passed, ${failures} failed`);
	return { passed: passes, failed: failures };
}
