// The audit panel in a real editor over a trail of 100,000 entries. The tests build on each other. Times are printed, with the
// machine's name: how long things may take is a question for bench/, not for a machine that runs other things.
import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { suite } from '../lib/harness.mjs';
import { Product } from '../lib/product.mjs';
import { until } from '../lib/wait.mjs';
import { axeViolations } from '../../panel/axeChecks.mjs';
import { makeTrail } from '../../../scripts/lib/trailMaker.mjs';

const ENTRIES = 100_000;
const HOUR_MS = 3_600_000;

const say = (what, ms) => console.log(`    ${what}: ${Math.round(ms)} ms (${os.hostname()}, ${os.cpus()[0].model})`);

/** Runs something and says how long it took. */
async function timed(what, run) {
	const began = performance.now();
	const result = await run();
	say(what, performance.now() - began);
	return result;
}

/** Milliseconds from the time that an entry carries to the moment when a row with these words is drawn. */
function watchFor(frame, words) {
	return frame.evaluate(
		text =>
			new Promise(resolve => {
				const list = document
					.querySelector('mcp-firewall-panel')
					.shadowRoot.querySelector('mcp-firewall-calls');
				const look = () => {
					if (list.shadowRoot.querySelector('.grid')?.textContent.includes(text)) resolve(Date.now());
					else document.defaultView.requestAnimationFrame(look);
				};
				look();
			}),
		words,
	);
}

/** In the page: whether the editor's own store holds a word in what it keeps of editors. In a browser it writes every few seconds. */
async function keepsInBrowser(word) {
	const result = request =>
		new Promise((resolve, reject) => {
			request.onsuccess = () => resolve(request.result);
			request.onerror = () => reject(request.error);
		});
	for (const { name } of await globalThis.indexedDB.databases()) {
		if (!name.startsWith('vscode-web-state-db')) continue;
		const db = await result(globalThis.indexedDB.open(name));
		try {
			for (const store of db.objectStoreNames) {
				const kept = await result(
					db.transaction(store).objectStore(store).get('memento/workbench.parts.editor'),
				);
				if (String(kept).includes(word)) return true;
			}
		} finally {
			db.close();
		}
	}
	return false;
}

