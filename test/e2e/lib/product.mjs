import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Review } from './review.mjs';
import { matches, patience, until } from './wait.mjs';

/** Words of the commands that the tests run. */
export const commands = {
	guard: 'MCP Firewall: Guard MCP Servers…',
	panel: 'MCP Firewall: Open Audit Panel',
	verify: 'MCP Firewall: Verify Audit Trail',
	stop: 'MCP Firewall: Stop All Guarded Servers',
	resume: 'MCP Firewall: Resume Guarded Servers',
	tryCall: 'MCP Firewall: Try Tool Call…',
};

/** What the product keeps on disk, and the product's own windows, as the tests read them. */
export class Product {
	#editor;

	/** @param {Awaited<ReturnType<typeof import('./editor.mjs').startEditor>>} editor */
	constructor(editor) {
		this.#editor = editor;
	}

	get mcpJson() {
		return path.join(this.#editor.workspace, '.vscode/mcp.json');
	}

	get trailFolder() {
		return path.join(this.#editor.userData, 'User/globalStorage/mcp-firewall.mcp-firewall/trail');
	}

	/** Every line of the trail: `{ file, line, text, entry }`, oldest first. */
	trail() {
		return readdirSync(this.trailFolder)
			.filter(name => name.endsWith('.ndjson'))
			.toSorted()
			.flatMap(name => {
				const file = path.join(this.trailFolder, name);
				const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
				return lines.map((text, index) => ({ file, line: index + 1, text, entry: JSON.parse(text) }));
			});
	}

	/** Entries of tool calls, oldest first. */
	calls() {
		return this.trail()
			.map(({ entry }) => entry)
			.filter(({ kind }) => kind === 'call');
	}

	/** The entry of the last call that is `wanted`. It is in the file before the client sees the answer. */
	lastCall(wanted) {
		const entry = this.calls().findLast(wanted);
		if (!entry) throw new Error(`No such call among ${JSON.stringify(this.calls(), null, '\t')}`);
		return entry;
	}

	/** The `tools/call` messages that reached the filesystem server. */
	received() {
		return readFileSync(this.#editor.filesystemLog, 'utf8')
			.split('\n')
			.filter(Boolean)
			.map(line => JSON.parse(line))
			.filter(({ method }) => method === 'tools/call')
			.map(({ params }) => params);
	}

	/**
	 * Proves that the filesystem server received nothing since `before` messages: a read that is allowed comes behind
	 * whatever was on its way, and comes alone.
	 */
	async receivedNothingSince(before) {
		const { chat, agent, workspace } = this.#editor;
		assert.ok(before > 0, 'the tap sees nothing');
		await chat.ask('@demo read the readme');
		assert.match((await agent.lastReply()).text, /tide table/);
		const read = { name: 'read_text_file', path: path.join(workspace, 'README.md') };
		assert.deepEqual(
			this.received()
				.slice(before)
				.map(({ name, arguments: { path } }) => ({ name, path })),
			[read],
		);
	}

	/**
	 * Waits until the policy of which the trail says this (its name, or what is wrong with it) is in force. With `ends`, one that
	 * shows another list of tools than the one before: the editor ends what runs half a second after it learns of that, and a
	 * call in between still reaches the old one, or is cut off with it. What is started from then on stays.
	 */
	async policyInForce(said, { ends = false } = {}) {
		await until(`the policy “${said}” in force${ends ? ' without servers of the one before' : ''}`, () => {
			const entries = this.trail().map(({ entry }) => entry);
			const at = entries.findLastIndex(({ event }) => /^policy-(loaded|broken)$/.test(event));
			const started = entries.slice(0, at).filter(({ event }) => event === 'upstream-started');
			const ended = entries.filter(({ event }) => event === 'upstream-ended');
			const count = (all, id) => all.filter(({ server }) => server.id === id).length;
			return (
				matches(entries[at]?.detail ?? '', said) &&
				(!ends || started.every(({ server }) => count(ended, server.id) >= count(started, server.id)))
			);
		});
	}

	/** Waits until a policy that came after the first `from` entries of the trail is in force. */
	async policySince(from) {
		await until('the new policy', () =>
			this.trail()
				.slice(from)
				.some(({ entry }) => entry.event === 'policy-loaded'),
		);
		await this.policyInForce(/(?:)/);
	}

	/** Starts a guarded server. The editor learns of it some time after it is guarded; until then it starts nothing. */
	async start(label) {
		const { agent } = this.#editor;
		await until(`${label} to run`, async () => {
			await agent.startServer(label);
			const last = this.trail().findLast(
				({ entry }) => entry.server?.name === label && /^upstream-/.test(entry.event),
			);
			return last?.entry.event === 'upstream-started';
		});
	}

	/**
	 * Starts a guarded server until its tool is offered to agents: the editor starts nothing that it has not learned of yet, and
	 * tells extensions of tools up to 750 ms late.
	 */
	async startOffering(label, tool) {
		const { agent } = this.#editor;
		await until(`${tool} of ${label} to be offered`, async () => {
			await agent.startServer(label);
			return (await agent.toolNames()).some(name => name.endsWith(`_${tool}`));
		});
	}

	/**
	 * Guards the sample's two servers through the UI. Gives what the person was shown on the way.
	 *
	 * @returns {Promise<{ offered: string[], launches: string[], reviews: { items: object[], text: string }[] }>}
	 */
	async guard() {
		const { workbench } = this.#editor;
		await workbench.runCommand(commands.guard);
		await until('the choice of servers', async () =>
			(await workbench.quickInputText()).startsWith('Guard MCP Servers'),
		);
		const offered = await workbench.quickPickRows();
		await workbench.acceptQuickInput();
		const launches = [];
		const reviews = [];
		for (const name of ['filesystem', 'poisoned']) {
			const modal = await workbench.modal(`Server “${name}”`);
			launches.push(modal.detail);
			await workbench.screenshot(`launch-${name}`);
			await workbench.clickModal('Start');
			const review = await Review.of(workbench, name);
			reviews.push({ items: await review.items(), text: await review.frame.locator('main').innerText() });
			await workbench.screenshot(`review-${name}`);
			await review.tickAll();
			await review.approve();
		}
		await workbench.notification('MCP Firewall guards “filesystem”, “poisoned”.');
		return { offered, launches, reviews };
	}

	/** Waits for our question and reads it. The editor's own would come before it, and there is none (`mcpFirewall.prompts`). */
	async onlyQuestion(pattern) {
		const { chat, workbench } = this.#editor;
		const modal = await until(`our question ${pattern}`, async () => {
			if (await chat.hasConfirmation()) throw new Error('the editor asks as well');
			return workbench.modal(pattern, 500);
		});
		assert.equal(await chat.hasConfirmation(), false, 'the editor asks as well');
		return modal;
	}

	/** How many {@link questions} come before a call ends. */
	async countQuestions(reply) {
		const { editor, ours } = await this.questions(reply);
		return { editor: editor.length, ours: ours.length };
	}

	/**
	 * What the questions say that come before a line is dealt with, the editor's own and ours, each answered with Allow Once.
	 *
	 * @param {() => Promise<unknown>} reply what `chat.send` gave
	 * @returns {Promise<{ editor: string[], ours: string[] }>}
	 */
	async questions(reply) {
		const { chat, workbench } = this.#editor;
		const said = { editor: [], ours: [] };
		let over = false;
		const end = reply().finally(() => (over = true));
		// Awaited below, and must not go unheard before.
		end.catch(() => undefined);
		while (!over) {
			if (await chat.hasConfirmation()) {
				said.editor.push(await chat.confirmation());
				await chat.chooseConfirmation('Allow Once');
			} else if (await workbench.hasModal()) {
				said.ours.push((await workbench.modal(/^Allow \S+ of the MCP server/)).message);
				await workbench.clickModal('Allow Once');
			} else {
				await delay(50);
			}
		}
		await end;
		return said;
	}

	/** The panel, opened by its command. */
	async panel() {
		const { workbench } = this.#editor;
		await workbench.runCommand(commands.panel);
		return this.shownPanel();
	}

	/** The panel that is open. */
	async shownPanel() {
		return new Panel(await this.#editor.workbench.webview('mcp-firewall-panel .row'));
	}
}

/** The audit panel's page. */
class Panel {
	frame;

	/** @param {import('playwright-core').Frame} frame */
	constructor(frame) {
		this.frame = frame;
	}

	/** Rows as drawn, newest first: `{ at, time, verdict, server, tool, capability, reason }`. Only those in view. */
	async rows() {
		return this.frame.locator('.row.call').evaluateAll(rows =>
			rows.map(row => ({
				at: row.querySelector('.time').title,
				...Object.fromEntries([...row.children].map(cell => [cell.classList[0], cell.textContent.trim()])),
			})),
		);
	}

	/** Waits until the rows are as wanted. */
	async rowsWhere(what, check) {
		return until(what, async () => {
			const rows = await this.rows();
			return check(rows) ? rows : undefined;
		});
	}

	/** Sets a filter that is chosen from a list: `Server`, `Tool`, `Verdict`, `Rule`, … */
	async select(name, value) {
		const chip = this.frame.locator(`select#f-${name.toLowerCase()}`);
		if (!(await chip.count())) await this.add(name.toLowerCase());
		await chip.selectOption(value);
	}

	/** Takes an entry of the menu `+ Filter` by its value. */
	async add(value) {
		await this.frame.locator('select.menu').selectOption(value);
	}

	async search(text) {
		await this.frame.locator('.text input').fill(text);
	}

	/** Takes all filters away. */
	async clear() {
		await this.frame.locator('button.reset').click();
	}

	/** How many entries match, as the panel says it. */
	async count() {
		const text = await this.frame.locator('.facts .count').innerText();
		const found = /[\d,.]+/.exec(text);
		return found ? Number(found[0].replaceAll(/[,.]/g, '')) : undefined;
	}

	/** Waits until nothing is looked through any more, and returns the number of matches. */
	async whole() {
		const text = await until(
			'all of it',
			async () => {
				const words = await this.frame.locator('.facts .count').innerText();
				return /^[\d,]+ (?:entr|match)/.test(words) && !words.includes('looking') ? words : undefined;
			},
			280_000,
		);
		return Number(text.split(' ')[0].replaceAll(',', ''));
	}

	/** Waits until the number of matches is as wanted, and returns it. */
	async countWhere(what, check) {
		return until(what, async () => {
			const count = await this.count();
			return count !== undefined && check(count) ? { count } : undefined;
		}).then(({ count }) => count);
	}

	/**
	 * Opens the first row whose words match and returns the words of the detail pane, which match `wanted`. A row that arrives
	 * just then moves the others, and takes the click.
	 */
	async open(pattern, wanted = pattern) {
		return until(`the page of ${pattern}`, async () => {
			await this.frame.locator('.row.call', { hasText: pattern }).first().click({ timeout: 5000 });
			return this.opened(wanted, 5000);
		});
	}

	/** The words of the detail pane, once they match. */
	async opened(pattern, timeoutMs = patience) {
		const article = this.frame.locator('mcp-firewall-entry article');
		const page = async () => {
			const text = await article.innerText({ timeout: timeoutMs });
			return pattern.test(text) && text.includes('Outbound content') ? text : undefined;
		};
		return until('the detail pane', page, timeoutMs);
	}
}
