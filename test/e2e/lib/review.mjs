/** The review editor of one server. */
export class Review {
	frame;

	/** @param {import('playwright-core').Frame} frame */
	constructor(frame) {
		this.frame = frame;
	}

	/** Waits for the review of the server that a person knows as `name`. */
	static async of(workbench, name) {
		// Another review may be open, too.
		const frame = await workbench.webview(`mcp-firewall-review h1:text-is("Review “${name}”")`);
		await frame.locator('mcp-firewall-review .item').first().waitFor();
		return new Review(frame);
	}

	/** What can be accepted: `{ kind, name, ticked, capability }`, as drawn. */
	async items() {
		return this.frame.locator('mcp-firewall-review .item').evaluateAll(items =>
			items.map(item => ({
				kind: item.classList[1],
				name: item.dataset.name,
				ticked: item.querySelector('input[type=checkbox]').checked,
				capability: item.querySelector('.capability input')?.value,
			})),
		);
	}

	/** Everything that a person reads of one item. */
	async text(name) {
		return this.item(name).innerText();
	}

	async tick(name, on = true) {
		await this.item(name).locator('input[type=checkbox]').setChecked(on);
	}

	async tickAll() {
		for (const box of await this.frame.locator('mcp-firewall-review .item input[type=checkbox]').all()) {
			await box.setChecked(true);
		}
	}

	async setCapability(name, capability) {
		const input = this.item(name).locator('.capability input');
		await input.fill(capability);
		await input.press('Tab');
	}

	async show(name) {
		await this.item(name).locator('.head button').click();
	}

	async approve() {
		await this.frame.getByRole('button', { name: /^Approve/ }).click();
	}

	async notNow() {
		await this.frame.getByRole('button', { name: 'Not Now' }).click();
	}

	item(name) {
		return this.frame.locator(`mcp-firewall-review .item[data-name="${name}"]`);
	}
}
