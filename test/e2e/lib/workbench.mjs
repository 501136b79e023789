import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { matches, until } from './wait.mjs';

const quickInput = '.quick-input-widget';
const dialog = '.monaco-dialog-box';
const toast = '.notifications-toasts .notification-list-item';

/** The editor's window as a person sees it. Every method waits for what it needs and has a deadline. */
export class Workbench {
	/** @type {import('playwright-core').Page} */
	page;
	#pictures;

	/**
	 * @param {import('playwright-core').Page} page
	 * @param {string} pictures folder for screenshots
	 */
	constructor(page, pictures) {
		this.page = page;
		this.#pictures = pictures;
	}

	/** Opens the editor and waits until its parts stand. */
	async open(url) {
		// A desktop window opens its workspace itself.
		if (url) await this.page.goto(url, { timeout: 60_000 });
		await this.page.locator('.monaco-workbench').waitFor({ timeout: 60_000 });
		await this.page.locator('.statusbar-item').first().waitFor({ timeout: 60_000 });
	}

	/** Writes `<name>.png` and returns its path. `target` limits it to one element. */
	async screenshot(name, target = this.page) {
		mkdirSync(this.#pictures, { recursive: true });
		const file = path.join(this.#pictures, `${name}.png`);
		await target.screenshot({ path: file });
		return file;
	}

	/** Runs a command by its full title ("Category: Title") through the command palette. */
	async runCommand(title) {
		const input = this.page.locator(`${quickInput} input.input`).first();
		await until(
			'the command palette',
			async () => {
				await this.page.keyboard.press('F1');
				await input.waitFor({ state: 'visible', timeout: 2000 });
				return (await input.inputValue()).startsWith('>');
			},
			15_000,
		);
		await input.fill(`>${title}`);
		await this.choose(title);
		// The palette that goes away must not be taken for the next one.
		await until(
			'the palette to close',
			async () => !(await input.isVisible()) || !(await input.inputValue()).startsWith('>'),
		);
	}

	/** Labels of the rows that an open quick pick shows. */
	async quickPickRows() {
		const rows = this.page.locator(`${quickInput} .monaco-list-row`);
		await rows.first().waitFor();
		return (await rows.allInnerTexts()).map(plain);
	}

	/** Picks the row whose label is exactly `label` (or matches an expression) in an open quick pick. */
	async choose(label, timeoutMs = 20_000) {
		const row = await this.#row(label, timeoutMs);
		await row.click();
	}

	/** Ticks or unticks the row of an open many-choice quick pick; end with {@link acceptQuickInput}. */
	async tick(label, wanted = true) {
		const box = (await this.#row(label))
			.locator('input[type=checkbox], .monaco-checkbox, .monaco-custom-toggle')
			.first();
		const checked = async () => (await box.getAttribute('aria-checked')) === 'true' || (await box.isChecked());
		if ((await checked()) !== wanted) await box.click();
		await until(`the tick at ${label}`, async () => (await checked()) === wanted);
	}

	/** Presses OK, or Enter, in an open quick pick or input box. */
	async acceptQuickInput() {
		const button = this.page.locator(`${quickInput} .quick-input-action .monaco-button`).filter({ visible: true });
		if (await button.count()) await button.first().click();
		else await this.page.keyboard.press('Enter');
	}

	/** Types `text` into an open input box and accepts it. `titled` waits for the right box of several in a row. */
	async fillInput(text, titled) {
		if (titled) {
			await until(`the input box ${titled}`, async () => matches(await this.quickInputText(), titled));
		}
		const input = this.page.locator(`${quickInput} input.input`).first();
		await input.waitFor();
		await input.fill(text);
		await this.page.keyboard.press('Enter');
	}

	/** Everything an open quick pick or input box says: title, placeholder, message. Empty when none is open. */
	async quickInputText() {
		const widget = this.page.locator(quickInput).filter({ visible: true });
		if (!(await widget.count())) return '';
		const placeholder = await widget.locator('input.input').first().getAttribute('placeholder');
		return plain(`${await widget.innerText()}\n${placeholder ?? ''}`);
	}

	/** Waits for a modal (whose words contain `pattern`) and reads it. */
	async modal(pattern = '', timeoutMs = 30_000) {
		return until(
			`a modal${pattern ? ` saying ${pattern}` : ''}`,
			async () => {
				const box = this.page.locator(dialog);
				if (!(await box.count())) return undefined;
				const [message, detail] = await Promise.all([
					box.locator('.dialog-message').innerText(),
					box.locator('.dialog-message-detail').innerText(),
				]);
				if (!matches(`${message}\n${detail}`, pattern)) return undefined;
				const buttons = await box.locator('.dialog-buttons .monaco-button').allInnerTexts();
				return { message: plain(message), detail: plain(detail), buttons: buttons.map(plain) };
			},
			timeoutMs,
		);
	}

	/** True while a modal is shown. */
	async hasModal() {
		return (await this.page.locator(dialog).count()) > 0;
	}

	/** Clicks a button of the modal by its exact words and waits until that modal is gone. */
	async clickModal(button) {
		const box = await this.page.locator(dialog).elementHandle({ timeout: 30_000 });
		await this.page.locator(`${dialog} .dialog-buttons`).getByText(button, { exact: true }).click();
		await until('the modal to close', async () => !(await box.isVisible()));
	}

	/** Closes the modal without an answer, as Escape does. */
	async dismissModal() {
		const box = await this.page.locator(dialog).elementHandle({ timeout: 30_000 });
		await this.page.keyboard.press('Escape');
		await until('the modal to close', async () => !(await box.isVisible()));
	}

	/** Notifications on screen: their words and buttons. */
	async notifications() {
		return this.page.locator(toast).evaluateAll(items =>
			items.map(item => ({
				message: item.querySelector('.notification-list-item-message')?.textContent ?? '',
				source: item.querySelector('.notification-list-item-source')?.textContent ?? '',
				buttons: [...item.querySelectorAll('.notification-list-item-buttons-container .monaco-button')].map(
					button => button.textContent,
				),
			})),
		);
	}

	/** Waits for a notification. */
	async notification(pattern, timeoutMs = 20_000) {
		return until(
			`a notification saying ${pattern}`,
			async () => (await this.notifications()).find(({ message }) => matches(message, pattern)),
			timeoutMs,
		);
	}

	/** Clicks a button of the notification that says `pattern`. */
	async clickNotification(pattern, button) {
		await this.notification(pattern);
		const item = this.page.locator(toast).filter({ hasText: pattern }).first();
		await item.locator('.monaco-button').getByText(button, { exact: true }).click();
	}

	/** Takes all notifications away. */
	async clearNotifications() {
		await this.runCommand('Notifications: Clear All Notifications');
		await until('no notifications', async () => (await this.notifications()).length === 0);
	}

	/** Words of the status bar's items. */
	async statusBar() {
		return (await this.page.locator('.statusbar-item').allInnerTexts()).map(plain).filter(Boolean);
	}

	/** Waits for a status bar item and returns its words. */
	async statusBarItem(pattern, timeoutMs = 20_000) {
		return until(
			`a status bar item ${pattern}`,
			async () => (await this.statusBar()).find(text => matches(text, pattern)),
			timeoutMs,
		);
	}

	/** Clicks a status bar item. */
	async clickStatusBarItem(pattern) {
		await this.statusBarItem(pattern);
		await this.page.locator('.statusbar-item').filter({ hasText: pattern }).first().click();
	}

	/**
	 * Waits for a webview that has an element matching `selector`, and returns its frame: use `frame.locator(…)`. Several
	 * webviews may be open; `containing` picks the one whose text has it.
	 */
	async webview(selector = 'body', containing = '', timeoutMs = 30_000) {
		return until(
			`a webview with ${selector}`,
			async () => {
				for (const frame of this.page.frames()) {
					// The editor's own frame is the outer page; each webview is a frame in a frame, named active-frame.
					if (frame.name() !== 'active-frame' && frame.name() !== 'pending-frame') continue;
					const found = frame.locator(selector).first();
					if (!(await found.count())) continue;
					if (!containing || matches(await frame.locator('body').innerText(), containing)) return frame;
				}
				return undefined;
			},
			timeoutMs,
		);
	}

	/** Labels of the open editor tabs, the active one first. */
	async tabs() {
		const tabs = this.page.locator('.tabs-container .tab');
		const found = await tabs.evaluateAll(all =>
			all.map(tab => ({
				label: tab.querySelector('.label-name')?.textContent ?? '',
				active: tab.classList.contains('active'),
			})),
		);
		return found.toSorted((a, b) => Number(b.active) - Number(a.active)).map(({ label }) => plain(label));
	}

	async #row(label, timeoutMs = 20_000) {
		const name = this.page.locator('.label-name', { hasText: label instanceof RegExp ? label : exactly(label) });
		const row = this.page.locator(`${quickInput} .monaco-list-row`).filter({ has: name }).first();
		await row.waitFor({ timeout: timeoutMs }).catch(() => {
			throw new Error(`Waited ${timeoutMs / 1000} s for the choice ${label}`);
		});
		return row;
	}
}

function exactly(text) {
	const escaped = text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/ /g, '\\s');
	return new RegExp(`^\\s*${escaped}\\s*$`);
}

/** Text as typed: the editor draws spaces as non-breaking ones. */
export function plain(text) {
	return text.replaceAll('\u00a0', ' ').trim();
}
