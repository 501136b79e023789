import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { matches, patience, until } from './wait.mjs';

const quickInput = '.quick-input-widget';
const dialog = '.monaco-dialog-box';
// Toasts, and the centre, where they are found when their time has run out.
const notification = ':is(.notifications-toasts, .notifications-center) .notification-list-item';

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
		if (url) await this.page.goto(url, { timeout: 2 * patience });
		await this.page.locator('.monaco-workbench').waitFor({ timeout: 2 * patience });
		await this.page
			.locator('.statusbar-item')
			.first()
			.waitFor({ timeout: 2 * patience });
	}

	/** Writes `<name>.png` and returns its path. `target` limits it to one element. */
	async screenshot(name, target = this.page) {
		mkdirSync(this.#pictures, { recursive: true });
		const file = path.join(this.#pictures, `${name}.png`);
		await target.screenshot({ path: file });
		return file;
	}

	/**
	 * Runs a command by its full title ("Category: Title") through the command palette. What the palette offers is fixed when
	 * it opens, so it is opened again for a command that becomes available a moment later.
	 */
	async runCommand(title) {
		const input = this.page.locator(`${quickInput} input.input`).first();
		const shown = async () => (await input.isVisible()) && (await input.inputValue()).startsWith('>');
		await this.#leavePages();
		await until(`the command ${title}`, async () => {
			// F1 in an open palette changes nothing: what it offers stays that of the moment when it was opened.
			if (await shown()) {
				await this.page.keyboard.press('Escape');
				await until('the palette of before to close', async () => !(await shown()), 2000);
			}
			await this.page.keyboard.press('F1');
			// A page in the editor that is just being drawn loses the key.
			await until('the command palette', shown, 2000);
			// It closes when something else takes the focus late; then it is opened once more.
			await input.fill(`>${title}`, { timeout: 5000 });
			await this.choose(title, 5000);
			return true;
		});
		// The palette that goes away must not be taken for the next one.
		await until('the palette to close', async () => !(await shown()));
	}

	/**
	 * Labels of the rows that an open quick pick shows, once two looks agree: it may stand there before its rows do. Rows of one that
	 * was closed are still in the page, unseen.
	 */
	async quickPickRows() {
		const rows = this.page.locator(`${quickInput} .monaco-list-row`).filter({ visible: true });
		let before;
		return until('the rows of a choice', async () => {
			const now = (await rows.allInnerTexts()).map(plain);
			const stands = now.length > 0 && isDeepStrictEqual(now, before);
			before = now;
			return stands && now;
		});
	}

	/**
	 * Picks the row whose label is exactly `label` (or matches an expression) in an open quick pick. `timeoutMs` is for the row to
	 * come. The click has more: one that was carried out late, and called a failure, would be carried out again.
	 */
	async choose(label, timeoutMs = patience) {
		const row = await this.#row(label, timeoutMs);
		await row.click({ timeout: patience / 2, noWaitAfter: true });
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

	/**
	 * Names `file` in the editor's own dialog for saving. The dialog lists the folder first, and what was typed before that is
	 * replaced by the name that was proposed: an Enter then saves under that name. So its list is waited for, and Enter is
	 * pressed where the name stands.
	 */
	async saveAs(file, titled) {
		const input = this.page.locator(`${quickInput} input.input`).first();
		const open = async () => matches(await this.quickInputText(), titled);
		// The proposed name comes with the list; until then there is the folder alone.
		await until(`the dialog ${titled} with the name that it proposes`, async () => {
			return (await open()) && /[^/\\]$/.test(await input.inputValue());
		});
		await until('the dialog to take the path', async () => {
			if (!(await open())) return true;
			await input.fill(file, { timeout: 5000 });
			await until('the path to stand', async () => (await input.inputValue()) === file, 1000);
			await this.page.keyboard.press('Enter');
			return until('the dialog to close', async () => !(await open()), 1000);
		});
	}

	/** Everything an open quick pick or input box says: title, placeholder, message. Empty when none is open. */
	async quickInputText() {
		// Read at once: it may close between two questions.
		const [text = ''] = await this.page
			.locator(quickInput)
			.filter({ visible: true })
			.evaluateAll(all =>
				all.map(widget => `${widget.innerText}\n${widget.querySelector('input.input')?.placeholder ?? ''}`),
			);
		return plain(text);
	}

	/** Waits for a modal (whose words contain `pattern`) and reads it. */
	async modal(pattern = '', timeoutMs = patience) {
		return until(
			`a modal${pattern ? ` saying ${pattern}` : ''}`,
			async () => {
				// Read at once: it may close between two questions.
				const found = await this.page.locator(dialog).evaluateAll(all =>
					all.map(box => ({
						message: box.querySelector('.dialog-message')?.innerText ?? '',
						detail: box.querySelector('.dialog-message-detail')?.innerText ?? '',
						buttons: [...box.querySelectorAll('.dialog-buttons .monaco-button')].map(
							each => each.innerText,
						),
					})),
				);
				const box = found.find(({ message, detail }) => matches(`${message}\n${detail}`, pattern));
				return (
					box && {
						message: plain(box.message),
						detail: plain(box.detail),
						buttons: box.buttons.map(plain),
					}
				);
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
		const box = await this.page.locator(dialog).elementHandle();
		await this.page.locator(`${dialog} .dialog-buttons`).getByText(button, { exact: true }).click();
		await until('the modal to close', async () => !(await box.isVisible()));
	}

	/** Closes the modal without an answer, as Escape does. */
	async dismissModal() {
		const box = await this.page.locator(dialog).elementHandle();
		await until('the modal to have the keyboard', () =>
			box.evaluate(element => element.contains(element.ownerDocument.activeElement)),
		);
		await this.page.keyboard.press('Escape');
		await until('the modal to close', async () => !(await box.isVisible()));
	}

	/** Notifications on screen: their words and buttons. */
	async notifications() {
		return this.page.locator(notification).evaluateAll(items =>
			// What moves from the toasts to the centre stands in both for a moment.
			items
				.filter(item => item.checkVisibility())
				.map(item => ({
					message: item.querySelector('.notification-list-item-message')?.textContent ?? '',
					source: item.querySelector('.notification-list-item-source')?.textContent ?? '',
					buttons: [...item.querySelectorAll('.notification-list-item-buttons-container .monaco-button')].map(
						button => button.textContent,
					),
				})),
		);
	}

	/** Waits for a notification. A toast goes after ten seconds, and only three are shown: then it is in the centre. */
	async notification(pattern, timeoutMs = patience) {
		const find = async () => (await this.notifications()).find(({ message }) => matches(message, pattern));
		const what = `a notification saying ${pattern}`;
		return until(what, find, Math.min(timeoutMs, 10_000)).catch(async () => {
			await this.runCommand('Notifications: Show Notifications');
			return until(what, find, timeoutMs);
		});
	}

	/**
	 * Clicks a button of the notification that says `pattern`, which closes it. A toast that moves while the mouse is down
	 * swallows the click (seen on a loaded machine), so it is clicked again while it is still there.
	 */
	async clickNotification(pattern, button) {
		await this.notification(pattern);
		const item = this.page.locator(notification).filter({ hasText: pattern }).first();
		await until(`“${button}” to be taken`, async () => {
			if (await item.count()) {
				await item.locator('.monaco-button').getByText(button, { exact: true }).click({ timeout: 5000 });
			}
			await item.waitFor({ state: 'detached', timeout: 5000 });
			return true;
		});
	}

	/** Clicks a link in the words of the notification that says `pattern`. */
	async clickNotificationLink(pattern, link) {
		const item = this.page.locator(notification).filter({ hasText: pattern }).first();
		await item.locator('.notification-list-item-message a').getByText(link, { exact: true }).click();
	}

	/** Takes all notifications away, those too that come while it does. */
	async clearNotifications() {
		await until('no notifications', async () => {
			await this.runCommand('Notifications: Clear All Notifications');
			return until('none', async () => (await this.notifications()).length === 0, 2000);
		});
	}

	/** Words of the status bar's items. */
	async statusBar() {
		return (await this.page.locator('.statusbar-item').allInnerTexts()).map(plain).filter(Boolean);
	}

	/** Waits for a status bar item and returns its words. */
	async statusBarItem(pattern, timeoutMs = patience) {
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
	async webview(selector = 'body', containing = '', timeoutMs = patience) {
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

	/**
	 * The words of the hover over a word of the code: the last one of the first line that has `text`. An editor that is just being
	 * drawn misses the mouse, so it is brought there again.
	 */
	async hover(text, said) {
		const word = this.page.locator('.view-line', { hasText: text }).first().locator('span span').last();
		const hover = this.page.locator('.monaco-hover:not(.hidden)').filter({ hasText: said }).first();
		await until(`a hover saying ${said}`, async () => {
			await this.page.mouse.move(0, 0);
			await word.hover({ timeout: 5000 });
			await hover.waitFor({ timeout: 5000 });
			return true;
		});
		return plain(await hover.innerText());
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

	/**
	 * Takes the keyboard out of a webview. The palette gives it back to one by a message, which on a loaded machine comes when
	 * the list that the command opened stands already, and closes that.
	 */
	async #leavePages() {
		await this.page.locator('.monaco-workbench').evaluate(({ ownerDocument }) => {
			if (ownerDocument.activeElement?.tagName === 'IFRAME') {
				ownerDocument.querySelector('.statusbar-item-label[tabindex]')?.focus();
			}
		});
	}

	async #row(label, timeoutMs = patience) {
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
