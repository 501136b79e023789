import { join } from 'node:path';

const STATES = {
	verified: 'Verified',
	declared: 'Declared',
	none: 'No identity',
	checking: 'Checking',
	failed: 'FAILED',
};

/** Drives the trust card in every theme and state and takes pictures. Resolves with passed and failed. */
export async function runTrustChecks(browser, origin, out) {
	let failures = 0;
	let passes = 0;
	const check = (name, ok, got = '') => {
		if (ok) {
			passes++;
		} else {
			failures++;
			console.log(`FAILED trust card: ${name} ${got === '' ? '' : JSON.stringify(got)}`);
		}
	};
	const open = async (query, size = { width: 900, height: 800 }) => {
		const context = await browser.newContext({ viewport: size });
		const page = await context.newPage();
		page.problems = [];
		page.on('console', message => {
			if (message.type() === 'error' || message.type() === 'warning') {
				page.problems.push(message.text());
			}
		});
		page.on('pageerror', error => page.problems.push(String(error)));
		page.on('dialog', dialog => {
			page.problems.push(`dialog ${dialog.message()}`);
			void dialog.dismiss();
		});
		await page.addInitScript(() => {
			document.addEventListener('securitypolicyviolation', event => {
				console.error(`CSP ${event.violatedDirective} ${event.blockedURI}`);
			});
		});
		await page.goto(`${origin}/trust?${query}`);
		await page.locator('mcp-firewall-trust h1').waitFor();
		return page;
	};
	const done = async (name, page) => {
		check(`${name}: no violations, errors or warnings`, page.problems.length === 0, page.problems);
		check(`${name}: the host rejected nothing`, (await page.evaluate(() => window.fake.rejected)) === 0);
		await page.context().close();
	};
	const lookOf = page =>
		page.locator('mcp-firewall-trust .state').evaluate(element => {
			const { borderTopStyle, borderTopWidth, borderInlineStartColor } = window.getComputedStyle(element);
			const icon = window.getComputedStyle(element.querySelector('.icon')).color;
			const path = element.querySelector('.icon').innerHTML;
			return { borderTopStyle, borderTopWidth, borderInlineStartColor, icon, path, word: element.innerText };
		});

	for (const theme of ['dark', 'light', 'high-contrast']) {
		const looks = {};
		for (const [state, word] of Object.entries(STATES)) {
			const page = await open(`theme=${theme}&state=${state}`);
			await page.screenshot({ path: join(out, `trust-${theme}-${state}.png`) });
			looks[state] = await lookOf(page);
			check(`${theme} ${state}: says its word`, looks[state].word.startsWith(word), looks[state].word);
			await done(`${theme} ${state}`, page);
		}
		const { verified, declared, none, failed } = looks;
		check(`${theme}: failed and absent differ in frame`, failed.borderTopStyle !== none.borderTopStyle);
		check(`${theme}: failed and absent differ in icon`, failed.path !== none.path);
		check(
			`${theme}: failed has the thicker frame`,
			parseInt(failed.borderTopWidth) > parseInt(none.borderTopWidth),
		);
		check(
			`${theme}: only what is verified has its icon`,
			verified.path !== declared.path && verified.path !== none.path,
		);
		check(`${theme}: declared is not in the colour of verified`, verified.icon !== declared.icon, verified.icon);
	}

	const page = await open('state=declared');
	check('the heading has the focus', (await page.locator('h1:focus').count()) === 1);
	const names = await page.getByRole('button').allInnerTexts();
	check('buttons that fit', names.join() === 'Check Again,Add Issuer…,Copy DID', names);
	// By keyboard alone.
	for (let at = 0; at < 2; at++) {
		await page.keyboard.press('Tab');
	}
	await page.keyboard.press('Enter');
	const asked = await page.evaluate(() => window.fake.asks.map(({ kind }) => kind));
	check('the second button by keyboard', asked.join() === 'ready,addIssuer', asked);
	check('what is not proven is marked as its own word', (await page.getByText('its own word').count()) >= 2);
	check('the code is told', (await page.getByText('BADGE_ISSUER_UNTRUSTED').count()) === 1);
	await done('declared', page);

	const failed = await open('state=failed');
	check('a failure is announced', (await failed.getByRole('alert').count()) === 1);
	await done('failed', failed);

	const live = await open('state=verified');
	check('one heading of level 1', (await live.getByRole('heading', { level: 1 }).count()) === 1);
	check('sections have headings', (await live.getByRole('heading', { level: 2 }).count()) === 4);
	const ends = live.locator('dd', { hasText: '(in ' });
	const first = await ends.innerText();
	check('the expiry is relative', /\(in 4 min \d+ s\)/.test(first), first);
	await live.waitForFunction(
		before => {
			const dds = [...document.querySelector('mcp-firewall-trust').shadowRoot.querySelectorAll('dd')];
			return dds.some(dd => dd.innerText.includes('(in ')) && !dds.some(dd => dd.innerText === before);
		},
		first,
		{ timeout: 5000 },
	);
	check('and goes on', (await ends.innerText()) !== first);
	check('forgetting is offered', (await live.getByRole('button', { name: 'Forget Identity…' }).count()) === 1);
	check('never safe', !/\b(safe|secure)\b/i.test(await live.locator('mcp-firewall-trust').innerText()));
	await done('live', live);

	const hostile = await open('state=hostile', { width: 500, height: 700 });
	check('no markup of a server', (await hostile.locator('mcp-firewall-trust img').count()) === 0);
	const width = await hostile.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
	check('long texts do not break the page', width);
	check('hidden characters are drawn', (await hostile.locator('.hidden-char').count()) > 0);
	await hostile.screenshot({ path: join(out, 'trust-hostile.png') });
	await done('hostile', hostile);

	console.log(`trust card: ${String(passes)} checks passed, ${String(failures)} failed`);
	return { passed: passes, failed: failures };
}
