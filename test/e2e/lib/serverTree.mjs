import { matches, until } from './wait.mjs';
import { plain } from './workbench.mjs';

const icon = '.activitybar .action-item a.action-label[aria-label^="MCP Firewall"]';

/** The view "Servers" of the activity bar. */
export class ServerTree {
	#pane;
	#workbench;

	constructor(workbench) {
		this.#workbench = workbench;
		this.#pane = workbench.page
			.locator('.pane')
			.filter({ has: workbench.page.getByText('Servers', { exact: true }) });
	}

	/** Shows the view, where it is not shown. */
	static async open(workbench) {
		const tree = new ServerTree(workbench);
		await until('the view of servers', async () => {
			if (!(await tree.#pane.first().isVisible())) await workbench.page.locator(icon).first().click();
			await tree.#pane.first().waitFor({ timeout: 5000 });
			return true;
		});
		return tree;
	}

	/** What the empty view says. */
	async welcome() {
		const welcome = this.#pane.locator('.welcome-view-content');
		await welcome.waitFor();
		return plain(await welcome.innerText());
	}

	/** Everything that the row of this name says. */
	async row(name) {
		await this.#row(name).waitFor();
		return plain(await this.#row(name).innerText()).replace(/\s+/g, ' ');
	}

	/** What all rows say that are in view, from the top. */
	async rows() {
		const rows = await this.#pane.locator('.monaco-list-row').allInnerTexts();
		return rows.map(text => plain(text).replace(/\s+/g, ' '));
	}

	/** True while there is a row of this name. */
	async has(name) {
		return (await this.#row(name).count()) > 0;
	}

	/** Clicks the row of this name. */
	async press(name) {
		await this.#row(name).click();
	}

	/** Waits until that row says it. */
	async rowSaying(name, wanted) {
		return until(`the row of ${name} to say ${wanted}`, async () => {
			const text = await this.row(name);
			if (!matches(text, wanted)) throw new Error(`it says ${text}`);
			return text;
		});
	}

	async unfold(name) {
		const row = this.#row(name);
		if ((await row.getAttribute('aria-expanded')) === 'false') {
			await row.click();
			await until(`${name} to unfold`, async () => (await row.getAttribute('aria-expanded')) === 'true');
		}
	}

	/** Clicks an inline action, which the editor shows while the mouse is over the row. */
	async act(name, action) {
		await until(`${action} of ${name}`, async () => {
			await this.#row(name).hover({ timeout: 5000 });
			const button = this.#row(name).locator(`.actions [aria-label^="${action}"]`);
			await button.click({ timeout: 5000, noWaitAfter: true });
			return true;
		});
	}

	#row(name) {
		const label = this.#workbench.page.locator('.label-name').getByText(name, { exact: true });
		return this.#pane.locator('.monaco-list-row').filter({ has: label }).first();
	}
}
