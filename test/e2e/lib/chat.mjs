import { plain } from './workbench.mjs';
import { matches, until } from './wait.mjs';

const view = '.interactive-session';
const confirmation = `${view} .chat-confirmation-widget2`;

/** The chat view as a person uses it. */
export class Chat {
	#workbench;
	#page;

	/** @param {import('./workbench.mjs').Workbench} workbench */
	constructor(workbench) {
		this.#workbench = workbench;
		this.#page = workbench.page;
	}

	/** Shows the chat view and waits until the scripted model is chosen: before that, a request may fail. */
	async open() {
		if (!(await this.#page.locator(view).filter({ visible: true }).count())) {
			await this.#workbench.runCommand('Chat: Open Chat');
		}
		await this.#page
			.locator(`${view} .model-picker-item`)
			.filter({ hasText: 'Scripted' })
			.first()
			.waitFor({ timeout: 30_000 });
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
	 * Types a line and sends it.
	 *
	 * @returns {Promise<() => Promise<string>>} call it for the reply, once it is complete
	 */
	async send(line) {
		await this.open();
		const before = await this.#lastIndex();
		const editor = this.#page.locator(`${view} .interactive-input-editor .monaco-editor`).first();
		// Focused, not clicked: a notification may cover it.
		await editor.locator('.native-edit-context, textarea').first().focus();
		await this.#page.keyboard.press('ControlOrMeta+A');
		await this.#page.keyboard.insertText(line);
		// A long line is drawn as several, so compare without white space.
		const typed = async () => plain(await editor.locator('.view-lines').innerText()).replace(/\s/g, '');
		await until('the typed line', async () => (await typed()) === line.replace(/\s/g, ''));
		// A suggestion list would swallow Enter.
		if (await this.#page.locator('.suggest-widget.visible').count()) await this.#page.keyboard.press('Escape');
		await this.#page.keyboard.press('Enter');
		await until('the line to be sent', async () => (await this.#lastIndex()) > before);
		return () => this.#reply(before);
	}

	/** Types a line, waits for the complete reply and returns its words. */
	async ask(line) {
		const reply = await this.send(line);
		return reply();
	}

	/** Waits for the editor's own question before a tool runs and reads it. */
	async confirmation(pattern = '', timeoutMs = 30_000) {
		return until(
			'a confirmation in the chat',
			async () => {
				const box = this.#page.locator(confirmation).last();
				if (!(await box.count())) return undefined;
				const text = plain(await box.innerText());
				return matches(text, pattern) ? text : undefined;
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
		await this.confirmation();
		const buttons = this.#page.locator(`${confirmation} .chat-buttons`).last();
		await buttons.getByText(button, { exact: true }).click();
	}

	/** Answers the editor's own question by an entry of the menu beside it, e.g. `Allow Once`. */
	async chooseConfirmation(entry) {
		await this.confirmation();
		await this.#page.locator(`${confirmation} .monaco-dropdown-button`).last().click();
		const items = this.#page.locator('.monaco-menu .action-menu-item');
		await items.first().waitFor();
		const names = (await items.allInnerTexts()).map(plain);
		const at = names.findIndex(name => name.split('\n')[0] === entry);
		if (at < 0) throw new Error(`The menu has no ${entry}: ${names.join(' | ')}`);
		// A menu that has just opened may ignore the click.
		await until('the menu to close', async () => {
			if (await items.count()) await items.nth(at).click({ timeout: 1000 });
			return (await items.count()) === 0;
		});
	}

	async #reply(before) {
		return until(
			'a complete reply',
			async () => {
				const last = this.#page.locator(`${view} .interactive-response`).last();
				if ((await this.#lastIndex()) < before + 2) return undefined;
				const classes = (await last.getAttribute('class')) ?? '';
				return classes.includes('chat-response-loading') ? undefined : plain(await last.innerText());
			},
			60_000,
		);
	}

	/** Position of the last row in the conversation; the list draws only what is visible, so rows cannot be counted. */
	async #lastIndex() {
		return this.#page
			.locator(`${view} .interactive-list .monaco-list-row:has(.interactive-item-container)`)
			.evaluateAll(rows => Math.max(-1, ...rows.map(row => Number(row.getAttribute('data-index')))));
	}
}
