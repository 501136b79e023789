import { plain } from './workbench.mjs';
import { matches, patience, until } from './wait.mjs';

const view = '.interactive-session';
const confirmation = `${view} .chat-confirmation-widget2`;

/** The chat view as a person uses it. */
export class Chat {
	#workbench;
	#agent;
	#page;

	/**
	 * @param {import('./workbench.mjs').Workbench} workbench
	 * @param {import('./demoAgent.mjs').DemoAgent} agent knows which lines have reached `@demo`
	 */
	constructor(workbench, agent) {
		this.#workbench = workbench;
		this.#agent = agent;
		this.#page = workbench.page;
	}

	/** Shows the chat view and waits until the scripted model is chosen: before that, a request may fail. */
	async open() {
		if (!(await this.#page.locator(view).filter({ visible: true }).count())) {
			await this.#workbench.runCommand('Chat: Open Chat');
		}
		await this.#page.locator(`${view} .model-picker-item`).filter({ hasText: 'Scripted' }).first().waitFor();
	}

	/** Starts an empty conversation; what was allowed "in this session" is asked again. */
	async clear() {
		await this.#page.locator('.action-label[aria-label^="New Chat"]').filter({ visible: true }).first().click();
		await until(
			'an empty chat',
			async () => (await this.#page.locator(`${view} .interactive-response`).count()) === 0,
		);
	}

	/**
	 * Types a line to `@demo` and sends it.
	 *
	 * @returns {Promise<() => Promise<string>>} call it for the reply, once it is complete
	 */
	async send(line) {
		await this.open();
		const before = await this.#agent.lines();
		const input = this.#page.locator(`${view} .interactive-input-editor .monaco-editor`).first();
		// A long line is drawn as several, so compare without white space.
		const shown = async () => plain(await input.locator('.view-lines').innerText()).replace(/\s/g, '');
		const wanted = line.replace(/\s/g, '');
		await until('the typed line', async () => {
			// Focused, not clicked: a notification may cover it.
			await input.locator('.native-edit-context, textarea').first().focus();
			await this.#page.keyboard.press('ControlOrMeta+A');
			await this.#page.keyboard.insertText(line);
			return until('the letters', async () => (await shown()) === wanted, 5000);
		});
		await until('the line to be sent', async () => {
			// A suggestion list swallows Enter, and it may open at any moment. A line that was taken leaves the input.
			if (await this.#page.locator('.suggest-widget.visible').count()) await this.#page.keyboard.press('Escape');
			if ((await shown()) === wanted) await this.#page.keyboard.press('Enter');
			return until('@demo', async () => (await this.#agent.lines()).given > before.given, 5000);
		});
		return () => this.#reply(before);
	}

	/** Types a line, waits for the complete reply and returns its words. */
	async ask(line) {
		const reply = await this.send(line);
		return reply();
	}

	/** Waits for the editor's own question before a tool runs and reads it. */
	async confirmation(pattern = '', timeoutMs = patience) {
		return until(
			'a confirmation in the chat',
			async () => {
				const texts = await this.#page.locator(confirmation).allInnerTexts();
				const text = texts.length ? plain(texts.at(-1)) : undefined;
				return text !== undefined && matches(text, pattern) ? text : undefined;
			},
			timeoutMs,
		);
	}

	/** True while the editor's own question is shown. */
	async hasConfirmation() {
		return (await this.#page.locator(confirmation).count()) > 0;
	}

	/** Answers the editor's own question: its words, e.g. `Allow in this Session` or `Skip`. */
	async answerConfirmation(button) {
		await this.#answer(async box => {
			await box.locator('.chat-buttons').getByText(button, { exact: true }).click({ timeout: 5000 });
		});
	}

	/** Answers the editor's own question by an entry of the menu beside it, e.g. `Allow Once`. */
	async chooseConfirmation(entry) {
		const items = this.#page.locator('.monaco-menu .action-menu-item');
		await this.#answer(async box => {
			if (!(await items.count())) await box.locator('.monaco-dropdown-button').last().click({ timeout: 5000 });
			await items.first().waitFor({ timeout: 5000 });
			const names = (await items.allInnerTexts()).map(plain);
			const at = names.findIndex(name => name.split('\n')[0] === entry);
			if (at < 0) throw new Error(`The menu has no ${entry}: ${names.join(' | ')}`);
			// A menu that has just opened ignores a click, and stays.
			await until('the menu to go', async () => {
				if (await items.count()) await items.nth(at).click({ timeout: 1000 });
				return (await items.count()) === 0;
			});
		});
	}

	/**
	 * Answers the editor's own question by `click`, until it is taken: a list that scrolls may move away under it. A question that takes its place, of another tool, is not answered.
	 */
	async #answer(click) {
		const asked = await until('a question', () => this.#asked());
		const gone = async () => (await this.#asked()) !== asked;
		await until('the answer to be taken', async () => {
			if (!(await gone())) await click(this.#page.locator(confirmation).last());
			return until('the question to go', gone, 5000);
		});
	}

	/** The heading of the question that is shown. */
	async #asked() {
		const titles = await this.#page.locator(`${confirmation} .chat-confirmation-widget-title`).allInnerTexts();
		return titles.at(-1);
	}

	async #reply(before) {
		await until('@demo to have answered', async () => (await this.#agent.lines()).done > before.done, 2 * patience);
		return until('a complete reply', async () => {
			const last = this.#page.locator(`${view} .interactive-response`).last();
			const classes = (await last.getAttribute('class', { timeout: 5000 })) ?? '';
			return classes.includes('chat-response-loading')
				? undefined
				: plain(await last.innerText({ timeout: 5000 }));
		});
	}
}