// The rule that is written stays unsaved: code-server saves by itself where nobody says otherwise.
suite('Audit', { product: true, settings: { 'files.autoSave': 'off' } }, test => {
	let panel;

	test(`the panel opens on the newest of ${ENTRIES} entries`, async editor => {
		const { workbench, agent } = editor;
		const product = new Product(editor);
		await until('the trail of this window', () => readdirSync(product.trailFolder).length > 0);
		const made = await makeTrail({
			...{ dir: product.trailFolder, entries: ENTRIES, streams: 8, until: Date.now() - HOUR_MS },
		});
		console.log(`    ${made.entries} entries in ${made.files.length} files, ${made.bytes} bytes`);
		await agent.command('workbench.action.closeAuxiliaryBar');
		await agent.command('workbench.action.closeSidebar');
		panel = await timed('first rows of the first open, with the index to be made', () => product.panel());
		await panel.rowsWhere('rows', rows => rows.length > 5);
		const count = await timed('all of it counted', () => panel.whole());
		console.log(`    ${count} rows: a call and its verdict are one`);
		// While rows are drawn anew some stand there twice.
		await panel.rowsWhere('the newest first', rows => {
			const times = rows.map(({ at }) => at);
			return times.length > 5 && isDeepStrictEqual(times, times.toSorted().toReversed());
		});
		await workbench.page.mouse.move(5, 450);
		await workbench.screenshot('audit-list');
	});

	test('filters combine with each other and with a text', async () => {
		const [row] = await panel.rowsWhere('a call', rows => rows.some(({ tool }) => tool));
		const all = await panel.whole();
		const { server } = row.server ? row : (await panel.rows()).find(each => each.server);
		await timed('a filter by server', async () => {
			await panel.select('Server', server);
			await panel.countWhere('fewer', count => count > 0 && count < all);
		});
		await panel.rowsWhere(
			'that server alone',
			rows => rows.length > 0 && rows.every(each => each.server === server),
		);
		const ofServer = await panel.count();
		await timed('a filter by verdict besides', async () => {
			await panel.select('Verdict', 'deny');
			await panel.countWhere('fewer still', count => count > 0 && count < ofServer);
		});
		const denied = await panel.count();
		await panel.clear();
		await panel.countWhere('all again', count => count >= all);
		await timed('a text in all entries', async () => {
			await panel.search('readme');
			await panel.countWhere('fewer by text', count => count < all);
		});
		assert.ok(denied < ofServer && ofServer < all);
		await panel.clear();
		await panel.countWhere('all again', count => count >= all);
	});

	test('the timeline is brushed, and the list follows', async editor => {
		const all = await panel.count();
		const plot = panel.frame.locator('mcp-firewall-timeline .plot');
		await plot.locator('rect.option').nth(10).waitFor({ state: 'attached' });
		const box = await plot.boundingBox();
		const { mouse } = editor.workbench.page;
		await mouse.move(box.x + box.width * 0.3, box.y + 30);
		await mouse.down();
		await mouse.move(box.x + box.width * 0.5, box.y + 30, { steps: 5 });
		await editor.workbench.screenshot('audit-brush');
		await mouse.up();
		await panel.frame.getByRole('button', { name: 'Show all time' }).waitFor();
		const some = await panel.countWhere('a part of the time', count => count > 0 && count < all);
		assert.ok(some < all);
		await panel.frame.getByRole('button', { name: 'Show all time' }).click();
		await panel.countWhere('all time', count => count >= all);
	});

	test('a call has its page, and its session is told as a story', async editor => {
		const { workbench } = editor;
		await panel.select('Verdict', 'deny');
		await panel.rowsWhere(
			'denied calls',
			rows => rows.length > 0 && rows.every(({ verdict }) => verdict === 'Denied'),
		);
		await panel.frame.locator('.row.call').first().click();
		const article = panel.frame.locator('mcp-firewall-entry article');
		await until('the page of the call', async () => (await article.innerText()).includes('Scope check'));
		await workbench.screenshot('audit-call');
		await article.getByRole('button', { name: 'Show Session' }).click();
		const steps = panel.frame.locator('mcp-firewall-story .step');
		await steps.nth(2).waitFor();
		// Steps are drawn when they come into sight (content-visibility); until then they have no words.
		const words = () => panel.frame.locator('mcp-firewall-story .steps').innerText();
		await until('its words', async () => /Verdict/.test(await words()));
		await workbench.screenshot('audit-session');
		await panel.frame.getByRole('button', { name: 'Back to List' }).click();
	});

	test('“Create Rule from This” writes the narrow rule into the policy, unsaved', async editor => {
		const { workbench, agent } = editor;
		await panel.frame.locator('.row.call').first().click();
		const article = panel.frame.locator('mcp-firewall-entry article');
		await article.getByRole('button', { name: 'Create Rule from This…' }).click();
		await until('the choice of the effect', async () =>
			(await workbench.quickInputText()).startsWith('Create Rule for'),
		);
		await workbench.screenshot('audit-rule-choice');
		await workbench.choose('Deny');
		await until('the choice of the policy', async () => /In which policy/.test(await workbench.quickInputText()));
		await workbench.choose('Your policy');
		await workbench.modal('A preset is in force');
		await workbench.clickModal('Copy and Edit');
		await workbench.notification(/rule “deny-.*” is written, but not saved/);
		const text = await until('the policy with the rule', async () => {
			const shown = await agent.request('activeText');
			return shown?.includes('Made from the call of') ? shown : undefined;
		});
		assert.match(
			text,
			/- id: "deny-[\w.-]+"\n +description: "Made from the call of [^\n]+"\n +servers: \["[^\n]+"\]/,
		);
		const dirty = workbench.page.locator('.tabs-container .tab.dirty', { hasText: 'policy.yaml' });
		await dirty.waitFor();
		await workbench.screenshot('audit-rule');
		await agent.command('workbench.action.files.revert');
		await agent.command('workbench.action.closeActiveEditor');
		await workbench.clearNotifications();
	});

	test('a link to a view opens that view; it can filter, and nothing else', async editor => {
		const { workbench, agent } = editor;
		panel = await new Product(editor).panel();
		await panel.clear();
		const all = await panel.countWhere('all', count => count > 0.5 * ENTRIES);
		await panel.select('Verdict', 'require_approval');
		await panel.countWhere('fewer', count => count > 0 && count < all);
		const some = await panel.whole();
		await panel.frame.getByRole('button', { name: 'Copy link to this view' }).click();
		const link = await until('the link', async () => {
			const text = await agent.request('clipboard');
			return text.includes('/audit?') ? text : undefined;
		});
		assert.match(link, /^[\w-]+:\/\/mcp-firewall\.mcp-firewall\/audit\?verdict=require_approval$/);
		await panel.clear();
		await panel.countWhere('all again', count => count >= all);
		await agent.request('link', [link]);
		await until('the view of the link', async () => {
			// The editor may ask whether an extension may open a link.
			if (await workbench.hasModal()) {
				await workbench.modal(/open this URI|Allow/i);
				await workbench.clickModal('Open');
			}
			return Math.abs((await panel.count()) - some) <= 2;
		});
		await panel.clear();
	});

	test('“Open Audit View…” opens a view that is asked for often', async editor => {
		const { workbench } = editor;
		await workbench.runCommand('MCP Firewall: Open Audit View…');
		await until('the choice of views', async () =>
			(await workbench.quickInputText()).startsWith('Open Audit View'),
		);
		await workbench.screenshot('audit-views');
		await workbench.choose('Events: Servers, Policy, Trail');
		await panel.rowsWhere('no call', rows => rows.length === 0);
		await panel.countWhere('events', count => count > 0 && count < 0.5 * ENTRIES);
		await panel.clear();
		await panel.countWhere('all again', count => count > 0.5 * ENTRIES);
	});

	test('what is listed is exported as it is listed, and the export stands in the trail', async editor => {
		const { workbench, folder } = editor;
		const product = new Product(editor);
		await panel.select('Verdict', 'require_approval');
		await panel.countWhere('fewer', count => count > 0 && count < 0.5 * ENTRIES);
		const listed = await panel.whole();
		await panel.frame.getByRole('button', { name: 'Export what is listed…' }).click();
		await until('the choice of the form', async () =>
			(await workbench.quickInputText()).startsWith('Export What the Filter Shows'),
		);
		await workbench.screenshot('audit-export');
		await workbench.choose('CSV');
		const out = path.join(folder, 'asked.csv');
		await workbench.saveAs(out, /Export Audit Trail/);
		await workbench.notification(/\d+ entries exported to .*asked\.csv/);
		const rows = readFileSync(out, 'utf8').trimEnd().split('\r\n');
		assert.ok(Math.abs(rows.length - 1 - listed) <= 2, `${rows.length - 1} rows for ${listed} listed`);
		const noted = await until('the export in the trail', () =>
			product.trail().findLast(({ entry }) => entry.event === 'trail-exported'),
		);
		assert.match(noted.entry.detail, /^csv, \d+ entries, filter \{"verdict":"require_approval"\}/);
		await workbench.clearNotifications();
		await panel.clear();
	});

	test('“Show Audit Statistics” sums it up as a document', async editor => {
		const { workbench, agent } = editor;
		await workbench.runCommand('MCP Firewall: Show Audit Statistics');
		const text = await until('the statistics', async () => {
			const shown = await agent.request('activeText');
			return shown?.startsWith('Audit trail of MCP Firewall') ? shown : undefined;
		});
		assert.match(text, /^\d+ entries, \d+ of them calls, from \S+ to \S+$/m);
		for (const part of ['By verdict', 'Most used tools', 'Reasons of refusals', 'median, 99th percentile']) {
			assert.ok(text.includes(part), part);
		}
		await workbench.screenshot('audit-statistics');
		await agent.command('workbench.action.closeActiveEditor');
		panel = await new Product(editor).panel();
	});

	test('what this window does, and what another window writes, appears by itself', async editor => {
		const product = new Product(editor);
		const { agent } = editor;
		await panel.countWhere('all', count => count > 0.5 * ENTRIES);
		const seen = watchFor(panel.frame, 'Emergency stop');
		// Its answer comes when the notification that offers to resume is gone.
		const stopped = agent.command('mcpFirewall.stopAll');
		const drawnAt = await seen;
		const noted = product.trail().findLast(({ entry }) => entry.event === 'emergency-stop');
		say('from the entry of this window to its row', drawnAt - Date.parse(noted.entry.at));
		const before = await panel.count();
		const folder = path.join(editor.folder, 'other-window');
		const other = await makeTrail({ dir: folder, entries: 40, streams: 1, seed: 7, until: Date.now() });
		const began = Date.now();
		for (const name of other.files) copyFileSync(path.join(folder, name), path.join(product.trailFolder, name));
		await panel.countWhere('the other window’s entries', count => count > before);
		say('from another window’s entries to the count', Date.now() - began);
		await agent.command('mcpFirewall.resume');
		await editor.workbench.clearNotifications();
		await stopped;
	});

	test('the badge verifies the whole trail', async editor => {
		const badge = panel.frame.locator('mcp-firewall-chain button');
		await timed('verified', async () => {
			await badge.click();
			await until('an outcome', async () => /Chain (?:valid|broken)/.test(await badge.innerText()), 120_000);
		});
		// The made streams are signed by a key that this installation does not know: no verification may call them valid.
		assert.match(await badge.innerText(), /Chain broken\s+Unknown key, line \d+ of /);
		console.log(`    ${(await badge.innerText()).replaceAll(/\s+/g, ' ')}`);
		await editor.workbench.screenshot('audit-verified');
	});

	test('after the window was loaded anew the panel is there with its view', async editor => {
		const { workbench } = editor;
		await panel.select('Verdict', 'deny');
		const denied = await panel.countWhere('denied', count => count > 0 && count < 0.5 * ENTRIES);
		// Words that no test before this one looked for: what the editor kept of those is another view.
		await panel.search('create_n');
		await panel.countWhere('fewer by text', count => count > 0 && count < denied);
		const some = await panel.whole();
		await until('the editor to have kept the view', () => workbench.page.evaluate(keepsInBrowser, 'create_n'));
		await workbench.page.reload();
		await workbench.open();
		panel = await new Product(editor).shownPanel();
		await panel.countWhere('the same view', count => Math.abs(count - some) <= 2);
		assert.equal(await panel.frame.locator('select#f-verdict').inputValue(), 'deny');
		assert.equal(await panel.frame.locator('.text input').inputValue(), 'create_n');
		await panel.clear();
	});

	for (const [name, theme] of [
		['light', 'Default Light Modern'],
		['dark', 'Default Dark Modern'],
		['high-contrast', 'Default High Contrast'],
	]) {
		test(`it is drawn in the theme ${name}`, async editor => {
			const { workbench, agent } = editor;
			await agent.request('setting', ['workbench.colorTheme', theme]);
			const kind = { light: 'vscode-light', dark: 'vscode-dark', 'high-contrast': 'vscode-high-contrast' }[name];
			await panel.frame.locator(`body.${kind}`).waitFor();
			await panel.frame.locator('.row.call').nth(2).click();
			const article = panel.frame.locator('mcp-firewall-entry article');
			await until('the page of a call', async () => (await article.innerText()).includes('Scope check'));
			await workbench.page.mouse.move(5, 450);
			await workbench.screenshot(`audit-theme-${name}`);
			assert.deepEqual(await axeViolations(panel.frame), [], 'axe-core has nothing to say');
			await panel.frame.getByRole('button', { name: 'Close', exact: true }).click();
			await workbench.screenshot(`audit-theme-${name}-list`);
			// What is drawn, is drawn with the theme's own colours: no text stands on its own colour.
			const colours = await panel.frame
				.locator('.row.call')
				.first()
				.evaluate(row => {
					const { getComputedStyle } = document.defaultView;
					return [getComputedStyle(row).color, getComputedStyle(document.body).backgroundColor];
				});
			assert.notEqual(colours[0], colours[1]);
		});
	}

	test('the trail of this window holds what was done here', async editor => {
		const product = new Product(editor);
		const own = product.trail().filter(({ entry }) => entry.event === 'emergency-stop');
		assert.equal(own.length, 1);
		assert.ok(readFileSync(own[0].file, 'utf8').endsWith('\n'));
	});
});
