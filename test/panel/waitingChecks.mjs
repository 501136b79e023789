import { join } from 'node:path';

/** A question as the host posts it; `n` tells one from another. */
export function question(n, more = 2) {
	return {
		id: `q${n}`,
		digest: `${n}`.repeat(64),
		message: `Allow write_file of the MCP server filesystem? (${n})`,
		facts: [
			'Asked by: a client that calls itself “Visual Studio Code 1.139.1”',
			'Capability: filesystem.write',
			`Path: /home/me/work/harbour/notes/${n}.md`,
			'Rule: write-workspace (balanced.yaml:111), your policy',
			'Effect: It changes or makes something. MCP Firewall keeps no copy of what was there before: version control or a backup has it.',
		],
		quoted: [
			`Arguments: {"path":"notes/${n}.md","content":"<b>number</b> 9007199254740993"}`,
			'The server says of this tool: Create a new file or completely overwrite an existing file.',
		],
		answerBy: `Answer by 14:03:20, else it is denied. ${more} more calls wait after this.`,
		choices: [
			{ title: 'Allow Once', covers: 'this call alone' },
			{
				title: 'Allow for Session',
				covers: 'this tool below /home/me/work/harbour/notes, until the session ends',
			},
		],
	};
}

/** Shows a question in an open page, as the host does. */
export async function showQuestion(page, n, focus = false) {
	await page.evaluate(message => window.fake.post(message), { kind: 'waiting', question: question(n), focus });
	await page
		.locator('mcp-firewall-waiting h2')
		.filter({ hasText: `(${n})` })
		.waitFor();
}

/** The question that waits in the panel: what the keyboard does, and what is answered. Resolves with passed and failed. */
export async function runWaitingChecks(browser, origin, out) {
	const counts = { passed: 0, failed: 0 };
	const check = (name, ok, got = '') => {
		counts[ok ? 'passed' : 'failed']++;
		if (!ok) console.log(`FAILED waiting: ${name} ${JSON.stringify(got)}`);
	};
	const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' });
	const page = await context.newPage();
	await page.goto(`${origin}/?theme=dark&entries=200`);
	await page.locator('mcp-firewall-calls .row.call').first().waitFor();
	const asked = kind => page.evaluate(wanted => window.fake.requests.filter(each => each.kind === wanted), kind);
	const card = page.locator('mcp-firewall-waiting section');
	const focused = () =>
		page.evaluate(() => {
			const inner = root => (root?.activeElement?.shadowRoot ? inner(root.activeElement.shadowRoot) : root);
			return inner(document)?.activeElement?.innerText ?? '';
		});
	const allow = card.getByRole('button', { name: 'Allow Once' });
	check('the page asks for what waits', (await asked('waiting')).length === 1);
	check('nothing stands there while nothing waits', (await card.count()) === 0);

	await page.locator('mcp-firewall-calls .scroller').focus();
	const holder = () =>
		page.evaluate(() => document.querySelector('mcp-firewall-panel').shadowRoot.activeElement?.localName);
	await page.evaluate(() => {
		const { shadowRoot } = document
			.querySelector('mcp-firewall-panel')
			.shadowRoot.querySelector('mcp-firewall-waiting');
		new window.MutationObserver(() => {
			window.firstSeen ??= [...shadowRoot.querySelectorAll('button')].map(each => [
				each.innerText,
				each.ariaDisabled === 'true',
			]);
			for (const each of shadowRoot.querySelectorAll('button[aria-disabled=true]')) {
				window.tooEarly = !each.disabled && each.tabIndex === 0;
				each.click();
			}
		}).observe(shadowRoot, { childList: true, subtree: true });
	});
	await showQuestion(page, 1);
	check('a new question takes no focus', (await holder()) === 'mcp-firewall-calls', await holder());
	check(
		'it is announced',
		/^Allow write_file.*\(1\)/.test(await page.locator('mcp-firewall-waiting [role=status]').innerText()),
	);
	check('markup of the client is text', (await card.locator('b').count()) === 0);
	const seen = Object.fromEntries((await page.evaluate(() => window.firstSeen)) ?? []);
	check('a yes is not ready at once, a no is', seen['Allow Once'] === true && seen.Deny === false, seen);
	check('the keyboard reaches a yes that is not ready', (await page.evaluate(() => window.tooEarly)) === true);
	check('and pressed as soon as it stands there it answers nothing', (await asked('answer')).length === 0);
	await page.screenshot({ path: join(out, 'waiting-dark.png') });

	await showQuestion(page, 1, true);
	check(
		'where the person asked for it, the focus is at Show Details',
		(await focused()) === 'Show Details',
		await focused(),
	);
	await page.keyboard.press('Enter');
	check('Enter asks for the details', (await asked('details')).at(-1)?.id === 'q1');
	check('and answers nothing', (await asked('answer')).length === 0);

	await allow.click();
	const [answer] = await asked('answer');
	check(
		'a yes names id and digest of what was drawn',
		answer?.id === 'q1' && answer.digest === '1'.repeat(64) && answer.choice === 0,
		answer,
	);
	await allow.focus();
	await showQuestion(page, 2);
	check('the next question brings the focus to Show Details', (await focused()) === 'Show Details', await focused());
	await page.keyboard.press('Tab');
	await page.keyboard.press('Enter');
	const hasty = (await asked('answer')).filter(({ id, choice }) => id === 'q2' && choice !== 'deny');
	check('a key pressed at once allows nothing', hasty.length === 0, hasty);
	await allow.click({ timeout: 5000 });
	check('a moment later it does', (await asked('answer')).at(-1)?.id === 'q2');
	await card.getByRole('button', { name: 'Allow for Session' }).click();
	check('the place of the choice is sent', (await asked('answer')).at(-1)?.choice === 1);
	await card.getByRole('button', { name: 'Deny' }).click();
	check('a no is a no', (await asked('answer')).at(-1)?.choice === 'deny');

	await page.evaluate(() => window.fake.post({ kind: 'waiting' }));
	await card.waitFor({ state: 'detached' });
	check('after the last one the list has the keyboard', (await holder()) === 'mcp-firewall-calls', await holder());
	await page.screenshot({ path: join(out, 'waiting-gone.png') });
	await context.close();
	console.log(`waiting: ${counts.passed} passed, ${counts.failed} failed`);
	return counts;
}
